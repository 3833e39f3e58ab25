package workqueue_test

import (
	"context"
	"errors"
	"time"

	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

var modelSteps = []string{"react", "reply", "thread"}

// complete has a handler complete a step.
func (w *world) complete(m *member) bool {
	r, ok := one(w, m.running)
	if !ok {
		return false
	}
	step, _ := one(w, modelSteps)
	w.note("complete", "%s of %s by %s", step, r.ID, m.Name())
	w.must(r.Complete(r.ctx, step))
	r.event.completed[step] = true
	r.records = true
	return true
}

// finish has up to three handlers of a consumer return, together.
func (w *world) finish(m *member) bool {
	if len(m.running) == 0 {
		return false
	}
	w.rng.Shuffle(len(m.running), func(i, j int) { m.running[i], m.running[j] = m.running[j], m.running[i] })
	w.finishFirst(m, 1+w.rng.IntN(min(3, len(m.running))))
	return true
}

// finishFirst has the first n handlers of a consumer return.
func (w *world) finishFirst(m *member, n int) {
	for _, script := range []string{"ack", "retry", "dead_letter"} {
		w.lose(m.wire, script, 1)
	}
	some := m.running[:n]
	m.running = m.running[n:]
	for _, r := range some {
		outcome, _ := one(w, modelOutcomes)
		w.note("finish", "%s as %s by %s: %v", r.ID, r.EntryID, m.Name(), outcome)
		w.predict(m, r, outcome)
		r.outcome <- outcome
	}
	for _, r := range some {
		testenv.Next(w, r.finished)
	}
	m.wire.reset()
}

var modelOutcomes = []error{
	nil, nil, nil, workqueue.Discard("not for us"), errors.New("no luck"), errors.New("no luck"), errPanic,
	workqueue.RetryAfter(time.Hour, errors.New("busy")), workqueue.Reject(errors.New("never")),
}

// predict changes the model as the outcome of a handler changes Redis.
func (w *world) predict(m *member, r *attempt, outcome error) {
	e := r.event
	current := (e.place == queued || e.place == removed) && e.entry == r.EntryID
	_, discarded := errors.AsType[*workqueue.DiscardError](outcome)
	if outcome == nil || discarded { // counts, whoever has it now
		if current {
			if e.place == queued && r.records {
				e.completed = map[string]bool{}
			}
			e.place = gone
		}
		return
	}
	if r.lost || !current || e.owner != m.Name() {
		return // it is another's
	}
	if errors.Is(outcome, context.Canceled) {
		w.requeue(e)
		return
	}
	e.attempts, e.entry, e.owner = r.Attempt, "", ""
	_, rejected := errors.AsType[*workqueue.RejectError](outcome)
	switch {
	case rejected:
		e.place, e.reason = deadLettered, workqueue.Rejected
	case r.Attempt < modelAttempts:
		e.place, e.due = delayed, false
	case errors.Is(outcome, errPanic):
		e.place, e.reason = deadLettered, workqueue.Panicked
	default:
		e.place, e.reason = deadLettered, workqueue.Exhausted
	}
}

// promote has a consumer move what is due to the stream.
func (w *world) promote(m *member) bool {
	shard := w.rng.IntN(len(m.shards))
	s := w.stream(m.shards[shard].Type, m.shards[shard].Number)
	due := 0
	for _, e := range w.at(s, delayed) {
		if e.due {
			due++
		}
	}
	if due == 0 {
		return false
	}
	w.note("promote", "in %s by %s, %d", s.prefix, m.Name(), due)
	w.must(m.Promote(w.Context(), shard))
	left := map[string]bool{}
	members, err := w.rdb.ZRange(w.Context(), s.prefix+"delayed", 0, -1).Result()
	w.must(err)
	for _, encoded := range members {
		e, _, _, err := workqueue.Decoded(encoded)
		w.must(err)
		left[e.ID] = true
	}
	moved := 0
	for _, e := range w.at(s, delayed) {
		if e.due && !left[e.ID] {
			moved++
			w.requeue(e)
		}
	}
	if moved != due {
		w.Errorf("%d were moved, want %d", moved, due)
	}
	return true
}

// extend has a consumer extend its leases, and notice those that it has lost.
func (w *world) extend(m *member) bool {
	if len(m.running) == 0 {
		return false
	}
	w.note("extend", "by %s", m.Name())
	for _, r := range m.running {
		e := r.event
		switch {
		case !e.stream.group || r.lost: // nothing can be said
		case e.entry == r.EntryID && e.owner == m.Name() && e.place == queued:
			e.stale = false
		case e.entry == r.EntryID && e.owner == m.Name() && e.place == removed: // Redis 7 forgets it then
			e.noticed = true
		default:
			r.lost = true
			w.tally["lease lost"]++
		}
	}
	m.Extend(w.Context())
	return true
}
