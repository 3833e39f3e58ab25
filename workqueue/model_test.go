package workqueue_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/workqueue"
)

// TestModel_KeepsItsPromises lets publishers, consumers and an operator do thousands of
// random things, with a mishap now and then. It predicts after each step what must be in
// Redis, which handlers must run and what their deliveries must say. A failure prints the
// seed; to repeat it, set GOPHER_MODEL_SEED to that. GOPHER_MODEL_STEPS is how many steps
// it takes; the default is 2,000.
//
// Everything is real but time and the choice of the next step. Leases, delays and windows
// are an hour, and end when the test says so in Redis. Consumers run the loop of Run one
// round at a time, and the test sets which maintenance is due, so that a failure can be
// repeated. Other tests cover the consumers' clocks and real deaths of processes.
func TestModel_KeepsItsPromises(t *testing.T) {
	seed := setting(t, "GOPHER_MODEL_SEED", rand.Uint64())
	steps := setting(t, "GOPHER_MODEL_STEPS", 2000)
	onEveryRedis(t, func(t *testing.T, q queue) {
		w := newWorld(q, seed)
		defer w.explain()
		for w.step = 1; w.step <= int(steps); w.step++ {
			w.someStep()
			w.check()
		}
		w.end()
	}, exception{redistest.Embedded, "an extended lease counts as a delivery there"})
}

func setting(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// world is what the model knows: what was published, and who works on what.
type world struct {
	queue
	seed      uint64
	rng       *rand.Rand
	step      int
	story     []string // what happened
	shards    int
	streams   []*stream
	events    []*event
	members   []*member
	clients   []client // of the members and the publisher; each is used by one of them
	publisher *workqueue.Publisher
	wire      *wire // the publisher's
	tally     map[string]int
}

// stream is one shard of a type.
type stream struct {
	eventType string
	number    int
	prefix    string // of its keys
	// group is set while there is a consumer group, grouped when there ever was.
	group, grouped bool
	last           string          // what the group delivered last, "" for nothing
	seen           map[string]bool // the keys that are known
}

type place string

const (
	unsure       place = "unsure"  // its publisher got an error
	queued       place = "queued"  // on the stream
	delayed      place = "delayed" // until its next attempt
	deadLettered place = "a dead letter"
	removed      place = "removed" // from the stream by hand, and still pending
	gone         place = "gone"    // done, dropped, or never queued
)

// event is what must be true of an event that was published.
type event struct {
	workqueue.Event
	stream   *stream
	place    place
	attempts int
	entry    string // on the stream, or among the dead letters; "" until it is seen there
	origin   string // its first entry
	owner    string // the consumer it is pending with
	// deliveries is how often the entry was delivered. stale is set when its lease has
	// expired, due when its delay has.
	deliveries int64
	stale, due bool
	// noticed is set when the queue may have noticed that a pending entry was
	// removed: it was extended, or could be reclaimed.
	noticed bool
	// deadly is what consumers die of.
	deadly    bool
	reason    workqueue.DeadReason
	completed map[string]bool
}

// client is a client of Redis, and what lies between.
type client struct {
	redis.UniversalClient
	wire *wire
}

// member is a consumer.
type member struct {
	*workqueue.Steps
	client
	shards  []workqueue.OpenShard
	running []*attempt
	started chan *attempt
}

// attempt is a handler that runs.
type attempt struct {
	*workqueue.Delivery
	ctx      context.Context
	event    *event
	shard    int // its index among the member's
	outcome  chan error
	finished <-chan struct{}
	lost     bool // it knows that it has lost its lease
	suspect  bool // consumers may have died of it
	records  bool // it knows that steps may be completed
}

// The numbers of the model: small enough that bounds are met.
const (
	modelBacklog  = 12
	modelAttempts = 3
	modelWorkers  = 4
	modelMembers  = 4
	modelShards   = 4
)

var modelTypes = []string{"farewell", "greeting"}

func newWorld(q queue, seed uint64) *world {
	w := &world{queue: q, seed: seed, rng: rand.New(rand.NewPCG(seed, 0)), tally: map[string]int{}}
	for range modelMembers + 1 {
		rdb, wire := q.wired()
		w.clients = append(w.clients, client{rdb, wire})
	}
	w.raiseShards()
	return w
}

// explain says how it came to a failure.
func (w *world) explain() {
	if w.Failed() {
		w.Logf("GOPHER_MODEL_SEED=%d GOPHER_MODEL_STEPS=%d; the last of %d steps were\n%s",
			w.seed, w.step, w.step, strings.Join(w.story[max(0, len(w.story)-25):], "\n"))
		for _, m := range w.members { // let the handlers return
			m.wire.cut.Store(true)
			m.Cancel()
			for _, r := range m.running {
				r.outcome <- context.Canceled
			}
		}
		return
	}
	w.Logf("seed %d: %v", w.seed, w.tally)
}

// note adds a line to the story.
func (w *world) note(what, format string, args ...any) {
	w.tally[what]++
	w.story = append(w.story, fmt.Sprintf("%5d %s %s", w.step, what, fmt.Sprintf(format, args...)))
}

func (w *world) chance(percent int) bool { return w.rng.IntN(100) < percent }

// one returns one of a list, or false when there is none.
func one[T any](w *world, list []T) (T, bool) {
	if len(list) == 0 {
		var none T
		return none, false
	}
	return list[w.rng.IntN(len(list))], true
}

// at returns the events at a place of a stream, those on the stream in its order.
func (w *world) at(s *stream, p place) []*event {
	var list []*event
	for _, e := range w.events {
		if e.stream == s && e.place == p {
			list = append(list, e)
		}
	}
	slices.SortFunc(list, func(a, b *event) int { return workqueue.Earlier(a.entry, b.entry) })
	return list
}

func (w *world) stream(eventType string, number int) *stream {
	for _, s := range w.streams {
		if s.eventType == eventType && s.number == number {
			return s
		}
	}
	w.Fatalf("there is no shard %d of %s", number, eventType)
	return nil
}

// must fails the test when a step fails that may not.
func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// handle is the handler of all events: it does what the model says.
func (m *member) handle(ctx context.Context, d *workqueue.Delivery) error {
	r := &attempt{Delivery: d, ctx: ctx, outcome: make(chan error)}
	m.started <- r
	err := <-r.outcome
	if errors.Is(err, errPanic) {
		panic(err)
	}
	return err
}

var errPanic = errors.New("out of its mind")

// free returns how many workers of a shard are free.
func (m *member) free(shard int) int {
	n := m.shards[shard].Workers
	for _, r := range m.running {
		if r.shard == shard {
			n--
		}
	}
	return n
}

// at returns the attempt that handles an entry, or nil.
func (m *member) at(entry string, shard int) *attempt {
	for _, r := range m.running {
		if r.EntryID == entry && r.shard == shard {
			return r
		}
	}
	return nil
}

// connected returns the members that reach Redis.
func (w *world) connected() []*member {
	var list []*member
	for _, m := range w.members {
		if !m.wire.cut.Load() {
			list = append(list, m)
		}
	}
	return list
}
