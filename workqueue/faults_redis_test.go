package workqueue_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

func sum(counts map[string]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

// recorder runs a consumer in this process whose runs are entered in the ledger.
func (l *ledger) recorder(q queue, name string, leaseFor time.Duration, workers int) (log *logbook, stop func() error) {
	log = &logbook{}
	stop = q.consumer(workqueue.ConsumerOptions{Name: name, Lease: leaseFor, Log: zerolog.New(log)},
		l.recording(name), workqueue.Concurrency(workers), soon)
	return log, stop
}

// advances waits until a consumer has begun n more runs.
func (l *ledger) advances(consumer string, n int) {
	l.Helper()
	before := l.count(of(consumer))
	testenv.Eventually(l, consumer+" handles events", func() bool { return l.count(of(consumer)) >= before+n })
}

// mixed returns a source of tasks that are short but for one in so many.
func mixed(short, long time.Duration, every int) func() task {
	var mu sync.Mutex
	n := 0
	return func() task {
		mu.Lock()
		defer mu.Unlock()
		if n++; n%every == 0 {
			return task{Work: long}
		}
		return task{Work: short}
	}
}

// TestFaults_KilledRedis kills a redis-server that writes each command to disk before it
// replies, four times under load, and restarts it: at once, and after more than a lease.
// The events that were being handled when it was killed may run a second time. The lease is
// calm: an event that also lost its lease to a busy machine could end as poison.
func TestFaults_KilledRedis(t *testing.T) {
	t.Parallel()
	q, server := startQueue(t, "--appendonly", "yes", "--appendfsync", "always")
	l := newLedger(t)
	const workers = 5
	names := []string{"consumer.1", "consumer.2"}
	logs := map[string]*logbook{}
	var stops []func() error
	for _, name := range names {
		log, stop := l.recorder(q, name, calm, workers)
		logs[name], stops = log, append(stops, stop)
	}
	finish := l.produce(q.publisher(workqueue.PublisherOptions{MaxBacklog: 100}), mixed(5*time.Millisecond, calm, 50))
	outages := []time.Duration{0, 2 * calm, 0, 2 * calm}
	for _, length := range outages {
		for _, name := range names {
			l.advances(name, 20)
		}
		server.Stop(t)
		<-time.After(length) // the outage
		server.Restart(t)
	}
	for _, name := range names {
		l.advances(name, 20)
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
	if n, most := len(l.check()), len(outages)*len(names)*workers; n > most {
		t.Errorf("%d runs were repeated, want at most %d", n, most)
	}
	q.dead(0)
}

// TestFaults_MasterBecomesReplica makes the server refuse to write, as an
// old master does after a failover, until it is promoted again.
func TestFaults_MasterBecomesReplica(t *testing.T) {
	t.Parallel()
	q, _ := startQueue(t)
	l := newLedger(t)
	const workers, outages = 5, 2
	log, stop := l.recorder(q, "consumer", lease, workers)
	finish := l.produce(q.publisher(workqueue.PublisherOptions{MaxBacklog: 100}), mixed(5*time.Millisecond, lease, 10))
	l.advances("consumer", 50)
	told := 0
	for range outages {
		// It never hears of its master, and keeps what it has.
		if err := q.rdb.SlaveOf(t.Context(), "127.0.0.1", "1").Err(); err != nil {
			t.Fatal(err)
		}
		testenv.Eventually(t, "nothing is being handled", func() bool { return l.count(unfinishedOf("consumer")) == 0 })
		<-time.After(2 * lease) // the outage
		if err := q.rdb.SlaveOf(t.Context(), "NO", "ONE").Err(); err != nil {
			t.Fatal(err)
		}
		l.advances("consumer", 50)
		if n := sum(log.outages(t)); n <= told {
			t.Error("the log does not tell of the outage")
		} else {
			told = n
		}
	}
	finish()
	l.drained(q)
	if err := stop(); err != nil {
		t.Error(err)
	}
	if n := len(l.check()); n > outages*workers {
		t.Errorf("%d runs were repeated, want at most %d", n, outages*workers)
	}
	failures := log.outages(t)
	t.Logf("outages: %v", failures)
	for what, n := range failures {
		if n > outages {
			t.Errorf("%d outages and %d times: %s", outages, n, what)
		}
	}
	q.dead(0)
}

// TestFaults_StartWithoutAMaster kills a master of a Redis Cluster that has no replica,
// and starts a consumer.
func TestFaults_StartWithoutAMaster(t *testing.T) {
	t.Parallel()
	cluster := redistest.StartCluster(t)
	for _, s := range cluster.Nodes {
		node := redistest.Dial(t, s.URL()).(*redis.Client)
		for name, value := range map[string]string{"cluster-require-full-coverage": "no", "cluster-replica-no-failover": "yes"} {
			if err := node.ConfigSet(t.Context(), name, value).Err(); err != nil {
				t.Fatal(err)
			}
		}
	}
	q := queue{t, cluster.Dial(t), redistest.App()}
	const shards = 8
	q.publishTo(shards, 0, 40) // some on each master, as good as surely
	handled := make(chan string, 40)
	cluster.Nodes[0].Stop(t)
	testenv.Eventually(t, "the others know", func() bool {
		node := redistest.Dial(t, cluster.Nodes[1].URL()).(*redis.Client)
		return strings.Contains(node.ClusterNodes(t.Context()).Val(), "fail")
	})
	queue{t, cluster.Dial(t), q.app}.consumer(workqueue.ConsumerOptions{Name: "restarted", Shards: shards, StopTimeout: time.Millisecond},
		func(_ context.Context, d *workqueue.Delivery) error {
			handled <- d.ID
			return nil
		})
	testenv.Next(t, handled)
}

// TestFaults_ClusterFailover kills two masters of a Redis Cluster one after the other, so
// that their replicas become masters. Redis replies before it replicates: an event that it
// accepted just before a master dies may be lost, and no queue can prevent that. So the
// test kills a master when its replica has all accepted events, while consumers work. The
// events of its shards may run a second time, since acknowledgements may be lost, too.
func TestFaults_ClusterFailover(t *testing.T) {
	t.Parallel()
	cluster := redistest.StartCluster(t)
	var nodes []*redis.Client
	for _, s := range cluster.Nodes {
		node := redistest.Dial(t, s.URL()).(*redis.Client)
		if err := node.ConfigSet(t.Context(), "cluster-require-full-coverage", "no").Err(); err != nil {
			t.Fatal(err)
		}
		nodes = append(nodes, node)
	}
	const shards, workers = 8, 16
	rdb := cluster.Dial(t)
	var app string
	var masters []int // by shard
	for !slices.Contains(masters, 0) || !slices.Contains(masters, 1) || !slices.Contains(masters, 2) {
		app, masters = redistest.App(), nil
		for shard := range shards {
			slot, err := rdb.ClusterKeySlot(t.Context(), fmt.Sprintf("%s:{greeting.%d}:stream", app, shard)).Result()
			if err != nil {
				t.Fatal(err)
			}
			masters = append(masters, int((slot*3+2)/16384)) // each of the three has a third of the slots
		}
	}
	masterOf := func(event string) int { // its key is its partition
		shard, _ := workqueue.Spread(event, shards)
		return masters[shard]
	}
	q := queue{t, rdb, app}
	l := newLedger(t)
	names := []string{"consumer.1", "consumer.2"}
	logs := map[string]*logbook{}
	var stops []func() error
	for _, name := range names {
		logs[name] = &logbook{}
		stops = append(stops, q.consumer(workqueue.ConsumerOptions{Name: name, Shards: shards, Log: zerolog.New(logs[name])},
			l.recording(name), workqueue.Concurrency(workers), soon))
	}
	p := q.publisher(workqueue.PublisherOptions{Shards: shards, MaxBacklog: 100})
	wentOn := 0
	for victim := range 2 {
		finish := l.produce(p, always(20*time.Millisecond))
		for _, name := range names {
			l.advances(name, 50)
		}
		finish()
		l.replicated(nodes[victim])
		killed := time.Now()
		cluster.Nodes[victim].Stop(t)
		finish = l.produce(p, always(20*time.Millisecond))
		testenv.Eventually(t, "the replica takes over", func() bool {
			return strings.Contains(nodes[victim+3].Info(t.Context(), "replication").Val(), "role:master")
		})
		promoted := time.Now()
		wentOn += l.count(func(r *run) bool { return r.begin.After(killed) && r.begin.Before(promoted) })
		testenv.Eventually(t, "events of its shards are handled", func() bool {
			return l.count(func(r *run) bool { return r.begin.After(promoted) && masterOf(r.event) == victim }) > 0
		})
		finish()
	}
	l.drained(q)
	for name, log := range logs {
		t.Logf("outages of %s: %v", name, log.outages(t))
	}
	for _, stop := range stops {
		if err := stop(); err != nil {
			t.Error(err)
		}
	}
	for _, r := range l.check() {
		if master := masterOf(r.event); master > 1 {
			t.Errorf("run again though its master lived: %+v", *r)
		}
	}
	t.Logf("%d runs began while a master was away", wentOn)
	if wentOn == 0 {
		t.Error("the other masters' shards stood still")
	}
	q.dead(0)
}

// replicated waits until the replica of a master has what the master has now.
func (l *ledger) replicated(master *redis.Client) {
	l.Helper()
	offsets := func() (ofMaster, ofReplica int) {
		info := master.InfoMap(l.Context(), "replication").Val()["Replication"]
		ofMaster, _ = strconv.Atoi(info["master_repl_offset"])
		for field := range strings.SplitSeq(info["slave0"], ",") {
			if offset, ok := strings.CutPrefix(field, "offset="); ok {
				ofReplica, _ = strconv.Atoi(offset)
			}
		}
		return ofMaster, ofReplica
	}
	want, _ := offsets()
	if want == 0 {
		l.Fatal("the master does not say how much there is to replicate")
	}
	testenv.Eventually(l, "the replica has what was accepted", func() bool {
		_, has := offsets()
		return has >= want
	})
}
