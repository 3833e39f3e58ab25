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

// take has a consumer take what is new.
func (w *world) take(m *member) bool {
	all := true
	least := map[string]int{} // how much each read takes of a stream, at the most
	_, cluster := w.rdb.(*redis.ClusterClient)
	for i := range m.lanes {
		all = all && m.free(i) > 0
	}
	waits := all && w.chance(50)
	lost := w.chance(6)
	complete := true // all streams of a read have their group
	for i, l := range m.lanes {
		s := w.stream(l.Type, l.Number)
		complete = complete && s.group
		least[s.prefix] = m.free(i)
		if waits && !cluster {
			for j := range m.lanes {
				least[s.prefix] = min(least[s.prefix], m.free(j))
			}
		}
	}
	w.tell("take", "by %s, which waits: %v; the answer is lost: %v", m.Name(), waits, lost)
	var want []*event
	for i, l := range m.lanes {
		s := w.stream(l.Type, l.Number)
		switch {
		case m.free(i) == 0:
		case waits && !cluster && !complete || !s.group:
			if !lost {
				w.createGroup(s)
			}
		default:
			n := least[s.prefix]
			for _, e := range w.at(s, queued) {
				if !fresh(e) || n == 0 {
					continue
				}
				n--
				s.last = e.entry
				e.owner, e.deliveries, e.stale = m.Name(), 1, false
				if m.at(e.entry, i) == nil {
					want = append(want, e)
				}
			}
		}
	}
	step := m.Look
	if waits {
		step = m.Wait
	}
	if lost {
		m.wire.deaf.Store(true)
		_ = step(w.Context(), w.nothing)
		m.wire.deaf.Store(false)
		return true
	}
	w.start(m, want, false, func(taken workqueue.TakenFunc) error { return step(w.Context(), taken) })
	return true
}

func (w *world) nothing(d *workqueue.Delivery, _ <-chan struct{}) { w.Errorf("%s was taken", d.ID) }

// createGroup notes that a consumer made the group of a stream.
func (w *world) createGroup(s *stream) {
	if s.group {
		return
	}
	s.last = ""
	if s.grouped {
		for _, e := range w.at(s, queued) {
			e.owner, e.deliveries = "nobody", 1
			s.last = e.entry
		}
	}
	s.group, s.grouped = true, true
}

// start does a step that is to start the handlers of just these events, and looks
// at what they are told.
func (w *world) start(m *member, want []*event, takenOver bool, step func(workqueue.TakenFunc) error) {
	w.Helper()
	finished := map[string]<-chan struct{}{} // by event
	w.must(step(func(d *workqueue.Delivery, f <-chan struct{}) { finished[d.ID] = f }))
	for range finished {
		r := testenv.Next(w, m.started)
		r.finished = finished[r.ID]
		r.event = w.events[slices.IndexFunc(w.events, func(e *event) bool { return e.ID == r.ID })]
		e := r.event
		r.lane = slices.IndexFunc(m.lanes, func(l workqueue.Lane) bool { return l.Type == e.Type && l.Number == e.stream.number })
		r.records = takenOver || e.origin != e.entry
		r.suspect = takenOver && e.deliveries > 2
		m.running = append(m.running, r)
		w.tell("handle", "%s as %s, attempt %d, by %s", e.ID, r.EntryID, r.Attempt, m.Name())
		if i := slices.Index(want, e); i < 0 {
			w.Errorf("%s is handled by %s, and ought not to be", e.ID, m.Name())
		} else {
			want = slices.Delete(want, i, i+1)
		}
		if r.EntryID != e.entry || r.Attempt != e.attempts+1 || r.Reclaimed != takenOver || string(r.Payload) != string(e.Payload) || r.Key != e.Key || r.Type != e.Type {
			w.Errorf("delivered %+v, want attempt %d of %+v", r.Delivery, e.attempts+1, e)
		}
		for _, action := range modelActions {
			if want := r.records && e.completed[action]; r.Completed(action) != want {
				w.Errorf("%s is told that %s is completed: %v, want %v", e.ID, action, r.Completed(action), want)
			}
		}
	}
	for _, e := range want {
		w.Errorf("%s is not handled by %s", e.ID, m.Name())
	}
}

var modelActions = []string{"react", "reply", "thread"}

// complete has a handler record an action.
func (w *world) complete(m *member) bool {
	r, ok := one(w, m.running)
	if !ok {
		return false
	}
	action, _ := one(w, modelActions)
	w.tell("complete", "%s of %s by %s", action, r.ID, m.Name())
	w.must(r.Complete(r.ctx, action))
	r.event.completed[action] = true
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
		w.tell("finish", "%s as %s by %s: %v", r.ID, r.EntryID, m.Name(), outcome)
		w.foretell(m, r, outcome)
		r.outcome <- outcome
	}
	for _, r := range some {
		testenv.Next(w, r.finished)
	}
	m.wire.mend()
}

var modelOutcomes = []error{
	nil, nil, nil, workqueue.Discard("not for us"), errors.New("no luck"), errors.New("no luck"), errPanic,
	workqueue.RetryAfter(time.Hour, errors.New("busy")), workqueue.Reject(errors.New("never")),
}

// foretell notes what the outcome of a handler changes.
func (w *world) foretell(m *member, r *attempt, outcome error) {
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
		e.place, e.reason = buried, workqueue.Rejected
	case r.Attempt < modelAttempts:
		e.place, e.due = delayed, false
	case errors.Is(outcome, errPanic):
		e.place, e.reason = buried, workqueue.Panicked
	default:
		e.place, e.reason = buried, workqueue.Exhausted
	}
}

// claim has a consumer take over, on one of its lanes, what was not extended.
func (w *world) claim(m *member) bool {
	lane := w.rng.IntN(len(m.lanes))
	s := w.stream(m.lanes[lane].Type, m.lanes[lane].Number)
	n := m.free(lane)
	stale := slices.ContainsFunc(w.at(s, queued), func(e *event) bool { return e.stale })
	if n == 0 || !stale && w.chance(90) {
		return false
	}
	w.tell("claim", "from %s by %s", s.prefix, m.Name())
	var want []*event
	if !s.group {
		w.createGroup(s)
	} else {
		taken, suspected := 0, slices.ContainsFunc(m.running, func(r *attempt) bool { return r.suspect && !r.lost })
		for _, e := range w.at(s, queued) {
			if !e.stale || e.owner == "" || taken == n {
				continue
			}
			before := e.deliveries
			if before >= 2 && (taken > 0 || suspected) { // is taken alone, and one at a time
				continue
			}
			taken++
			e.owner, e.stale = m.Name(), false
			e.deliveries++
			switch {
			case m.at(e.entry, lane) != nil && !(before >= 5 && m.at(e.entry, lane).lost): // goes on
			case before >= 5:
				e.place, e.reason, e.entry, e.owner = buried, workqueue.Poison, "", ""
				w.tell("poison", "%s", e.ID)
			default:
				want = append(want, e)
			}
			if before >= 2 {
				break
			}
		}
	}
	for _, e := range w.at(s, removed) {
		e.noticed = e.noticed || e.stale
	}
	w.start(m, want, true, func(taken workqueue.TakenFunc) error { return m.Claim(w.Context(), lane, taken) })
	return true
}

// promote has a consumer move what is due to the stream.
func (w *world) promote(m *member) bool {
	lane := w.rng.IntN(len(m.lanes))
	s := w.stream(m.lanes[lane].Type, m.lanes[lane].Number)
	due := 0
	for _, e := range w.at(s, delayed) {
		if e.due {
			due++
		}
	}
	if due == 0 {
		return false
	}
	w.tell("promote", "in %s by %s, %d", s.prefix, m.Name(), due)
	w.must(m.Promote(w.Context(), lane))
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

// extend has a consumer extend its leases, and learn which it has lost.
func (w *world) extend(m *member) bool {
	if len(m.running) == 0 {
		return false
	}
	w.tell("extend", "by %s", m.Name())
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
