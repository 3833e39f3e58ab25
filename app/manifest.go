package app

import (
	"slices"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/consumer/gophers"
	consumerslack "github.com/gobridge/gopherbot/consumer/slack"
	"github.com/gobridge/gopherbot/internal/event"
	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
	"github.com/gobridge/gopherbot/internal/slack/manifest"
)

// Manifest returns the manifest of the Slack app that the processes are the
// other side of. address is the gateway's, or manifest.Placeholder.
func Manifest(name, address string) (manifest.Manifest, error) {
	registry, err := gophers.Registry(gophers.Deps{}) // nothing is said, so nothing is needed
	if err != nil {
		return manifest.Manifest{}, err
	}
	// The channel directory is kept for whatever handlers there are.
	types := append(consumer.EventTypes(registry, event.Slack), event.Type(event.Slack, event.ChannelChange))
	return manifest.New(name, address, types, slices.Concat(consumerslack.RequiredScopes, slackapi.ChannelsScopes)), nil
}
