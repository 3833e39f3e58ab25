package workqueue_test

import (
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/workqueue"
)

// TestFaults_Network has the networks between Redis and a publisher and two consumers fail
// under load, first those of the publisher and one consumer, then all at once, each for
// longer than the lease. The events that were being handled behind a fault may run a
// second time; that run begins when the first has ended, since a handler is cancelled
// before another consumer may reclaim its event.
func TestFaults_Network(t *testing.T) {
	t.Parallel()
	for _, f := range []fault{slow, stalled, broken, silent, oneWay} {
		t.Run(string(f), func(t *testing.T) {
			t.Parallel()
			q, server := startQueue(t)
			l := newLedger(t)
			const leaseFor, workers = calm / 2, 4
			// A client that gives up a connection in less time than a fault lasts.
			through := func(p *proxy) queue {
				return queue{t, redistest.Dial(t, p.url()+"?read_timeout=500ms&dial_timeout=500ms"), q.app}
			}
			names := []string{"consumer.1", "consumer.2"}
			nets := map[string]*proxy{"publisher": startProxy(t, server.URL())}
			logs := map[string]*logbook{}
			var stops []func() error
			for _, name := range names {
				nets[name], logs[name] = startProxy(t, server.URL()), &logbook{}
				stops = append(stops, through(nets[name]).consumer(
					workqueue.ConsumerOptions{Name: name, Lease: leaseFor, Log: zerolog.New(logs[name])},
					l.recording(name), workqueue.Concurrency(workers), soon))
			}
			p := through(nets["publisher"]).publisher(workqueue.PublisherOptions{MaxBacklog: 50})
			finish := l.produce(p, mixed(20*time.Millisecond, leaseFor, 30))
			atRisk := 0
			for _, failing := range [][]string{{"publisher", "consumer.1"}, {"publisher", "consumer.1", "consumer.2"}} {
				for _, name := range names {
					l.advances(name, 10)
				}
				for _, name := range failing {
					nets[name].set(f)
					if name != "publisher" {
						atRisk += workers
					}
				}
				<-time.After(3 * leaseFor / 2) // the fault
				for _, name := range failing {
					nets[name].set(healthy)
				}
			}
			for _, name := range names {
				l.advances(name, 10)
			}
			finish()
			l.drained(q)
			for name, log := range logs {
				t.Logf("outages of %s: %v", name, log.outages(t))
			}
			for _, stop := range stops {
				if err := stop(); err != nil {
					t.Error(err)
				}
			}
			if n := len(l.check()); n > atRisk {
				t.Errorf("%d runs were repeated, want at most %d", n, atRisk)
			}
			q.dead(0)
		})
	}
}
