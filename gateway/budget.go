package gateway

import (
	"cmp"
	"slices"
)

// What follows is the budget of Bodies: who holds how much of it, who waits for
// some, and who is evicted. It never blocks.

// begin notes that a body begins to arrive. It holds nothing yet.
func (b *Bodies) begin(a *arrival) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.arriving[a] = true
}

// end notes that a body arrives no more, and reports whether it was evicted. What
// it holds it keeps until release.
func (b *Bodies) end(a *arrival) (evicted bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	evicted = !b.arriving[a]
	if evicted {
		b.evicting -= a.held
	}
	b.forget(a)
	return evicted
}

// release returns what a body holds, and grants it to those that wait, first to
// those that want the least.
func (b *Bodies) release(a *arrival) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.free += a.held
	a.held = 0
	slices.SortStableFunc(b.waiting, func(x, y *arrival) int { return cmp.Compare(x.want, y.want) })
	for len(b.waiting) > 0 && b.grant(b.waiting[0]) {
		b.waiting[0].granted <- struct{}{}
		b.waiting = slices.Delete(b.waiting, 0, 1)
	}
}

// ask raises what a body holds to size, and reports whether it has that now. If
// not, a.granted says when it has, or a.evicted that it is evicted itself.
func (b *Bodies) ask(a *arrival, size int64) (ready bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.arriving[a] {
		return false, ErrOverloaded // evicted, between two reads
	}
	a.want = size
	if b.grant(a) {
		return true, nil
	}
	if !b.evictFor(a) {
		return false, ErrOverloaded
	}
	b.waiting = append(b.waiting, a)
	return false, nil
}

// grant gives a body what it wants, if that is free. b.mu is held.
func (b *Bodies) grant(a *arrival) bool {
	n := a.want - a.held
	if n > b.free {
		return false
	}
	b.free -= n
	a.held = a.want
	return true
}

// evictFor evicts as many bodies as it takes for a to get what it wants, or none if
// there are not enough that may be, and reports which. b.mu is held.
func (b *Bodies) evictFor(a *arrival) bool {
	missing := a.want - a.held - b.free - b.evicting
	if missing <= 0 {
		return true // when those that are evicted already have gone
	}
	var others []*arrival
	for other := range b.arriving {
		if other != a && other.held >= a.want {
			others = append(others, other)
		}
	}
	slices.SortFunc(others, func(x, y *arrival) int {
		return cmp.Or(cmp.Compare(y.held, x.held), x.began.Compare(y.began))
	})
	for i, other := range others {
		if missing -= other.held; missing <= 0 {
			for _, victim := range others[:i+1] {
				b.evict(victim)
			}
			return true
		}
	}
	return false
}

// evict ends the reading of a body. b.mu is held.
func (b *Bodies) evict(a *arrival) {
	b.forget(a)
	b.evicting += a.held
	close(a.evicted)
	a.interrupt()
}

// forget has a body neither evicted nor granted more. b.mu is held.
func (b *Bodies) forget(a *arrival) {
	delete(b.arriving, a)
	b.waiting = slices.DeleteFunc(b.waiting, func(other *arrival) bool { return other == a })
}
