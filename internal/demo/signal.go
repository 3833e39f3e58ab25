package demo

import "sync"

// signal tells everybody who waits that something has changed.
type signal struct {
	mu sync.Mutex
	c  chan struct{}
}

// next returns a channel that is closed with the next change.
func (s *signal) next() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.c == nil {
		s.c = make(chan struct{})
	}
	return s.c
}

func (s *signal) notify() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.c != nil {
		close(s.c)
		s.c = nil
	}
}
