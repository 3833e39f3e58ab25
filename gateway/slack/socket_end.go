package slack

import (
	"context"
	"time"

	"github.com/gorilla/websocket"
)

// drain closes a connection that was replaced: when nothing has come for a while, Slack
// gives it nothing more.
func (c *connection) drain(ctx context.Context) {
	c.sockets.stats.state(c, stateDraining)
	idle := time.NewTimer(c.sockets.timings.drain)
	defer idle.Stop()
	for {
		select {
		case <-c.came:
			idle.Reset(c.sockets.timings.drain)
			continue
		case <-c.ended:
		case <-idle.C:
			c.finish()
		case <-ctx.Done():
			c.stop()
		}
		return
	}
}

// stop closes the connection of a process that stops. Slack may have given it envelopes
// that are still on their way.
func (c *connection) stop() {
	linger := time.NewTimer(c.sockets.timings.linger)
	defer linger.Stop()
	select {
	case <-linger.C:
	case <-c.ended:
	}
	c.finish()
}

// finish closes the connection when the envelopes that came are handled. A socket that is
// closed without the close frame would get a share of the envelopes until Slack notices.
func (c *connection) finish() {
	for range maxHandled {
		select {
		case c.handled <- struct{}{}:
		case <-c.ended: // the reader waits for the handlers
		}
	}
	close(c.closing)
	message := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	_ = c.ws.WriteControl(websocket.CloseMessage, message, time.Now().Add(c.sockets.timings.closing)) // it is closed anyway
	wait := time.NewTimer(c.sockets.timings.closing)
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-c.ended:
	}
	c.ws.Close()
}
