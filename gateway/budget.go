package gateway

import (
	"cmp"
	"slices"
)

// The budget of Bodies: how much of it each body holds, which bodies wait for more,
// and which are evicted. None of its methods blocks.

// begin registers a body that begins to arrive. It holds no memory yet.
func (b *Bodies) begin(a *arrival) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.arriving[a] = true
}

// end unregisters a body that has arrived or failed, and reports whether it was
// evicted. The body keeps its memory until release.
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

// release returns the memory of a body to the budget, and grants it to waiting bodies
// in the order of how much they want, the least first.
func (b *Bodies) release(a *arrival) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.free += a.held
	a.held = 0
	if len(b.waiting) == 0 {
		return
	}
	slices.SortStableFunc(b.waiting, func(x, y *arrival) int { return cmp.Compare(x.want, y.want) })
	for len(b.waiting) > 0 && b.grant(b.waiting[0]) {
		b.waiting[0].granted <- struct{}{}
		b.waiting = slices.Delete(b.waiting, 0, 1)
	}
}

// ask raises the memory that a body holds to size, and reports whether it has it now.
// If not, a.granted receives once it has, or a.evicted is closed if it is evicted.
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
	if a.granted == nil {
		a.granted, a.evicted = make(chan struct{}, 1), make(chan struct{})
	}
	b.waiting = append(b.waiting, a)
	return false, nil
}

// grant gives a body the memory that it wants, if it is free. b.mu is held.
func (b *Bodies) grant(a *arrival) bool {
	n := a.want - a.held
	if n > b.free {
		return false
	}
	b.free -= n
	a.held = a.want
	return true
}

// evictFor evicts as many bodies as free the memory that a wants, and reports whether
// there are enough; if not, it evicts none. b.mu is held.
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
	if a.evicted != nil {
		close(a.evicted)
	}
	a.interrupt()
}

// forget removes a body from those that can be evicted or granted more. b.mu is held.
func (b *Bodies) forget(a *arrival) {
	delete(b.arriving, a)
	if len(b.waiting) == 0 {
		return
	}
	b.waiting = slices.DeleteFunc(b.waiting, func(other *arrival) bool { return other == a })
}
