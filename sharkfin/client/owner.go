package client

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// stable is how long a connection must live for the count of attempts to begin anew.
const stable = 10 * time.Second

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

// redialed is the result of a redial.
type redialed struct {
	ws      *websocket.Conn
	attempt int
	err     error // why the client gives up
}

func newOwner(c *Client) *owner {
	return &owner{
		c: c, pending: map[string]*call{}, outbox: outbox{events: c.events, overflow: c.opts.overflow}, echo: echo{within: c.opts.echo},
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

// lost handles the end of the connection. It returns why the client ends, if it does.
func (o *owner) lost() error {
	cause, lived := o.conn.cause, time.Since(o.conn.opened)
	o.conn = nil
	o.c.opts.log.Warn("sharkfin: the connection was lost", "error", cause, "after", lived, "reconnect", o.c.opts.backoff != nil)
	o.outbox.add(own(typeDisconnect, map[string]string{"error": cause.Error()}))
	o.echo.reset()
	for _, one := range o.pending {
		one.result <- result{err: &lostError{written: true, cause: cause}}
	}
	clear(o.pending)
	if o.c.opts.backoff == nil {
		return fmt.Errorf("the connection was lost: %w", cause)
	}
	if lived >= stable {
		o.attempt = 0
	}
	attempt := o.attempt
	o.running.Go(func() { o.redialed <- o.c.redial(attempt, cause) })
	return nil
}

// reconnected uses the connection of a redial, or gives up.
func (o *owner) reconnected(r redialed) error {
	if r.err != nil {
		return r.err
	}
	o.attempt = r.attempt + 1
	o.open(r.ws)
	o.outbox.add(own(typeReconnect, nil))
	o.c.opts.log.Info("sharkfin: connected again", "attempt", r.attempt)
	return nil
}

// redial dials until there is a connection, the backoff function gives up, or the client is
// closed.
func (c *Client) redial(attempt int, cause error) redialed {
	for ; ; attempt++ {
		pause := c.opts.backoff(attempt)
		if pause < 0 {
			return redialed{err: fmt.Errorf("the connection was lost, and %d attempts to reconnect failed: %w", attempt, cause)}
		}
		if !sleep(c.life, pause) {
			return redialed{err: ErrClosed}
		}
		ctx, cancel := context.WithTimeout(c.life, dialTimeout)
		ws, err := dial(ctx, c.address, c.opts)
		cancel()
		if err == nil {
			return redialed{ws: ws, attempt: attempt}
		}
		cause = err
		c.opts.log.Warn("sharkfin: the attempt to reconnect failed", "attempt", attempt, "error", err)
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

// sleep waits for d. It returns false as soon as ctx ends.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
