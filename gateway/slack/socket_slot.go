package slack

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/pause"
)

// settingsPage is where Socket Mode is switched on.
const settingsPage = "api.slack.com/apps, your app, Settings, Socket Mode"

// slot keeps one connection open. While it is replaced there are two: the new one is
// greeted before the old one drains, so that Slack always has one to send to.
type slot struct {
	sockets  *Sockets
	log      zerolog.Logger
	failures int
	running  sync.WaitGroup // what reads, pings and drains
}

// run keeps a connection open until ctx ends or Slack refuses us.
func (s *slot) run(ctx context.Context) {
	defer s.running.Wait()
	var current *connection
	defer func() {
		if current != nil {
			current.stop()
		}
	}()
	for wait := time.Duration(0); pause.For(ctx, wait); {
		next, why := s.connect(ctx)
		switch {
		case ctx.Err() != nil && next == nil:
			return
		case why != nil && why.refused:
			s.refused(why)
			if current != nil { // it may live on for a while
				_ = current.until(ctx)
			}
			return
		case why != nil:
			s.failures++
			wait = s.wait(*why)
			s.failed(*why, wait)
			continue
		}
		if previous := current; previous != nil {
			s.running.Go(func() { previous.drain(ctx) })
		}
		current = next
		left := current.until(ctx)
		if ctx.Err() != nil {
			return
		}
		if time.Since(current.opened) >= s.sockets.timings.steady {
			s.failures = 0
		} else {
			s.failures++
		}
		wait = s.wait(left)
		s.replaced(left, wait)
	}
}

// until waits until the connection is to be replaced, or ctx ends.
func (c *connection) until(ctx context.Context) cause {
	select {
	case why := <-c.leaves:
		return why
	case <-ctx.Done():
		return cause{}
	}
}

// connect opens a connection and waits for Slack's hello.
func (s *slot) connect(ctx context.Context) (*connection, *cause) {
	c := newConnection(s.sockets, s.log)
	s.sockets.stats.state(c, stateOpening)
	if why := s.sockets.dial(ctx, c); why != nil {
		s.sockets.stats.state(c, stateClosed)
		return nil, why
	}
	s.sockets.stats.state(c, stateGreeting)
	// What has come is handled to its end, also when the process stops.
	working := context.WithoutCancel(ctx)
	s.running.Go(func() {
		c.read(working)
		s.sockets.stats.state(c, stateClosed)
	})
	timeout := time.NewTimer(s.sockets.timings.hello)
	defer timeout.Stop()
	var why *cause
	select {
	case g := <-c.greeted:
		why = s.use(c, g)
	case left := <-c.leaves:
		select {
		case g := <-c.greeted: // and at once it is to be replaced
			if why = s.use(c, g); why == nil {
				c.leave(left)
			}
		default:
			if why = &left; why.polite() { // there is nothing to replace
				why.reason = failedDial
			}
		}
	case <-timeout.C:
		why = &cause{reason: failedDial, err: fmt.Errorf("no hello within %v", s.sockets.timings.hello)}
	case <-ctx.Done():
		why = &cause{reason: failedDial, err: ctx.Err()}
	}
	if why == nil {
		return c, nil
	}
	c.finish()
	return nil, why
}

// recognize checks whose app Slack greets, or learns it.
func (s *Sockets) recognize(hello frame) *cause {
	app := hello.Connection.AppID
	if app != "" {
		s.gateway.app.CompareAndSwap(nil, &app)
	}
	switch ours := s.gateway.appID(); {
	case ours == "":
		return &cause{reason: failedDial, err: errors.New("the hello names no app, and GOPHER_SLACK_APP_ID is not set")}
	case app != "" && app != ours:
		return &cause{reason: failedDial, refused: true, err: fmt.Errorf("the token is of the app %q and this is %s: set the token and GOPHER_SLACK_APP_ID of the same app", app[:min(len(app), 64)], ours)}
	default:
		return nil
	}
}

// use begins to use a connection that Slack has greeted, unless the greeting is not for us.
func (s *slot) use(c *connection, g greeting) *cause {
	if g.why != nil {
		return g.why
	}
	age := g.hello.replaceAfter()
	s.running.Go(func() { c.attend(age) })
	s.log.Info().Int("connections", g.hello.Connections).Dur("replaced_after_ms", age).Msg("socket of Slack is open")
	return nil
}

// wait returns how long to wait before the next dial. It is 0 after no failure, and never
// when dials fail.
func (s *slot) wait(why cause) time.Duration {
	t := s.sockets.timings
	backoff := time.Duration(0)
	if s.failures > 0 {
		backoff = min(t.first<<min(s.failures-1, 20), t.longest)
	}
	switch {
	case why.polite():
		backoff = min(backoff, t.polite)
	case why.reason == linkOff:
		backoff = t.disabled
	case why.reason == tooMany:
		backoff = max(2*backoff, 2*t.tooMany)
	}
	if backoff > 0 && why.reason != linkOff {
		backoff = backoff/2 + rand.N(backoff/2+1)
	}
	return max(backoff, why.wait)
}

// refused logs, once for all slots, that Slack does not accept us.
func (s *slot) refused(why *cause) {
	s.sockets.refused.Do(func() {
		s.log.Error().Err(why.err).Msg("open a socket of Slack: GOPHER_SLACK_APP_TOKEN is refused; no more sockets are opened until the process is restarted with another")
	})
}

// failed logs that a dial failed.
func (s *slot) failed(why cause, wait time.Duration) {
	s.sockets.stats.reconnect(why.reason)
	if s.special(why) {
		return
	}
	s.log.Warn().Err(why.err).Dur("pause_ms", wait).Msg("open a socket of Slack: retrying; if it goes on, see that Socket Mode is on at " + settingsPage)
}

// replaced logs that a connection is to be replaced, or has ended.
func (s *slot) replaced(why cause, wait time.Duration) {
	s.sockets.stats.reconnect(why.reason)
	if s.special(why) {
		return
	}
	s.log.Info().AnErr("error", why.err).Str("reason", why.reason).Dur("pause_ms", wait).Msg("replace a socket of Slack")
}

// special logs the causes that an operator can remove.
func (s *slot) special(why cause) bool {
	switch why.reason {
	case linkOff:
		if !s.sockets.disabled.Swap(true) {
			s.log.Error().Dur("pause_ms", s.sockets.timings.disabled).
				Msg("Slack's Socket Mode is switched off, and nothing comes over sockets; switch it on at " + settingsPage)
		}
	case tooMany:
		known, ours := s.sockets.stats.connections()
		s.log.Error().AnErr("error", why.err).Int("connections", known).Int("ours", ours).
			Msg("open a socket of Slack: the app has more than 10; the others are other gateways', or of processes that were killed and that Slack has not forgotten yet")
	default:
		return false
	}
	return true
}
