package workqueue_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// check compares Redis with the model.
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
		if e := w.meet(s, deadLettered, m.ID, m.Values["e"].(string), found); m.Values["reason"] != string(e.reason) {
			w.Errorf("%s is a dead letter for %v, want %s", e.ID, m.Values["reason"], e.reason)
		}
	}
	for _, e := range w.events {
		switch {
		case e.stream != s || found[e] || e.place == gone || e.place == removed:
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
	for _, e := range w.pending(s) {
		i := slices.IndexFunc(pending, func(p redis.XPendingExt) bool { return p.ID == e.entry })
		if i < 0 && e.noticed {
			w.forget(e)
			continue
		}
		owned++
		if i < 0 || pending[i].Consumer != e.owner || pending[i].RetryCount != e.deliveries {
			w.Errorf("%s is to be pending with %s after %d deliveries: %+v", e.ID, e.owner, e.deliveries, pending)
		}
	}
	if owned != len(pending) {
		w.Errorf("%d entries of %s are pending, want %d: %+v", len(pending), s.prefix, owned, pending)
	}
}

// end restores all connections, has Run handle all remaining events, and checks that no
// key is left behind.
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
			if fresh(e) { // else it is reclaimed or read again, whichever comes first
				w.setLast(e.stream, beyond)
			}
		}
		switch {
		case e.place == queued && e.deliveries >= 5:
			e.place, e.reason, e.entry = deadLettered, workqueue.Poison, ""
		case e.place == removed:
			e.noticed = true
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
		case name == "stream", name == "grouped", name == "dead", name == "dead-size", strings.HasPrefix(name, "seen:"), records[key]:
		default:
			w.Errorf("left behind: %s", key)
		}
	}
}
