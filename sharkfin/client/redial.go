package client

import (
	"context"
	"fmt"
	"time"

	"github.com/gorilla/websocket"
)

// stable is how long a connection must live for the count of attempts to begin anew.
const stable = 10 * time.Second

// redialed is the result of a redial.
type redialed struct {
	ws      *websocket.Conn
	attempt int
	err     error // why the client gives up
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
