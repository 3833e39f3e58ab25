package sim

import (
	"sync"
	"time"
)

// delivery is a message on its way to sockets and webhooks.
type delivery struct {
	m    *message
	rest bool          // posted by REST
	done chan struct{} // closed when /ws has it, nil if nobody waits
}

// subscriber gets messages from the bus, one after the other.
type subscriber struct {
	queue  chan delivery
	handle func(delivery)

	mu   sync.Mutex
	free chan struct{} // closed while deliveries are not held
}

// disorderTime is how long a push waits for the next, to come after it.
const disorderTime = 2 * time.Millisecond

// subscribe starts a subscriber.
func (s *Server) subscribe(handle func(delivery)) *subscriber {
	sub := &subscriber{queue: make(chan delivery, s.opts.Bus), handle: handle, free: make(chan struct{})}
	close(sub.free)
	s.running.Go(func() { s.drain(sub) })
	return sub
}

// hold stops deliveries, or lets them go on.
func (sub *subscriber) hold(hold bool) {
	sub.mu.Lock()
	defer sub.mu.Unlock()
	held := false
	select {
	case <-sub.free:
	default:
		held = true
	}
	switch {
	case hold && !held:
		sub.free = make(chan struct{})
	case !hold && held:
		close(sub.free)
	}
}

func (sub *subscriber) released() chan struct{} {
	sub.mu.Lock()
	defer sub.mu.Unlock()
	return sub.free
}

// drain delivers until the server is closed.
func (s *Server) drain(sub *subscriber) {
	for n := 1; ; n++ {
		select {
		case <-sub.released():
		case <-s.stopped:
			return
		}
		var d delivery
		select {
		case d = <-sub.queue:
		case <-s.stopped:
			return
		}
		select {
		case <-sub.released():
		case <-s.stopped:
			return
		}
		if sub == s.hub && n%5 == 0 && s.has(DisorderPushes) {
			s.overtake(sub)
		}
		sub.handle(d)
	}
}

// overtake delivers the next message, if there is one soon.
func (s *Server) overtake(sub *subscriber) {
	timer := time.NewTimer(disorderTime)
	defer timer.Stop()
	select {
	case next := <-sub.queue:
		sub.handle(next)
	case <-timer.C:
	case <-s.stopped:
	}
}

// publish puts a message on the bus.
func (s *Server) publish(d delivery) {
	if s.opts.Posted != nil {
		s.opts.Posted(d.m.export())
	}
	wait := !s.has(DropPushes)
	for _, sub := range []*subscriber{s.hub, s.hints, s.notices, s.hooks} {
		select {
		case sub.queue <- d:
			continue
		default:
		}
		if wait {
			select {
			case sub.queue <- d:
			case <-s.stopped:
			}
			continue
		}
		s.mu.Lock()
		if sub == s.hub {
			s.stats.Dropped++
		} else {
			s.stats.HintsDropped++
		}
		s.mu.Unlock()
		if sub == s.hub && d.done != nil {
			close(d.done)
		}
	}
}

// publishAround publishes a message that was sent over a socket or MCP, before or after answer,
// which tells the sender.
func (s *Server) publishAround(m *message, answer func()) {
	s.mu.Lock()
	s.sent++
	early := s.is(EchoBeforeAnswer) && s.sent%2 == 0
	s.mu.Unlock()
	if !early {
		answer()
		s.publish(delivery{m: m})
		return
	}
	d := delivery{m: m, done: make(chan struct{})}
	s.publish(d)
	timer := time.NewTimer(50 * time.Millisecond) // the bus may be held
	defer timer.Stop()
	select {
	case <-d.done:
	case <-timer.C:
	case <-s.stopped:
	}
	answer()
}
