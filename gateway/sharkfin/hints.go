package sharkfin

import (
	"context"
	"encoding/json"
	"time"

	"github.com/gobridge/gopherbot/internal/pause"
	"github.com/gobridge/gopherbot/sharkfin/client"
)

// hint is the data of an event of /presence: there is a message in a channel. To a service
// the server sends one for each message of others, also for those that are posted by REST.
type hint struct {
	Channel string `json:"channel"`
	ID      int64  `json:"message_id"`
}

// keepHints keeps a connection to /presence open until ctx ends. While there is one the
// server lists the bot as online.
func (t *turn) keepHints(ctx context.Context) {
	backoff := client.Backoff(t.timings.first, t.timings.longest)
	for failures := 0; ; failures++ {
		c, err := t.connect(ctx, t.hintsURL)
		if err == nil {
			opened := time.Now()
			t.hinting(true)
			err = t.serveHints(ctx, c)
			t.hinting(false)
			if time.Since(opened) >= t.timings.steady {
				failures = 0
			}
		}
		if ctx.Err() != nil {
			return
		}
		wait := backoff(failures)
		t.stats.reconnect(presenceSocket)
		t.log.Warn().Err(explain(err)).Dur("pause_ms", wait).Msg("keep the socket /presence of Sharkfin open: it is closed, and is opened again; channels are read more often meanwhile")
		if !pause.For(ctx, wait) {
			return
		}
	}
}

// hinting notes whether /presence is open, and has all channels read: for messages that were
// posted in between, and to read them at the new intervals.
func (t *turn) hinting(open bool) {
	t.hinted.Store(open)
	t.stats.open(presenceSocket, open)
	t.readAll()
}

// serveHints handles hints until the connection or ctx ends.
func (t *turn) serveHints(ctx context.Context, c *client.Client) error {
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { _ = c.Close() }) // it returns nil
	defer stop()
	for e := range c.Events() {
		var h hint
		switch e.Type {
		case "lost":
			t.readAll()
		case "message.new":
			if json.Unmarshal(e.Data, &h) == nil {
				t.hint(h)
			}
		}
	}
	return c.Err()
}

// hint has a channel read in which there is a message, unless it was pushed. The server also
// hints at mentions in channels that the bot is not in; those are not read.
func (t *turn) hint(h hint) {
	t.newest.raise(h.ID)
	if t.recent.has(h.ID) {
		return
	}
	if c := t.channel(h.Channel); c != nil {
		c.wake.set()
		return
	}
	t.relist.set() // it may be one that the bot is new in
}
