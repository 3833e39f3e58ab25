package workqueue_test

import (
	"slices"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/workqueue"
)

// beyond is an id after all that Redis gives to entries by itself.
const beyond = "99999999999999-0"

// fresh reports whether Redis takes an event for one that was never delivered.
func fresh(e *event) bool {
	return e.place == queued && e.stream.group && workqueue.Earlier(e.stream.last, e.entry) < 0
}

// orphaned reports whether no consumer would ever get an event.
func orphaned(e *event) bool {
	return e.place == queued && e.stream.group && e.owner == "" && !fresh(e)
}

// pending returns the events of a stream that are pending.
func (w *world) pending(s *stream) []*event {
	list := w.at(s, queued)
	list = slices.DeleteFunc(list, func(e *event) bool { return e.owner == "" })
	return append(list, w.at(s, removed)...)
}

// meddle does to a stream what people do by hand.
func (w *world) meddle() bool {
	s, _ := one(w, w.streams)
	if !s.group {
		return false
	}
	e, isPending := one(w, w.pending(s))
	key := s.prefix + "stream"
	switch n := w.rng.IntN(6); {
	case n == 0:
		return w.setID(s)
	case !isPending:
		return false
	case n <= 2:
		owner := e.owner
		w.note("meddle", "XGROUP DELCONSUMER %s in %s", owner, s.prefix)
		w.must(w.rdb.XGroupDelConsumer(w.Context(), key, "consumers", owner).Err())
		for _, e := range w.pending(s) {
			if e.owner == owner {
				w.forget(e)
			}
		}
	case e.place == removed:
		return false
	case n == 3:
		w.note("meddle", "XACK %s", e.ID)
		w.must(w.rdb.XAck(w.Context(), key, "consumers", e.entry).Err())
		w.forget(e)
	case n == 4:
		w.note("meddle", "XDEL %s, pending with %s", e.ID, e.owner)
		w.must(w.rdb.XDel(w.Context(), key, e.entry).Err())
		e.place = removed
	case n == 5:
		w.note("meddle", "XAUTOCLAIM %s", e.ID)
		w.must(w.rdb.XAutoClaimJustID(w.Context(), &redis.XAutoClaimArgs{
			Stream: key, Group: "consumers", Consumer: "somebody", Start: e.entry, Count: 1,
		}).Err())
		e.owner, e.stale = "somebody", false
	}
	return true
}

// forget notes that Redis forgot to whom it delivered an entry.
func (w *world) forget(e *event) {
	e.owner, e.deliveries, e.stale = "", 0, false
	if e.place == removed {
		e.place = gone
	}
}

// setID sets what a group delivered last: back to an entry or the beginning, or
// forward to one, to the end or beyond.
func (w *world) setID(s *stream) bool {
	list := w.at(s, queued)
	e, ok := one(w, list)
	if !ok {
		return false
	}
	to := []string{"0-0", e.entry, list[len(list)-1].entry, beyond}[w.rng.IntN(4)]
	w.note("meddle", "XGROUP SETID %s in %s, was %s", to, s.prefix, s.last)
	w.setLast(s, to)
	return true
}

func (w *world) setLast(s *stream, id string) {
	w.Helper()
	w.must(w.rdb.XGroupSetID(w.Context(), s.prefix+"stream", "consumers", id).Err())
	s.last = id
}
