package workqueue_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// someStep does one thing of all that can happen.
func (w *world) someStep() {
	for _, m := range w.connected() {
		if w.chance(50) && slices.ContainsFunc(m.running, func(r *attempt) bool { return r.event.deadly }) {
			w.crash(m)
			return
		}
		// What a handler does whose event is another's is worth many a step.
		i := slices.IndexFunc(m.running, func(r *attempt) bool { return r.event.owner != m.Name() || r.event.entry != r.EntryID })
		if i >= 0 && w.chance(15) {
			m.running[0], m.running[i] = m.running[i], m.running[0]
			w.tally["late"]++
			w.finishFirst(m, 1)
			return
		}
	}
	for n := w.rng.IntN(1000); ; n = w.rng.IntN(1000) {
		var possible bool
		switch m, _ := one(w, w.connected()); {
		case n < 130:
			possible = w.publish()
		case n < 150:
			possible = w.forgetKey()
		case n < 200:
			possible = w.startMember()
		case n < 350:
			possible = m != nil && w.take(m)
		case n < 500:
			possible = m != nil && w.finish(m)
		case n < 560:
			possible = m != nil && w.complete(m)
		case n < 700:
			possible = m != nil && w.claim(m)
		case n < 740:
			possible = m != nil && w.promote(m)
		case n < 780:
			possible = m != nil && w.extend(m)
		case n < 790:
			possible = m != nil && w.stopOne(m)
		case n < 810:
			possible = m != nil && w.crash(m)
		case n < 870:
			possible = w.cutOrMend()
		case n < 935:
			possible = w.runOut()
		case n < 950:
			possible = w.comeDue()
		case n < 980:
			possible = w.operate()
		case n < 987:
			possible = w.destroyGroup()
		case n < 993:
			possible = w.sweep()
		case n < 997:
			possible = w.flushScripts()
		default:
			possible = len(w.streams) < modelShards*len(modelTypes) && w.chance(20)
			if possible {
				w.raiseShards()
			}
		}
		if possible {
			return
		}
	}
}

// publish publishes an event with a new key, a known one or none.
func (w *world) publish() bool {
	n := len(w.events)
	e := &event{Event: workqueue.Event{
		Type: modelTypes[w.rng.IntN(len(modelTypes))], ID: fmt.Sprint("Ev", n), Partition: fmt.Sprint("channel ", n%9),
		Key: fmt.Sprint("k", n), Payload: []byte{byte(n), 0, '\n'},
	}, place: unsure, completed: map[string]bool{}, deadly: w.chance(4)}
	switch old, ok := one(w, w.events[max(0, n-40):]); {
	case w.chance(20):
		e.Key = ""
	case ok && old.Key != "" && w.chance(35):
		e.Type, e.Key, e.Partition = old.Type, old.Key, old.Partition // one key is of one partition
	}
	number, former := workqueue.Spread(e.Partition, w.shards)
	e.stream = w.stream(e.Type, number)
	known := e.stream.seen[e.Key]
	for _, f := range former {
		known = known || w.stream(e.Type, f).seen[e.Key]
	}
	full := len(w.at(e.stream, queued))+len(w.at(e.stream, delayed)) >= modelBacklog
	lost := w.lose(w.wire, "publish", 4)
	result, err := w.publisher.Publish(w.Context(), e.Event)
	w.tell("publish", "%s with key %q to %s: %v, %v", e.ID, e.Key, e.stream.prefix, result, err)
	w.wire.mend()
	switch {
	case lost && err != nil && !known && !full: // it may be queued
		w.events = append(w.events, e)
		return true
	case lost && err != nil:
		return true
	case known && result == workqueue.Duplicate && err == nil:
		w.tally["duplicate"]++
	case !known && full && errors.Is(err, workqueue.ErrFull):
		w.tally["refused"]++
	case !known && !full && result == workqueue.Queued && err == nil:
		e.place = queued
		w.events = append(w.events, e)
		w.requeue(e)
	default:
		w.Fatalf("its key is known: %v, the stream is full: %v", known, full)
	}
	return true
}

// requeue notes that an event is on its stream as if it was never delivered.
func (w *world) requeue(e *event) {
	e.place, e.entry, e.owner, e.deliveries, e.stale, e.due = queued, "", "", 0, false, false
	if e.Key != "" && e.origin == "" {
		e.stream.seen[e.Key] = true
	}
}

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
	w.tell("lose", "the next %s", script)
	return true
}

// forgetKey ends the window of a key.
func (w *world) forgetKey() bool {
	e, ok := one(w, w.events)
	if !ok || !e.stream.seen[e.Key] {
		return false
	}
	w.tell("forget", "key %s of %s", e.Key, e.stream.prefix)
	w.must(w.rdb.Del(w.Context(), e.stream.prefix+"seen:"+e.Key).Err())
	delete(e.stream.seen, e.Key)
	return true
}

// raiseShards adds a shard to each type, and a publisher that knows it.
func (w *world) raiseShards() {
	for _, eventType := range modelTypes {
		w.streams = append(w.streams, &stream{
			eventType: eventType, number: w.shards, prefix: fmt.Sprintf("%s:{%s.%d}:", w.app, eventType, w.shards), seen: map[string]bool{},
		})
	}
	w.shards++
	own := w.clients[modelMembers]
	w.wire = own.wire
	w.publisher = queue{w.T, own.UniversalClient, w.app}.publisher(workqueue.PublisherOptions{Window: time.Hour, MaxBacklog: modelBacklog, Shards: w.shards})
	w.tell("raise", "the shards to %d", w.shards)
}

// startMember starts a consumer.
func (w *world) startMember() bool {
	if len(w.members) == modelMembers {
		return false
	}
	m := &member{client: w.freeClient(), started: make(chan *attempt)}
	c := queue{w.T, m.UniversalClient, w.app}.newConsumer(workqueue.ConsumerOptions{Shards: w.shards, Lease: time.Hour})
	for _, eventType := range modelTypes {
		c.Handle(eventType, m.handle, workqueue.Workers(modelWorkers), workqueue.Attempts(modelAttempts),
			workqueue.MaxRun(time.Hour), workqueue.Backoff(func(int) time.Duration { return time.Hour }))
	}
	m.Steps = c.Steps(w.Context())
	m.lanes = m.Lanes()
	w.members = append(w.members, m)
	w.tell("start", "%s", m.Name())
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
				if e.owner != "" || n == 0 {
					continue
				}
				n--
				e.owner, e.deliveries = m.Name(), 1
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
	if s.grouped {
		for _, e := range w.at(s, queued) {
			e.owner, e.deliveries = "nobody", 1
		}
	}
	s.group, s.grouped = true, true
}

// start does a step that is to start the handlers of just these events, and looks
// at what they are told.
func (w *world) start(m *member, want []*event, takenOver bool, step func(workqueue.TakenFunc) error) {
	w.Helper()
	finished := map[*workqueue.Delivery]<-chan struct{}{}
	w.must(step(func(d *workqueue.Delivery, f <-chan struct{}) { finished[d] = f }))
	for range finished {
		r := testenv.Next(w, m.started)
		r.finished = finished[r.Delivery]
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
		if r.EntryID != e.entry || r.Attempt != e.attempts+1 || r.TakenOver != takenOver || string(r.Payload) != string(e.Payload) || r.Key != e.Key || r.Type != e.Type {
			w.Errorf("delivered %+v, want attempt %d of %+v", r.Delivery, e.attempts+1, e)
		}
		for _, action := range modelActions {
			if r.Completed(action) != e.completed[action] {
				w.Errorf("%s is told that %s is completed: %v, want %v", e.ID, action, r.Completed(action), e.completed[action])
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
	for _, script := range []string{"ack", "retry", "bury"} {
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
	current := e.place == queued && e.entry == r.EntryID
	_, discarded := errors.AsType[*workqueue.DiscardError](outcome)
	if outcome == nil || discarded { // counts, whoever has it now
		if current {
			e.place = gone
			if r.records {
				e.completed = map[string]bool{}
			}
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
		case e.place == queued && e.entry == r.EntryID && e.owner == m.Name():
			e.stale = false
		default:
			r.lost = true
			w.tally["lease lost"]++
		}
	}
	m.Extend(w.Context())
	return true
}

// stopOne stops a consumer cleanly.
func (w *world) stopOne(m *member) bool {
	w.stop(m)
	return true
}

// stop stops a consumer: some of its handlers finish, the others are cancelled.
func (w *world) stop(m *member) {
	w.Helper()
	w.tell("stop", "%s", m.Name())
	for len(m.running) > 0 && w.chance(50) {
		w.finish(m)
	}
	w.check() // before contexts end for that
	m.Cancel()
	for _, r := range m.running {
		w.foretell(m, r, context.Canceled)
		r.outcome <- context.Canceled
		testenv.Next(w, r.finished)
	}
	m.Retire(w.Context())
	w.remove(m)
	for _, s := range w.streams {
		if !s.group {
			continue
		}
		holds := slices.ContainsFunc(w.events, func(e *event) bool { return e.stream == s && e.owner == m.Name() && e.place == queued })
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
	w.tell("crash", "%s", m.Name())
	m.wire.cut.Store(true)
	m.Cancel()
	for _, r := range m.running {
		r.outcome <- errors.New("dead")
		testenv.Next(w, r.finished)
	}
	w.remove(m)
	return true
}

// cutOrMend cuts a consumer off, or connects one again, whose handlers know
// nothing of it.
func (w *world) cutOrMend() bool {
	m, ok := one(w, w.members)
	if !ok || len(m.running) == 0 {
		return false
	}
	cut := !m.wire.cut.Load()
	w.tell("cut", "%s: %v", m.Name(), cut)
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
		w.tell("run out", "the leases of %s, healthy ones too: %v", s.prefix, stall)
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
	w.tell("come due", "some of %s", s.prefix)
	for _, e := range list {
		e.due = e.due || w.chance(70)
	}
	w.elapse()
	return true
}

// operate lists dead letters, and replays or drops one.
func (w *world) operate() bool {
	eventType, _ := one(w, modelTypes)
	var want []*event
	for _, e := range w.events {
		if e.Type == eventType && e.place == buried {
			want = append(want, e)
		}
	}
	if len(want) == 0 {
		return false
	}
	slices.SortFunc(want, func(a, b *event) int {
		return cmp.Or(workqueue.Earlier(a.entry, b.entry), cmp.Compare(a.stream.number, b.stream.number))
	})
	list, err := w.inspector().Dead(w.Context(), eventType, "", 1000)
	w.must(err)
	if len(list) != len(want) {
		w.Fatalf("%d dead letters of %s, want %d", len(list), eventType, len(want))
	}
	for i, d := range list {
		if e := want[i]; d.ID != e.ID || d.Reason != e.reason || d.Attempts != e.attempts || d.Error == "" {
			w.Fatalf("dead letter %+v, want %+v", d, e)
		}
	}
	i := w.rng.IntN(len(list))
	e, id := want[i], list[i].DeadID
	if w.chance(50) {
		w.tell("drop", "%s", e.ID)
		w.must(w.inspector().Drop(w.Context(), eventType, id))
		e.place, e.completed = gone, map[string]bool{}
	} else {
		w.tell("replay", "%s", e.ID)
		w.must(w.inspector().Replay(w.Context(), eventType, id))
		w.requeue(e)
		e.attempts = 0
	}
	if err := w.inspector().Replay(w.Context(), eventType, id); !errors.Is(err, workqueue.ErrNoDeadLetter) {
		w.Errorf("replayed once it is gone: %v", err)
	}
	return true
}

// destroyGroup has a stream lose its group.
func (w *world) destroyGroup() bool {
	s, _ := one(w, w.streams)
	if !s.group {
		return false
	}
	w.tell("destroy", "the group of %s", s.prefix)
	w.must(w.rdb.XGroupDestroy(w.Context(), s.prefix+"stream", "consumers").Err())
	s.group = false
	for _, e := range w.at(s, queued) {
		e.owner, e.deliveries, e.stale = "", 0, false
	}
	return true
}

// sweep removes the names of consumers with nothing pending, however lately they
// were heard of.
func (w *world) sweep() bool {
	eventType, _ := one(w, modelTypes)
	names, err := w.inspector().Sweep(w.Context(), eventType, -time.Millisecond)
	w.tell("sweep", "%s: %v", eventType, names)
	w.must(err)
	return true
}

// flushScripts has Redis forget the scripts, as a restart does.
func (w *world) flushScripts() bool {
	w.tell("flush", "the scripts")
	flush := func(ctx context.Context, node *redis.Client) error { return node.ScriptFlush(ctx).Err() }
	switch rdb := w.rdb.(type) {
	case *redis.ClusterClient:
		w.must(rdb.ForEachMaster(w.Context(), flush))
	case *redis.Client:
		w.must(flush(w.Context(), rdb))
	}
	return true
}
