package app

import (
	"net/http"
	"time"

	"github.com/gobridge/gopherbot/bgtasks"
	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/gateway/notify"
	gatewaysharkfin "github.com/gobridge/gopherbot/gateway/sharkfin"
	"github.com/gobridge/gopherbot/internal/metrics"
	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/internal/sharkfin"
	"github.com/gobridge/gopherbot/workqueue"
)

// sharkfinPlatform is the wiring of Sharkfin.
type sharkfinPlatform struct{}

func (sharkfinPlatform) source() string { return sharkfin.Source }

func (p sharkfinPlatform) entrance(e env, a processRuntime, in ingress, transport http.RoundTripper) (entrance, error) {
	g, err := gatewaysharkfin.New(gatewaysharkfin.Options{
		URL: string(e.config.SharkfinURL), Key: e.config.SharkfinKey.Reveal(), Channels: e.config.SharkfinChannels,
		ReadInterval: time.Duration(e.config.SharkfinReadInterval), App: string(e.config.App), Instance: e.config.Instance(), Redis: a.rdb,
		Transport: watchSharkfin(a, transport), Publisher: in.publisher, Log: e.log, Observe: in.observe,
	})
	if err != nil {
		return entrance{}, err
	}
	a.metrics.Sharkfin(gatewaysharkfin.Sockets(), gatewaysharkfin.Ways(), gatewaysharkfin.Skips(), func() metrics.SharkfinCounts { return sharkfinCounts(g.Stats(), time.Now()) })
	a.member.Feed(p.source(), func() presence.Feed { return sharkfinFeed(g.Stats(), g.Ready()) })
	return entrance{run: g.Run, ready: g.Ready}, nil
}

// sharkfinFeed describes the entrance for the registration of the process.
func sharkfinFeed(s gatewaysharkfin.Stats, notReady error) presence.Feed {
	if !s.Leads {
		return presence.Feed{}
	}
	feed := presence.Feed{Leads: true, Wanted: len(gatewaysharkfin.Sockets()), Channels: s.Channels}
	for _, open := range s.Open {
		if open {
			feed.Open++
		}
	}
	switch {
	case notReady != nil:
		feed.Problem = "no answer: see the log"
	case s.Alone:
		feed.Problem = "another client uses the key"
	case feed.Open < feed.Wanted:
		feed.Problem = "a socket is closed"
	}
	return feed
}

// sharkfinCounts returns the counts of the entrance for metrics.
func sharkfinCounts(s gatewaysharkfin.Stats, now time.Time) metrics.SharkfinCounts {
	counts := metrics.SharkfinCounts{
		Leads: s.Leads, Alone: s.Alone, Channels: s.Channels, Open: s.Open, Accepted: s.Accepted, Skipped: s.Skipped, Reconnects: s.Reconnects, Deaf: s.Deaf,
	}
	if !s.Answered.IsZero() {
		counts.Silence = now.Sub(s.Answered)
	}
	return counts
}

func (p sharkfinPlatform) bot(env, processRuntime) notify.Bot {
	return notify.Bot{Name: p.source(), Source: p.source(), Kind: p.source(), Platform: gatewaysharkfin.Chats{}}
}

func (sharkfinPlatform) describe(e workqueue.Event) (gateway.Occurrence, bool) {
	return gatewaysharkfin.Describe(e)
}

// jobs are none: a channel's name is its id, so that there is no directory to fill.
func (sharkfinPlatform) jobs(env, processRuntime, http.RoundTripper) []bgtasks.Job { return nil }
