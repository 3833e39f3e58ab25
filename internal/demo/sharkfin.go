package demo

import (
	"context"
	"crypto/rand"
	"strings"

	sharkfinsim "github.com/gobridge/gopherbot/internal/sharkfin/sim"
	"github.com/gobridge/gopherbot/internal/slack/sim/page"
)

// buildSharkfin makes a simulated Sharkfin server, and returns the settings with which the bot
// finds it.
func (d *demo) buildSharkfin(ctx context.Context, set settings) ([]string, error) {
	listener, err := listen(ctx, "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	d.abandon = listener.Close
	bot, key := d.Content.MentionName(), rand.Text()
	r, err := newRoom(listener, sharkfinsim.Identity{Name: bot, Key: key, Type: sharkfinsim.Service}, append(set.channels(), alertsChannel))
	if err != nil {
		return nil, err
	}
	d.abandon = func() error {
		r.server.Close()
		return listener.Close()
	}
	d.workspace, d.accepted, d.said = r, r.accepted, func(e page.Example) string { return saidOnSharkfin(e, bot) }
	b := &roomBreaker{breaker: breaker{demo: d}, room: r}
	d.faults = b.faults
	return []string{
		"GOPHER_SHARKFIN_URL=http://" + listener.Addr().String(),
		"GOPHER_SHARKFIN_KEY=" + key,
		"GOPHER_ROLES=moderator=sharkfin:ada",
		"GOPHER_ADMIN_CONTACT=#reviews",
		feedsVariable + "=sharkfin:general=" + d.blog.base + "feed.atom",
	}, nil
}

// saidOnSharkfin returns an example as a person types it.
func saidOnSharkfin(e page.Example, bot string) string {
	if e.Addressed {
		return strings.TrimSpace("@" + bot + " " + e.Text)
	}
	return e.Text
}
