package workqueue_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// ledger records the events of a fault test: those that Publish accepted, and every run
// of a handler.
type ledger struct {
	*testing.T
	published atomic.Int64 // the last event's number

	mu       sync.Mutex
	accepted map[string]bool   // by event
	runs     map[string][]*run // by event, in the order in which they began
}

// run is one run of a handler.
type run struct {
	event, entry, consumer string
	origin                 string    // the event's first entry
	begin, end             time.Time // end is zero while it goes on
	outcome                string
}

// The outcomes of runs, besides errors. A run that was cut is one whose process
// ended.
const (
	succeeded = "succeeded"
	lostLease = "lost its lease"
	cut       = "was cut"
)

func newLedger(t *testing.T) *ledger {
	return &ledger{T: t, accepted: map[string]bool{}, runs: map[string][]*run{}}
}

// task is what an event's payload tells its handler to do.
type task struct {
	Work time.Duration // for so long, or until its context ends
	Then string        // "" is to succeed
}

// What a task may end with.
const (
	panics = "panic"
	exits  = "exit the process"
	// The first delivery works until it is cancelled and rejects the event then.
	rejectsAtFirst = "reject the event if it is the first delivery"
)

func (k task) payload() []byte {
	b, err := json.Marshal(k)
	if err != nil {
		panic(err)
	}
	return b
}

// perform is the handler of all fault tests.
func perform(ctx context.Context, d *workqueue.Delivery) error {
	var k task
	if err := json.Unmarshal(d.Payload, &k); err != nil {
		return workqueue.Reject(err)
	}
	if k.Then == rejectsAtFirst && !d.Reclaimed {
		<-ctx.Done()
		return workqueue.Reject(context.Cause(ctx))
	}
	work := time.NewTimer(k.Work)
	defer work.Stop()
	select {
	case <-work.C:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	switch k.Then {
	case panics:
		panic("as the task says")
	case exits:
		os.Exit(exitedByTask)
	}
	return nil
}

const exitedByTask = 7

// outcomeOf says how a run ended.
func outcomeOf(ctx context.Context, err error) string {
	switch {
	case err == nil:
		return succeeded
	case errors.Is(context.Cause(ctx), workqueue.ErrLeaseLost):
		return lostLease
	default:
		return err.Error()
	}
}

// recording returns perform as the handler of a consumer in this process.
func (l *ledger) recording(consumer string) workqueue.HandlerFunc {
	return func(ctx context.Context, d *workqueue.Delivery) (err error) {
		r := l.begin(run{event: d.ID, entry: d.EntryID, origin: workqueue.Origin(d), consumer: consumer, begin: time.Now()})
		outcome := panics
		defer func() { l.end(r, time.Now(), outcome) }()
		err = perform(ctx, d)
		outcome = outcomeOf(ctx, err)
		return err
	}
}

func (l *ledger) begin(r run) *run {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.runs[r.event] = append(l.runs[r.event], &r)
	return &r
}

func (l *ledger) end(r *run, at time.Time, outcome string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r.end, r.outcome = at, outcome
}

// died ends the runs of a consumer whose process ended, and returns how many
// there were.
func (l *ledger) died(consumer string, at time.Time) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, runs := range l.runs {
		for _, r := range runs {
			if r.consumer == consumer && r.end.IsZero() {
				r.end, r.outcome = at, cut
				n++
			}
		}
	}
	return n
}

// count returns how many runs are such.
func (l *ledger) count(such func(*run) bool) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, runs := range l.runs {
		for _, r := range runs {
			if such(r) {
				n++
			}
		}
	}
	return n
}

// of says that a run is a consumer's.
func of(consumer string) func(*run) bool {
	return func(r *run) bool { return r.consumer == consumer }
}

// unfinishedOf says that a run of a consumer goes on.
func unfinishedOf(consumer string) func(*run) bool {
	return func(r *run) bool { return r.consumer == consumer && r.end.IsZero() }
}

// publish publishes a task, again and again until the publisher says that it is
// on the queue, as Slack does, and returns the event's id.
func (l *ledger) publish(p *workqueue.Publisher, k task) string {
	n := l.published.Add(1)
	e := workqueue.Event{Type: "greeting", Key: fmt.Sprint(n), ID: fmt.Sprint(n), Payload: k.payload()}
	for {
		ctx, cancel := context.WithTimeout(l.Context(), 3*time.Second) // as long as Slack waits
		_, err := p.Publish(ctx, e)
		cancel()
		if err == nil {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.accepted[e.ID] = true
			return e.ID
		}
		select {
		case <-time.After(10*time.Millisecond + rand.N(10*time.Millisecond)): // before it is sent again
		case <-l.Context().Done():
			return e.ID // never accepted
		}
	}
}

// produce publishes tasks as fast as they are accepted, until the returned
// function is called, which waits until the last is.
func (l *ledger) produce(p *workqueue.Publisher, next func() task) (stop func()) {
	ended := make(chan struct{})
	var publishers sync.WaitGroup
	for range 4 {
		publishers.Go(func() {
			for {
				select {
				case <-ended:
					return
				case <-l.Context().Done():
					return
				default:
					l.publish(p, next())
				}
			}
		})
	}
	stop = sync.OnceFunc(func() {
		close(ended)
		testenv.Wait(l, &publishers)
	})
	l.Cleanup(stop)
	return stop
}

// always returns a source of equal tasks.
func always(work time.Duration) func() task { return func() task { return task{Work: work} } }

// drained waits until nothing is on the queue or delayed.
func (l *ledger) drained(q queue) {
	l.Helper()
	testenv.Eventually(l, "the queue is empty", func() bool {
		list, err := q.inspector().Stats(l.Context(), "greeting")
		return err == nil && list[0].Depth == 0 && list[0].Pending == 0 && list[0].Delayed == 0
	})
}

// check says what became of the accepted events once the queue is empty and all
// consumers have stopped. No event may be lost, queued twice, or run twice at the
// same time. Another entry alone is no second event: an event that is requeued, as when
// the completed steps cannot be read, has a new entry of the same origin. It returns the runs that were not the last of their event, which is
// why it ran again.
func (l *ledger) check() (earlier []*run) {
	l.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	var lost []string
	again := map[string]int{}
	for event, runs := range l.runs {
		slices.SortFunc(runs, func(a, b *run) int { return a.begin.Compare(b.begin) })
		if len(runs) > 1 {
			again[strconv.Itoa(len(runs))+" times"]++
		}
		for i, r := range runs[:len(runs)-1] {
			earlier = append(earlier, r)
			if next := runs[i+1]; r.end.IsZero() || next.begin.Before(r.end) {
				l.Errorf("event %s was run twice at the same time:\n%+v\n%+v", event, *r, *next)
			} else if r.origin != next.origin {
				l.Errorf("event %s was queued twice:\n%+v\n%+v", event, *r, *next)
			}
		}
	}
	for event := range l.accepted {
		if !slices.ContainsFunc(l.runs[event], func(r *run) bool { return r.outcome == succeeded }) {
			lost = append(lost, event)
		}
	}
	if len(lost) > 0 {
		l.Errorf("lost %d of %d events: %q", len(lost), len(l.accepted), lost)
	}
	why := map[string]int{}
	for _, r := range earlier {
		if r.outcome == succeeded {
			why["succeeded and could not be acknowledged"]++
		} else {
			why[r.outcome]++
		}
	}
	l.Logf("%d accepted, %d lost; run more than once: %v; because the run before: %v", len(l.accepted), len(lost), again, why)
	return earlier
}

// TestFaults_StepsCannotBeRead has a dead consumer leave an event, and loses the call with
// which the next one reads the completed steps. The event is requeued: it has another
// entry, and is the same event to the ledger.
func TestFaults_StepsCannotBeRead(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		l := newLedger(t)
		id := l.publish(q.publisher(workqueue.PublisherOptions{}), task{})
		entry := q.die(1)[0]
		l.begin(run{event: id, entry: entry, origin: entry, consumer: "dead", begin: time.Now()})
		l.died("dead", time.Now())

		rdb, w := q.wired()
		reads := func(cmd redis.Cmder) bool { return cmd.Name() == "smembers" }
		w.refuse.Store(&reads)
		_, stop := l.recorder(queue{t, rdb, q.app}, "consumer", lease, 1)
		l.advances("consumer", 1)
		l.drained(q)
		if err := stop(); err != nil {
			t.Error(err)
		}
		if earlier := l.check(); len(earlier) != 1 || earlier[0].consumer != "dead" {
			t.Errorf("runs that were repeated: %v, want that of the dead consumer", earlier)
		}
		if last := l.runs[id][1]; last.entry == entry || last.outcome != succeeded {
			t.Errorf("handled as %+v, want success of an entry other than %s", *last, entry)
		}
	})
}
