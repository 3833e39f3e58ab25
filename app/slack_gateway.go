package app

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/gateway/notify"
	gatewayslack "github.com/gobridge/gopherbot/gateway/slack"
	"github.com/gobridge/gopherbot/internal/channeldir"
	"github.com/gobridge/gopherbot/internal/metrics"
	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/workqueue"
)

// socketsMissing is how long no socket of Slack may be open until a gateway without HTTP
// endpoints is not ready.
const socketsMissing = time.Minute

// slackEntrance is Slack's way in to a gateway: HTTP endpoints if there is a signing
// secret, sockets if there is an app token. It takes events when it knows for which app
// and workspace.
type slackEntrance struct {
	env
	a         processRuntime
	in        ingress
	transport http.RoundTripper

	gateway atomic.Pointer[gatewayslack.Gateway] // nil while the installation is not known
	sockets atomic.Pointer[gatewayslack.Sockets] // nil without an app token, or not yet
}

func (slackPlatform) entrance(e env, a processRuntime, in ingress, transport http.RoundTripper) (entrance, error) {
	s := &slackEntrance{env: e, a: a, in: in, transport: transport}
	s.transport = watchAPI(slackPlatform{}.source(), e, a, transport)
	if set := s.set(); s.complete(set) {
		if err := s.open(set); err != nil {
			return entrance{}, err
		}
	}
	if s.usesSockets() {
		a.metrics.Sockets(gatewayslack.SocketStates(), gatewayslack.ReconnectReasons(), s.socketCounts)
		a.member.Sockets(s.registered)
	}
	return entrance{routes: s.routes(), run: s.run, ready: s.ready}, nil
}

func (p slackPlatform) bot(e env, a processRuntime) notify.Bot {
	directory := channeldir.NewDirectory(a.rdb, string(e.config.App), p.workspace(e))
	return notify.Bot{Name: p.source(), Source: p.source(), Kind: p.source(), Platform: gatewayslack.NewChats(directory)}
}

func (slackPlatform) describe(e workqueue.Event) (gateway.Occurrence, bool) {
	return gatewayslack.Describe(e)
}

func (slackPlatform) notices() []string { return gatewayslack.Notices() }

func (s *slackEntrance) usesHTTP() bool    { return len(s.config.SlackRequestSecret) > 0 }
func (s *slackEntrance) usesSockets() bool { return s.config.SlackAppToken.Reveal() != "" }

// set returns the parts of the installation that the operator has set.
func (s *slackEntrance) set() gatewayslack.Installation {
	return gatewayslack.Installation{AppID: string(s.config.SlackAppID), TeamID: string(s.config.SlackTeamID)}
}

// complete reports whether i is all that there is to know: a socket says which app it is of.
func (s *slackEntrance) complete(i gatewayslack.Installation) bool {
	return i.TeamID != "" && (i.AppID != "" || !s.usesHTTP())
}

// open begins to take the events of an installation over HTTP.
func (s *slackEntrance) open(of gatewayslack.Installation) error {
	g, err := gatewayslack.New(gatewayslack.Options{
		AppID:          of.AppID,
		TeamID:         of.TeamID,
		SigningSecrets: s.config.SlackRequestSecret.Reveal(),
		Publisher:      s.in.publisher,
		Await:          s.in.await,
		Log:            s.log,
		Observe:        s.in.observe,
	})
	if err != nil {
		return err
	}
	if s.usesSockets() {
		sockets, err := g.NewSockets(gatewayslack.SocketOptions{
			AppToken: s.config.SlackAppToken.Reveal(), APIURL: string(s.config.SlackAPIURL), Count: int(s.config.SlackSockets), Transport: s.transport,
		})
		if err != nil {
			return err
		}
		s.sockets.Store(sockets)
	}
	s.gateway.Store(g)
	return nil
}

// routes answers 503 until the installation is known: Slack sends events again.
func (s *slackEntrance) routes() map[string]http.Handler {
	routes := map[string]http.Handler{}
	if !s.usesHTTP() {
		return routes
	}
	for _, pattern := range gatewayslack.Patterns {
		routes[pattern] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			g := s.gateway.Load()
			if g == nil {
				http.Error(w, http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
				return
			}
			g.Routes()[pattern].ServeHTTP(w, r)
		})
	}
	return routes
}

// run learns the installation, unless it is known, calls opened, and runs the sockets, if
// there are any, until ctx ends.
func (s *slackEntrance) run(ctx context.Context, opened func()) error {
	if s.gateway.Load() == nil {
		of, ok := identify(ctx, s.a, s.log, slackPlatform{}.source(), func(ctx context.Context) (gatewayslack.Installation, error) {
			return gatewayslack.Identify(ctx, s.set(), s.usesHTTP(), gatewayslack.IdentifyOptions{
				BotToken: s.config.SlackBotAccessToken.Reveal(), APIURL: string(s.config.SlackAPIURL), Transport: s.transport, Log: s.log,
			})
		})
		if !ok {
			return nil
		}
		s.log.Info().Str("team", of.TeamID).Str("app", of.AppID).Msg("Slack says whose events the gateway takes")
		s.a.member.Team(of.TeamID)
		if err := s.open(of); err != nil {
			return err
		}
	}
	opened()
	if sockets := s.sockets.Load(); sockets != nil {
		return sockets.Run(ctx)
	}
	<-ctx.Done()
	return nil
}

// ready returns an error if sockets are the only way in and none has been open for long.
// A restart would not help, so /healthz does not know.
func (s *slackEntrance) ready() error {
	sockets := s.sockets.Load()
	if sockets == nil || s.usesHTTP() {
		return nil
	}
	return noSocket(sockets.Stats().ClosedSince, time.Now())
}

// noSocket returns an error if no socket has been open since a time, the zero time if one
// is, that is too long ago.
func noSocket(since, now time.Time) error {
	if closed := now.Sub(since); !since.IsZero() && closed > socketsMissing {
		return fmt.Errorf("no socket of Slack has been open for %v, and there is no other way in: see the log for the reason", closed.Round(time.Second))
	}
	return nil
}

// stats returns the counts of the sockets, the zero value while there are none.
func (s *slackEntrance) stats() gatewayslack.SocketStats {
	if sockets := s.sockets.Load(); sockets != nil {
		return sockets.Stats()
	}
	return gatewayslack.SocketStats{}
}

// socketCounts returns the counts of the sockets for metrics.
func (s *slackEntrance) socketCounts() metrics.SocketCounts {
	stats := s.stats()
	counts := metrics.SocketCounts{States: stats.States, Reconnects: stats.Reconnects, Silence: stats.Silence}
	for e, n := range stats.Envelopes {
		counts.Envelopes = append(counts.Envelopes, metrics.EnvelopeCount{Type: e.Type, Outcome: e.Outcome, N: n})
	}
	return counts
}

// registered describes the sockets for the registration of the process.
func (s *slackEntrance) registered() presence.Sockets {
	stats := s.stats()
	return presence.Sockets{Wanted: int(s.config.SlackSockets), Open: stats.States[gatewayslack.StateOpen], Connections: stats.Connections}
}
