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
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/redistest"
	"github.com/gobridge/gopherbot/internal/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// TestTheQueueKeepsItsPromises lets publishers, consumers and an operator do
// thousands of random things, with a mishap now and then, and foretells after each
// what must be in Redis, which handlers must run and what they must know. A
// mistake is printed with the seed; to repeat it, set GOPHER_MODEL_SEED to that,
// and GOPHER_MODEL_STEPS to take other than the usual number of steps.
//
// Everything is real but time and the choice of what happens next: leases, delays
// and windows are an hour, and end when the test says so in Redis; consumers are
// driven step by step, so that a mistake can be repeated. Their own loop, their
// clocks and real deaths of processes are for other tests.
func TestTheQueueKeepsItsPromises(t *testing.T) {
	seed := setting(t, "GOPHER_MODEL_SEED", rand.Uint64())
	steps := setting(t, "GOPHER_MODEL_STEPS", 1500)
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
	seen           map[string]bool // the keys that are known
}

type place string

const (
	unsure  place = "unsure"  // its publisher got an error
	queued  place = "queued"  // on the stream
	delayed place = "delayed" // until its next attempt
	buried  place = "buried"  // a dead letter
	gone    place = "gone"    // done, dropped, or never queued
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
	// deliveries is how often the entry was delivered, stale that its lease has
	// run out, due that its delay has.
	deliveries int64
	stale, due bool
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
	lanes   []workqueue.Lane
	running []*attempt
	started chan *attempt
}

// attempt is a handler that runs.
type attempt struct {
	*workqueue.Delivery
	ctx      context.Context
	event    *event
	lane     int
	outcome  chan error
	finished <-chan struct{}
	lost     bool // it knows that it has lost its lease
	suspect  bool // consumers may have died of it
	records  bool // it knows that actions may be completed
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

// tell adds to the story.
func (w *world) tell(what, format string, args ...any) {
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

// free returns how many workers of a lane are free.
func (m *member) free(lane int) int {
	n := m.lanes[lane].Workers
	for _, r := range m.running {
		if r.lane == lane {
			n--
		}
	}
	return n
}

// at returns the runs that hold an event's entry.
func (m *member) at(entry string, lane int) *attempt {
	for _, r := range m.running {
		if r.EntryID == entry && r.lane == lane {
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

// check compares what is in Redis with what the model foretells.
func (w *world) check() {
	w.Helper()
	p := w.rdb.Pipeline()
	looks := make([]look, len(w.streams))
	for i, s := range w.streams {
		looks[i] = w.look(p, s)
	}
	_, err := p.Exec(w.Context())
	w.must(err)
	for i, s := range w.streams {
		w.compare(s, looks[i])
	}
	for _, m := range w.members {
		for _, r := range m.running {
			if cause := context.Cause(r.ctx); r.lost != errors.Is(cause, workqueue.ErrLeaseLost) || !r.lost && cause != nil {
				w.Errorf("%s has lost its lease of %s: %v, but its handler's context says %v", m.Name(), r.ID, r.lost, cause)
			}
		}
	}
	if w.Failed() {
		w.FailNow()
	}
}

// look is what Redis says of one shard.
type look struct {
	entries, dead *redis.XMessageSliceCmd
	delayed       *redis.StringSliceCmd
	pending       *redis.XPendingExtCmd // nil if there is no group
	records       map[*event]*redis.StringSliceCmd
}

func (w *world) look(p redis.Pipeliner, s *stream) look {
	ctx := w.Context()
	l := look{
		entries: p.XRange(ctx, s.prefix+"stream", "-", "+"), dead: p.XRange(ctx, s.prefix+"dead", "-", "+"),
		delayed: p.ZRange(ctx, s.prefix+"delayed", 0, -1), records: map[*event]*redis.StringSliceCmd{},
	}
	if s.group {
		l.pending = p.XPendingExt(ctx, &redis.XPendingExtArgs{Stream: s.prefix + "stream", Group: "consumers", Start: "-", End: "+", Count: 1000})
	}
	for _, e := range w.events {
		if e.stream == s && e.origin != "" && (e.place != gone || len(e.completed) > 0) {
			l.records[e] = p.SMembers(ctx, s.prefix+"done:"+e.origin)
		}
	}
	return l
}

// compare compares one shard. It learns the ids of new entries, and whether an
// event was queued of which its publisher does not know.
func (w *world) compare(s *stream, l look) {
	w.Helper()
	found := map[*event]bool{}
	for _, m := range l.entries.Val() {
		w.meet(s, queued, m.ID, m.Values["e"].(string), found)
	}
	for _, encoded := range l.delayed.Val() {
		w.meet(s, delayed, "", encoded, found)
	}
	for _, m := range l.dead.Val() {
		if e := w.meet(s, buried, m.ID, m.Values["e"].(string), found); m.Values["reason"] != string(e.reason) {
			w.Errorf("%s is a dead letter for %v, want %s", e.ID, m.Values["reason"], e.reason)
		}
	}
	for _, e := range w.events {
		switch {
		case e.stream != s || found[e] || e.place == gone:
		case e.place == unsure:
			e.place = gone
		default:
			w.Errorf("%s is lost; it was to be %s", e.ID, e.place)
		}
	}
	if l.pending != nil {
		w.comparePending(s, l.pending.Val())
	}
	for e, record := range l.records {
		if got := record.Val(); len(got) != len(e.completed) {
			w.Errorf("%s: %q are recorded as completed, want %v", e.ID, got, e.completed)
		}
	}
}

// meet compares one event that was found, and returns it.
func (w *world) meet(s *stream, p place, entry, encoded string, found map[*event]bool) *event {
	w.Helper()
	decoded, origin, attempts, err := workqueue.Decoded(encoded)
	w.must(err)
	i := slices.IndexFunc(w.events, func(e *event) bool { return e.ID == decoded.ID })
	if i < 0 {
		w.Fatalf("%s of %s was never published", decoded.ID, s.prefix)
	}
	e := w.events[i]
	if e.place == unsure && p == queued {
		e.place = queued
		w.requeue(e)
	}
	if e.entry == "" {
		e.entry = entry
	}
	if e.origin == "" {
		e.origin = entry
	}
	if e.stream != s || found[e] || e.place != p || e.entry != entry || e.attempts != attempts || origin != "" && origin != e.origin {
		w.Errorf("%s is %s in %s as %q, first %q, after %d attempts (met before: %v); want %s in %s as %q, first %q, after %d",
			e.ID, p, s.prefix, entry, origin, attempts, found[e], e.place, e.stream.prefix, e.entry, e.origin, e.attempts)
	}
	found[e] = true
	return e
}

func (w *world) comparePending(s *stream, pending []redis.XPendingExt) {
	w.Helper()
	owned := 0
	for _, e := range w.at(s, queued) {
		if e.owner == "" {
			continue
		}
		owned++
		i := slices.IndexFunc(pending, func(p redis.XPendingExt) bool { return p.ID == e.entry })
		if i < 0 || pending[i].Consumer != e.owner || pending[i].RetryCount != e.deliveries {
			w.Errorf("%s is to be pending with %s after %d deliveries: %+v", e.ID, e.owner, e.deliveries, pending)
		}
	}
	if owned != len(pending) {
		w.Errorf("%d entries of %s are pending, want %d: %+v", len(pending), s.prefix, owned, pending)
	}
}

// end mends everything, has a consumer as in production handle what is left, and
// looks for what is left behind.
func (w *world) end() {
	w.story = append(w.story, "the end")
	for len(w.members) > 0 {
		m := w.members[0]
		m.wire.cut.Store(false)
		w.stop(m)
		w.check()
	}
	want := map[*event]bool{} // is to be handled
	for _, e := range w.events {
		e.due = true
		if e.place == queued && e.owner != "" {
			e.stale = true
		}
		switch {
		case e.place == queued && e.deliveries >= 5:
			e.place, e.reason, e.entry = buried, workqueue.Poison, ""
		case e.place == queued || e.place == delayed:
			want[e] = true
		}
	}
	w.elapse()
	handled := make(chan string, len(w.events))
	stop := w.runAll(handled)
	for range want {
		id := testenv.Next(w, handled)
		i := slices.IndexFunc(w.events, func(e *event) bool { return e.ID == id })
		if e := w.events[i]; !want[e] || e.place == gone {
			w.Errorf("%s was handled at the end; it was %s", id, e.place)
		} else {
			e.place = gone
		}
	}
	testenv.Eventually(w, "nothing is on the queue", func() bool {
		list, err := w.inspector().Stats(w.Context(), modelTypes...)
		w.must(err)
		return !slices.ContainsFunc(list, func(s workqueue.Stats) bool { return s.Depth+s.Pending+s.Delayed > 0 })
	})
	w.must(stop())
	if len(handled) > 0 {
		w.Errorf("%d were handled twice", len(handled))
	}
	for e := range want {
		e.completed = nil // what is recorded goes with the event
	}
	w.check()
	w.checkKeys()
}

// elapse lets all leases and delays run out in Redis that have in the model.
func (w *world) elapse() {
	w.Helper()
	ctx := w.Context()
	for _, s := range w.streams {
		byOwner := map[string][]string{}
		for _, e := range w.at(s, queued) {
			if e.owner != "" && e.stale && s.group {
				byOwner[e.owner] = append(byOwner[e.owner], e.entry)
			}
		}
		for owner, ids := range byOwner {
			args := []any{"XCLAIM", s.prefix + "stream", "consumers", owner, 0}
			for _, id := range ids {
				args = append(args, id)
			}
			w.must(w.rdb.Do(ctx, append(args, "IDLE", time.Hour.Milliseconds(), "JUSTID")...).Err())
		}
		members, err := w.rdb.ZRange(ctx, s.prefix+"delayed", 0, -1).Result()
		w.must(err)
		for _, encoded := range members {
			decoded, _, _, err := workqueue.Decoded(encoded)
			w.must(err)
			i := slices.IndexFunc(w.events, func(e *event) bool { return e.ID == decoded.ID })
			if w.events[i].due {
				w.must(w.rdb.ZAdd(ctx, s.prefix+"delayed", redis.Z{Score: 0, Member: encoded}).Err())
			}
		}
	}
}

// runAll runs a consumer as in production, which handles everything.
func (w *world) runAll(handled chan<- string) (stop func() error) {
	w.Helper()
	c := w.newConsumer(workqueue.ConsumerOptions{Shards: w.shards})
	for _, eventType := range modelTypes {
		c.Handle(eventType, func(_ context.Context, d *workqueue.Delivery) error {
			handled <- d.ID
			return nil
		})
	}
	return w.run(c)
}

// checkKeys looks for keys that nothing needs any more.
func (w *world) checkKeys() {
	w.Helper()
	records := map[string]bool{}
	for _, e := range w.events {
		if len(e.completed) > 0 {
			records[e.stream.prefix+"done:"+e.origin] = true
		}
	}
	for _, key := range w.keys("*") {
		name := key[strings.LastIndex(key, "}:")+2:]
		switch {
		case name == "stream", name == "grouped", name == "dead", strings.HasPrefix(name, "seen:"), records[key]:
		default:
			w.Errorf("left behind: %s", key)
		}
	}
}
