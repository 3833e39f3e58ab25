package app

import (
	"context"
	"net/http"
	"slices"

	"github.com/gobridge/gopherbot/internal/doctor"
	"github.com/gobridge/gopherbot/internal/sharkfin"
	"github.com/gobridge/gopherbot/sharkfin/client"
)

func (p sharkfinPlatform) examine(ctx context.Context, e env, transport http.RoundTripper, of examination) ([]doctor.Finding, error) {
	address, key := string(e.config.SharkfinURL), e.config.SharkfinKey.Reveal()
	caller := &http.Client{Transport: transport}
	rest := client.NewRESTClient(address, client.WithAPIKey(key), client.WithHTTPClient(caller))
	list := doctor.Sharkfin(ctx, doctor.SharkfinServer{
		URL: address, Joins: e.config.SharkfinChannels, Speaks: p.speaks(e), Channels: rest.Channels,
		Identify: func(ctx context.Context) (sharkfin.Identity, error) {
			return sharkfin.Identify(ctx, caller, address, key)
		},
	})
	return append(list, of.requests(p.source(), "GOPHER_SHARKFIN_KEY")...), nil
}

// speaks returns the channels in which the bot announces.
func (p sharkfinPlatform) speaks(e env) []doctor.Channel {
	var list []doctor.Channel
	for _, a := range e.config.Announcements() {
		if a.Channel.Source == p.source() {
			list = append(list, doctor.Channel{Name: a.Channel.Channel, Does: "posts announcements (" + a.Variable + ")", Member: true})
		}
	}
	return slices.CompactFunc(list, func(a, b doctor.Channel) bool { return a == b })
}
