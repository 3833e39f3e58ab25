package sharkfin

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gobridge/gopherbot/internal/pause"
	"github.com/gobridge/gopherbot/internal/sharkfin"
	"github.com/gobridge/gopherbot/sharkfin/client"
)

// pushBuffer and pushBytes are how many pushes, and how many bytes of them, may wait to be given
// to the queue. Further ones are dropped, and all channels are read for them. A single push may
// have 8 MiB.
const (
	pushBuffer = 1024
	pushBytes  = 4 << 20
)

// socket is an open connection to /ws.
type socket struct {
	client *client.Client
	opened time.Time
	newest highest // the highest id that was pushed over it

	mu       sync.Mutex
	awaited  int64 // an own message that should have been pushed, 0 for none
	readSelf time.Time
}

// errDeaf is the end of a socket that gets no pushes any more.
var errDeaf = errors.New("it gets no messages any more: another connection with the same key has replaced it")

// keepSocket keeps a connection to /ws open until ctx ends. It closes tried after the first
// attempt.
func (t *turn) keepSocket(ctx context.Context, tried chan<- struct{}) {
	backoff := client.Backoff(t.timings.first, t.timings.longest)
	first := sync.OnceFunc(func() { close(tried) })
	defer first()
	for failures := 0; ; failures++ {
		c, err := t.connect(ctx, t.socketURL)
		if err == nil {
			s := &socket{client: c, opened: time.Now()}
			t.socket.Store(s)
			t.stats.open(wsSocket, true)
			first()
			// What was pushed to nobody is read once the channels are known.
			t.relist.set()
			t.readAll()
			err = t.serve(ctx, s)
			t.socket.Store(nil)
			t.stats.open(wsSocket, false)
			if time.Since(s.opened) >= t.timings.steady {
				failures = 0
			}
		}
		first()
		if ctx.Err() != nil {
			return
		}
		wait := backoff(failures)
		t.stats.reconnect(wsSocket)
		t.log.Warn().Err(explain(err)).Dur("pause_ms", wait).Msg("keep the socket of Sharkfin open: it is closed, and is opened again; messages are read meanwhile")
		if !pause.For(ctx, wait) {
			return
		}
	}
}

// explain adds to an error of a key that is refused what to do about it.
func explain(err error) error {
	if errors.Is(err, client.ErrUnauthorized) {
		return fmt.Errorf("the server refuses GOPHER_SHARKFIN_KEY: %w; set a valid key and restart, or start the server's identity service", err)
	}
	return err
}

// connect opens one of the server's sockets. A lost connection ends the client.
func (t *turn) connect(ctx context.Context, address string) (*client.Client, error) {
	inTime, cancel := context.WithTimeout(ctx, t.timings.call)
	defer cancel()
	return client.Dial(inTime, address, client.WithAPIKey(t.opts.Key), client.WithHTTPClient(t.http), client.WithBuffer(pushBuffer), client.WithBufferBytes(pushBytes))
}

// serve handles what the server pushes until the connection or ctx ends, or the socket is
// found to be deaf.
func (t *turn) serve(ctx context.Context, s *socket) error {
	var workers sync.WaitGroup
	for range publishers {
		workers.Go(func() {
			for e := range s.client.Events() {
				if ctx.Err() == nil {
					t.handle(ctx, s, e)
				}
			}
		})
	}
	ended := make(chan struct{})
	go func() {
		workers.Wait()
		close(ended)
	}()
	why := t.watch(ctx, s, ended)
	_ = s.client.Close() // it returns nil
	<-ended
	if why == nil {
		why = s.client.Err()
	}
	return why
}

// watch returns nil when ctx or the connection has ended, and errDeaf for a socket that is to
// be replaced because it is deaf.
func (t *turn) watch(ctx context.Context, s *socket, ended <-chan struct{}) error {
	tick := time.NewTicker(max(t.timings.echo/5, time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ended:
			return nil
		case <-tick.C:
		}
		if !s.deaf(t.opts.Now(), t.timings.echo) || t.alone.Load() {
			continue
		}
		t.stats.deaf()
		if t.check.proved() {
			t.readAlone()
			continue // a new connection would only take the messages of the other client
		}
		return errDeaf
	}
}

// handle handles an event of the socket.
func (t *turn) handle(ctx context.Context, s *socket, e client.Event) {
	switch e.Type {
	case "lost": // there was no room for some
		t.readAll()
	case "message.new":
		m, err := e.AsMessage()
		if err != nil {
			t.log.Warn().Err(err).Msg("a message that was pushed cannot be read; all channels are read for it")
			t.readAll()
			return
		}
		t.pushed(ctx, s, m)
	}
}

// pushed handles a message that was pushed: it is given to the queue, and its channel is
// read for those that were not pushed. It moves no cursor, because messages are not pushed
// in their order.
func (t *turn) pushed(ctx context.Context, s *socket, m *client.BroadcastMessage) {
	t.newest.raise(m.ID)
	s.newest.raise(m.ID)
	c := t.channel(m.Channel)
	if c == nil { // somebody has invited the bot, or opened a direct conversation
		t.relist.set()
		return
	}
	t.accept(ctx, sharkfin.Message{
		ID: m.ID, Channel: c.name, ChannelType: c.kind, Public: c.public, From: m.From, Body: m.Body, SentAt: m.SentAt,
		ThreadID: m.ThreadID, Metadata: m.Metadata,
	}, byPush)
	if m.From != t.me.Username {
		c.wake.set()
	}
}
