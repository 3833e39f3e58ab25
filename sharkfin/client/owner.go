package client

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// owner is the goroutine that owns a client's connection, its calls and its events. It never
// waits for anything but in its loop.
type owner struct {
	c       *Client
	running sync.WaitGroup // of the goroutines that it started

	conn    *connection // nil while there is none
	waiting []*call     // not yet written, the oldest first
	pending map[string]*call
	outbox  outbox
	echo    echo

	attempt  int
	redialed chan redialed // has room for the result of one redial
}

func newOwner(c *Client) *owner {
	return &owner{
		c: c, pending: map[string]*call{}, outbox: outbox{events: c.events, overflow: c.opts.overflow, maxBytes: c.opts.bufferBytes}, echo: echo{within: c.opts.echo},
		redialed: make(chan redialed, 1),
	}
}

// run runs a client from its first connection to its end.
func (o *owner) run(ws *websocket.Conn) {
	defer close(o.c.done)
	defer close(o.c.events)
	o.open(ws)
	err := o.loop()
	if o.conn != nil {
		o.conn.close()
	}
	o.c.cause = err
	close(o.c.ended)
	o.failAll(err)
	o.linger()
	o.running.Wait()
	select {
	case r := <-o.redialed: // it came too late
		if r.ws != nil {
			r.ws.Close()
		}
	default:
	}
}

// open begins to use a connection.
func (o *owner) open(ws *websocket.Conn) {
	o.conn = connect(ws, o.c.opts, &o.running)
	o.echo.reset()
}

// loop runs until the client ends, and returns why.
func (o *owner) loop() error {
	timer := time.NewTimer(0) // of the echo
	defer timer.Stop()
	paused := false // reading
	for {
		if o.outbox.blocked() {
			paused = true
		} else if paused {
			paused = false
			o.echo.extend(time.Now()) // the echo may be in a frame that was not read
		}
		var frames <-chan frame
		var gone <-chan struct{}
		var writer chan<- *call
		var first *call
		if o.conn != nil {
			if paused {
				gone = o.conn.stop
			} else {
				frames = o.conn.frames // closed after the last frame
			}
			if len(o.waiting) > 0 {
				writer, first = o.conn.calls, o.waiting[0]
			}
		}
		receiver, head := o.outbox.head()
		var due <-chan time.Time
		if wait, ok := o.echo.wait(time.Now()); ok && !paused {
			timer.Reset(wait)
			due = timer.C
		}
		var err error
		select {
		case <-o.c.life.Done():
			return ErrClosed
		case one := <-o.c.calls:
			o.waiting = append(o.waiting, one)
		case one := <-o.c.forget:
			o.drop(one)
		case writer <- first:
			o.written(first)
		case f, open := <-frames:
			if !open {
				err = o.lost()
			} else {
				err = o.take(f)
			}
		case <-gone:
			err = o.lost()
		case receiver <- head:
			o.outbox.pop()
		case r := <-o.redialed:
			err = o.reconnected(r)
		case <-due:
			o.listen()
		}
		if err != nil {
			return err
		}
	}
}

// written notes that a call was handed to the connection.
func (o *owner) written(one *call) {
	o.waiting = o.waiting[1:]
	o.pending[one.ref] = one
	if one.kind == sendMessage {
		o.echo.sent()
	}
}

// drop forgets a call whose context has ended.
func (o *owner) drop(one *call) {
	o.waiting = slices.DeleteFunc(o.waiting, func(other *call) bool { return other == one })
	o.answered(one)
}

// answered takes a call out of those that wait for a reply.
func (o *owner) answered(one *call) {
	if o.pending[one.ref] != one {
		return
	}
	delete(o.pending, one.ref)
	if one.kind == sendMessage {
		o.echo.done()
	}
}

// take handles a frame. It returns why the client ends, if it does.
func (o *owner) take(f frame) error {
	switch {
	case f.isReply():
		o.reply(f)
		return nil
	case f.tooLarge:
		o.c.dropped.Add(1)
		o.outbox.lose()
		return nil
	case f.kind == typeMessage:
		o.echo.came(f.data)
	}
	if o.outbox.push(Event{Type: f.kind, Data: f.data}) {
		return nil
	}
	if o.c.dropped.Add(1) == 1 {
		o.c.opts.log.Warn("sharkfin: events come faster than they are received: some are discarded", "buffer", o.c.opts.buffer)
	}
	if o.c.opts.overflow == Fail {
		return ErrOverflow
	}
	return nil
}

// reply gives a call its reply.
func (o *owner) reply(f frame) {
	one := o.pending[f.ref]
	if one == nil && f.tooLarge && f.ref == "" { // some call would wait for ever
		o.conn.fail(fmt.Errorf("%w, and belongs to no call", ErrTooLarge))
		return
	}
	if one == nil { // its context has ended, it was answered before, or the server could not read the ref
		o.c.opts.log.Debug("sharkfin: a reply belongs to no call", "type", f.kind, "ref", f.ref)
		return
	}
	r := result{data: f.data}
	switch {
	case f.tooLarge:
		r.err = ErrTooLarge
	default:
		r.err = f.refusal(o.c.opts.key)
	}
	if one.kind == sendMessage && r.err == nil {
		o.echo.expect(f.data, one.channel, time.Now())
	}
	o.answered(one)
	one.result <- r
}

// listen reports a connection that gets no events.
func (o *owner) listen() {
	if e, deaf := o.echo.overdue(time.Now()); deaf {
		o.c.opts.log.Warn("sharkfin: an own message did not come back: another connection with this identity gets the events", "within", o.echo.within)
		o.outbox.add(e)
	}
}

// failAll ends all calls.
func (o *owner) failAll(cause error) {
	calls := o.waiting
	for _, one := range o.pending {
		calls = append(calls, one)
	}
	for _, one := range calls {
		if errors.Is(cause, ErrClosed) {
			one.result <- result{err: closedError{}}
		} else {
			one.result <- result{err: &lostError{written: o.pending[one.ref] == one, cause: cause}}
		}
	}
	o.waiting, o.pending = nil, nil
}

// linger gives the receiver the events that still wait, until Close.
func (o *owner) linger() {
	o.outbox.flush()
	for {
		receiver, head := o.outbox.head()
		if receiver == nil {
			return
		}
		select {
		case receiver <- head:
			o.outbox.pop()
		case <-o.c.life.Done():
			return
		}
	}
}
