package workqueue_test

import (
	"errors"
	"slices"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// roundForecast is what a round of a consumer's loop is expected to do. Its methods
// follow the loop's order, each of them changes the model as the step of the loop
// changes Redis, and so the next one finds what the loop does.
type roundForecast struct {
	*world
	m      *member
	shards []int            // those of the round's fetcher, by their index among the member's
	due    []workqueue.Due  // by the same index; what is left of it after the round
	more   bool             // entries are known to be left, so that no read waits
	lost   bool             // the reply of the read is lost
	sent   bool             // a read is sent
	waits  bool             // for entries, on all shards at once
	starts []*expectedStart // of handlers
	// suspected is set while a handler runs of which consumers may have died.
	suspected bool
}

// expectedStart is a handler that is to start.
type expectedStart struct {
	event   *event
	entry   string // of the event, at the time of its delivery
	shard   int
	records bool // completed steps are known
	// reclaimed is set when the entry was claimed, and suspect when consumers may have
	// died of it.
	reclaimed, suspect bool
}

// round has a consumer do one round of its loop on the shards of one fetcher.
func (w *world) round(m *member, claims bool) bool {
	f := &roundForecast{world: w, m: m, due: make([]workqueue.Due, len(m.shards)), more: w.chance(50), lost: w.chance(6)}
	fetcher := m.shards[w.rng.IntN(len(m.shards))].Fetcher
	stale, orphans := false, false
	for i, shard := range m.shards {
		if shard.Fetcher == fetcher {
			f.shards = append(f.shards, i)
			f.due[i] = workqueue.Due{Claim: claims && w.chance(80), Orphans: w.chance(15)}
			for _, e := range w.at(f.stream(i), queued) {
				stale = stale || e.stale && f.due[i].Claim
				orphans = orphans || orphaned(e) && f.due[i].Orphans
			}
		}
	}
	if claims && !stale && !orphans && w.chance(80) {
		return false
	}
	f.suspected = slices.ContainsFunc(m.running, func(r *attempt) bool { return r.suspect && !r.lost })
	due, more := slices.Clone(f.due), f.more
	w.note("round", "of fetcher %d by %s; due: %v; more: %v; the reply is lost: %v", fetcher, m.Name(), due, more, f.lost)
	f.maintain()
	f.fetch()

	sent, waited := false, false
	m.wire.forget.Store(new(func(cmd redis.Cmder) bool {
		read := cmd.Name() == "xreadgroup"
		sent, waited = sent || read, waited || read && slices.Contains(cmd.Args(), any("block"))
		return read && f.lost
	}))
	err := m.Round(w.Context(), fetcher, due, &more, f.started)
	m.wire.reset()
	if lost := f.lost && f.sent; lost != errors.Is(err, errCut) || !lost && err != nil {
		w.Errorf("the round returned %v; the reply of its read is lost: %v", err, lost)
	}
	if sent != f.sent || waited != f.waits {
		w.Errorf("the round has read: %v, and waited: %v; want %v and %v", sent, waited, f.sent, f.waits)
	}
	if !slices.Equal(due, f.due) || more != f.more {
		w.Errorf("after the round %v are due and more is %v, want %v and %v", due, more, f.due, f.more)
	}
	for _, s := range f.starts {
		w.Errorf("%s is not handled by %s", s.event.ID, m.Name())
	}
	return true
}

// stream returns the shard of an index.
func (f *roundForecast) stream(shard int) *stream {
	return f.world.stream(f.m.shards[shard].Type, f.m.shards[shard].Number)
}

// free returns how many workers of a shard are free.
func (f *roundForecast) free(shard int) int {
	n := f.m.free(shard)
	for _, s := range f.starts {
		if s.shard == shard {
			n--
		}
	}
	return n
}

// open returns the shards with free workers.
func (f *roundForecast) open() []int {
	return slices.DeleteFunc(slices.Clone(f.shards), func(shard int) bool { return f.free(shard) == 0 })
}

// start expects the start of a handler.
func (f *roundForecast) start(shard int, e *event, reclaimed, suspect bool) {
	f.starts = append(f.starts, &expectedStart{
		event: e, entry: e.entry, shard: shard, records: reclaimed || e.origin != e.entry, reclaimed: reclaimed, suspect: suspect,
	})
}

// handled reports whether a handler of an entry runs here, or starts in this round.
func (f *roundForecast) handled(entry string, shard int) bool {
	return f.m.at(entry, shard) != nil ||
		slices.ContainsFunc(f.starts, func(s *expectedStart) bool { return s.entry == entry && s.shard == shard })
}

// maintain expects what is due on the shards with free workers.
func (f *roundForecast) maintain() {
	for _, shard := range f.open() {
		before := len(f.starts)
		if f.due[shard].Claim {
			f.due[shard].Claim = f.claim(shard)
			f.more = f.more || f.due[shard].Claim
		}
		if f.due[shard].Orphans && len(f.starts) == before {
			f.findOrphans(shard)
			f.due[shard].Orphans = false
		}
	}
}

// claim expects what a claim on a shard does. It reports whether another claim is due
// at once.
func (f *roundForecast) claim(shard int) (again bool) {
	s, n := f.stream(shard), f.free(shard)
	if !s.group {
		f.createGroup(s)
		return true
	}
	f.note("claim", "from %s", s.prefix)
	for _, e := range f.at(s, removed) {
		e.noticed = e.noticed || e.stale
	}
	claimed := 0
	for _, e := range f.at(s, queued) {
		if !e.stale || e.owner == "" || claimed == n {
			continue
		}
		before := e.deliveries
		if before >= 2 && (claimed > 0 || f.suspected) { // is claimed alone, and one at a time
			continue
		}
		claimed++
		e.owner, e.stale = f.m.Name(), false
		e.deliveries++
		running := f.m.at(e.entry, shard)
		switch {
		case running != nil && !(before >= 5 && running.lost): // goes on
		case before >= 5:
			e.place, e.reason, e.entry, e.owner = deadLettered, workqueue.Poison, "", ""
			f.note("poison", "%s", e.ID)
		default:
			f.start(shard, e, true, before >= 2)
			f.suspected = f.suspected || before >= 2
		}
		if before >= 2 {
			return true
		}
	}
	return claimed == n
}

// fetch expects the read of the shards with free workers.
func (f *roundForecast) fetch() {
	open := f.open()
	f.sent = len(open) > 0
	f.waits = len(open) == len(f.shards) && !f.more
	counts := make([]int, len(open)) // how many entries the read returns of each at most
	complete := true                 // all shards have their group
	for i, shard := range open {
		counts[i] = f.free(shard)
		complete = complete && f.stream(shard).group
	}
	if f.waits {
		f.tally["wait"]++
		for i := range counts {
			counts[i] = slices.Min(counts)
		}
	}
	filled := false
	for i, shard := range open {
		switch s := f.stream(shard); {
		case s.group && (complete || !f.waits): // one read that waits fails for all
			filled = f.read(shard, counts[i]) || filled
		case !f.lost:
			f.createGroup(s)
		}
	}
	if !(f.lost && f.sent) {
		f.more = filled
	}
}

// read expects up to n new entries of a shard. It reports whether there are so many.
func (f *roundForecast) read(shard, n int) (filled bool) {
	s := f.stream(shard)
	for _, e := range f.at(s, queued) {
		if !fresh(e) || n == 0 {
			continue
		}
		n--
		s.last = e.entry
		e.owner, e.deliveries, e.stale = f.m.Name(), 1, false
		if !f.lost && !f.handled(e.entry, shard) {
			f.start(shard, e, false, false)
		}
	}
	return n == 0
}

// started checks a handler that the round started, and what its delivery says.
func (f *roundForecast) started(shard int, d *workqueue.Delivery, finished <-chan struct{}) {
	r := testenv.Next(f, f.m.started)
	i := slices.IndexFunc(f.starts, func(s *expectedStart) bool { return s.event.ID == d.ID && s.shard == shard })
	if i < 0 {
		f.Fatalf("%s is handled by %s as %s, and should not be", d.ID, f.m.Name(), d.EntryID)
	}
	s := f.starts[i]
	f.starts = slices.Delete(f.starts, i, i+1)
	e := s.event
	r.event, r.shard, r.finished, r.records, r.suspect = e, shard, finished, s.records, s.suspect
	f.m.running = append(f.m.running, r)
	f.note("handle", "%s as %s, attempt %d, by %s", e.ID, r.EntryID, r.Attempt, f.m.Name())
	if r.ID != d.ID || r.EntryID != s.entry || r.Attempt != e.attempts+1 || r.Reclaimed != s.reclaimed || string(r.Payload) != string(e.Payload) || r.Key != e.Key || r.Type != e.Type {
		f.Errorf("delivered %+v, want %s, attempt %d of %+v", r.Delivery, s.entry, e.attempts+1, e)
	}
	for _, step := range modelSteps {
		if want := r.records && e.completed[step]; r.Completed(step) != want {
			f.Errorf("the delivery of %s says that %s is completed: %v, want %v", e.ID, step, r.Completed(step), want)
		}
	}
}

// createGroup notes that a consumer created the group of a stream.
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

// findOrphans expects that the orphans of a shard are found.
func (f *roundForecast) findOrphans(shard int) {
	s := f.stream(shard)
	on := f.at(s, queued)
	if !s.group || len(on) <= len(f.pending(s)) {
		return
	}
	if s.last == beyond {
		s.last = on[len(on)-1].entry
	}
	for _, e := range on {
		if orphaned(e) {
			e.owner, e.deliveries = "nobody", 1
			f.note("orphan", "%s in %s", e.ID, s.prefix)
		}
	}
}
