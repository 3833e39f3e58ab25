package workqueue_test

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

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
	for n := w.rng.IntN(1015); ; n = w.rng.IntN(1015) {
		var possible bool
		switch m, _ := one(w, w.connected()); {
		case n < 130:
			possible = w.publish()
		case n < 150:
			possible = w.forgetKey()
		case n < 200:
			possible = w.startMember()
		case n < 350:
			possible = m != nil && w.round(m, false)
		case n < 500:
			possible = m != nil && w.finish(m)
		case n < 560:
			possible = m != nil && w.complete(m)
		case n < 700:
			possible = m != nil && w.round(m, true)
		case n < 740:
			possible = m != nil && w.promote(m)
		case n < 780:
			possible = m != nil && w.extend(m)
		case n < 790:
			possible = m != nil && w.stopOne(m)
		case n < 810:
			possible = m != nil && w.crash(m)
		case n < 870:
			possible = w.cutOrRestore()
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
		case n < 1012:
			possible = w.meddle()
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
	w.note("publish", "%s with key %q to %s: %v, %v", e.ID, e.Key, e.stream.prefix, result, err)
	w.wire.reset()
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
	w.publisher = queue{w.T, own.UniversalClient, w.app}.publisher(workqueue.PublisherOptions{DedupWindow: time.Hour, MaxBacklog: modelBacklog, Shards: w.shards})
	w.note("raise", "the shards to %d", w.shards)
}

// operate lists dead letters, and replays or drops one.
func (w *world) operate() bool {
	eventType, _ := one(w, modelTypes)
	var want []*event
	for _, e := range w.events {
		if e.Type == eventType && e.place == deadLettered {
			want = append(want, e)
		}
	}
	if len(want) == 0 {
		return false
	}
	slices.SortFunc(want, func(a, b *event) int {
		return cmp.Or(workqueue.Earlier(a.entry, b.entry), cmp.Compare(a.stream.number, b.stream.number))
	})
	list, err := w.inspector().ListDeadLetters(w.Context(), eventType, "", 1000)
	w.must(err)
	if len(list) != len(want) {
		w.Fatalf("%d dead letters of %s, want %d", len(list), eventType, len(want))
	}
	for i, d := range list {
		if e := want[i]; d.Event.ID != e.ID || d.Reason != e.reason || d.Attempts != e.attempts || d.Error == "" {
			w.Fatalf("dead letter %+v, want %+v", d, e)
		}
	}
	i := w.rng.IntN(len(list))
	e, id := want[i], list[i].ID
	if w.chance(50) {
		w.note("drop", "%s", e.ID)
		w.must(w.inspector().Drop(w.Context(), eventType, id))
		e.place, e.completed = gone, map[string]bool{}
	} else {
		w.note("replay", "%s", e.ID)
		w.must(w.inspector().Replay(w.Context(), eventType, id))
		w.requeue(e)
		e.attempts = 0
	}
	if err := w.inspector().Replay(w.Context(), eventType, id); !errors.Is(err, workqueue.ErrNoDeadLetter) {
		w.Errorf("replayed once it is gone: %v", err)
	}
	return true
}

// sweep removes the names of consumers with nothing pending, however lately they
// were heard of.
func (w *world) sweep() bool {
	eventType, _ := one(w, modelTypes)
	names, err := w.inspector().RemoveIdleConsumers(w.Context(), eventType, -time.Millisecond)
	w.note("sweep", "%s: %v", eventType, names)
	w.must(err)
	return true
}
