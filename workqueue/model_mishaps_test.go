package workqueue_test

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// lose has the next call of a script fail, now and then, before it reaches Redis
// or after that.
func (w *world) lose(over *wire, script string, percent int) bool {
	if !w.chance(percent) {
		return false
	}
	if w.chance(50) {
		over.refuse.Store(runs(script))
	} else {
		over.forget.Store(runs(script))
	}
	w.note("lose", "the next %s", script)
	return true
}

// forgetKey ends the window of a key.
func (w *world) forgetKey() bool {
	e, ok := one(w, w.events)
	if !ok || !e.stream.seen[e.Key] {
		return false
	}
	w.note("forget", "key %s of %s", e.Key, e.stream.prefix)
	w.must(w.rdb.Del(w.Context(), e.stream.prefix+"seen:"+e.Key).Err())
	delete(e.stream.seen, e.Key)
	return true
}

// startMember starts a consumer.
func (w *world) startMember() bool {
	if len(w.members) == modelMembers {
		return false
	}
	m := &member{client: w.freeClient(), started: make(chan *attempt)}
	c := queue{w.T, m.UniversalClient, w.app}.newConsumer(workqueue.ConsumerOptions{Shards: w.shards, Lease: time.Hour})
	for _, eventType := range modelTypes {
		c.Handle(eventType, m.handle, workqueue.Concurrency(modelWorkers), workqueue.MaxAttempts(modelAttempts),
			workqueue.Timeout(time.Hour), workqueue.Backoff(func(int) time.Duration { return time.Hour }))
	}
	m.Steps = c.Steps(w.Context())
	m.shards = m.Shards()
	w.members = append(w.members, m)
	w.note("start", "%s", m.Name())
	return true
}

// freeClient returns a client that no consumer uses, connected again if its last
// one has crashed.
func (w *world) freeClient() client {
	i := slices.IndexFunc(w.clients[:modelMembers], func(c client) bool {
		return !slices.ContainsFunc(w.members, func(m *member) bool { return m.wire == c.wire })
	})
	w.clients[i].wire.cut.Store(false)
	return w.clients[i]
}

// stopOne stops a consumer cleanly.
func (w *world) stopOne(m *member) bool {
	w.stop(m)
	return true
}

// stop stops a consumer: some of its handlers finish, the others are cancelled.
func (w *world) stop(m *member) {
	w.Helper()
	w.note("stop", "%s", m.Name())
	for len(m.running) > 0 && w.chance(50) {
		w.finish(m)
	}
	w.check() // before contexts end for that
	m.Cancel()
	for _, r := range m.running {
		w.predict(m, r, context.Canceled)
		r.outcome <- context.Canceled
		testenv.Next(w, r.finished)
	}
	m.Retire(w.Context())
	w.remove(m)
	for _, s := range w.streams {
		if !s.group {
			continue
		}
		holds := slices.ContainsFunc(w.events, func(e *event) bool {
			return e.stream == s && e.owner == m.Name() && (e.place == queued || e.place == removed)
		})
		names, err := w.rdb.XInfoConsumers(w.Context(), s.prefix+"stream", "consumers").Result()
		w.must(err)
		if there := slices.ContainsFunc(names, func(c redis.XInfoConsumer) bool { return c.Name == m.Name() }); there != holds {
			w.Errorf("the name of %s is in %s: %v, entries are pending under it: %v", m.Name(), s.prefix, there, holds)
		}
	}
}

func (w *world) remove(m *member) {
	w.members = slices.DeleteFunc(w.members, func(other *member) bool { return other == m })
}

// crash ends a consumer as SIGKILL does: nothing of it reaches Redis any more.
func (w *world) crash(m *member) bool {
	w.note("crash", "%s", m.Name())
	m.wire.cut.Store(true)
	m.Cancel()
	for _, r := range m.running {
		r.outcome <- errors.New("dead")
		testenv.Next(w, r.finished)
	}
	w.remove(m)
	return true
}

// cutOrRestore cuts a consumer off, or connects one again, whose handlers know
// nothing of it.
func (w *world) cutOrRestore() bool {
	m, ok := one(w, w.members)
	if !ok || len(m.running) == 0 {
		return false
	}
	cut := !m.wire.cut.Load()
	w.note("cut", "%s: %v", m.Name(), cut)
	m.wire.cut.Store(cut)
	return true
}

// runOut lets the leases run out that a consumer has on a stream: of one that is
// dead or cut off, or, now and then, one that stalled.
func (w *world) runOut() bool {
	healthy := map[string]bool{}
	for _, m := range w.connected() {
		healthy[m.Name()] = true
	}
	s, _ := one(w, w.streams)
	if !s.group {
		return false
	}
	stall := w.chance(5)
	found := false
	for _, e := range w.at(s, queued) {
		if e.owner != "" && !e.stale && (stall || !healthy[e.owner]) {
			e.stale, found = true, true
		}
	}
	if found {
		w.note("run out", "the leases of %s, healthy ones too: %v", s.prefix, stall)
		w.elapse()
	}
	return found
}

// comeDue lets some delays end.
func (w *world) comeDue() bool {
	s, _ := one(w, w.streams)
	list := w.at(s, delayed)
	if len(list) == 0 {
		return false
	}
	w.note("come due", "some of %s", s.prefix)
	for _, e := range list {
		e.due = e.due || w.chance(70)
	}
	w.elapse()
	return true
}

// destroyGroup has a stream lose its group.
func (w *world) destroyGroup() bool {
	s, _ := one(w, w.streams)
	if !s.group {
		return false
	}
	w.note("destroy", "the group of %s", s.prefix)
	w.must(w.rdb.XGroupDestroy(w.Context(), s.prefix+"stream", "consumers").Err())
	s.group = false
	for _, e := range w.pending(s) {
		w.forget(e)
	}
	return true
}

// flushScripts has Redis forget the scripts, as a restart does.
func (w *world) flushScripts() bool {
	w.note("flush", "the scripts")
	flush := func(ctx context.Context, node *redis.Client) error { return node.ScriptFlush(ctx).Err() }
	switch rdb := w.rdb.(type) {
	case *redis.ClusterClient:
		w.must(rdb.ForEachMaster(w.Context(), flush))
	case *redis.Client:
		w.must(flush(w.Context(), rdb))
	}
	return true
}
