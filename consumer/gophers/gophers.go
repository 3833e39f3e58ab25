// Package gophers is what the bot of the Gophers community says: its commands,
// reactions and welcomes. Another community replaces this package.
//
// It knows handlers and the glossary, and no queue and no Slack client. It
// names channels and never their ids.
package gophers

import (
	"context"
	"regexp"

	"github.com/gobridge/gopherbot/glossary"
	"github.com/gobridge/gopherbot/handler"
)

// ChannelLinker looks up channels.
type ChannelLinker interface {
	// Links returns, for channels by their names, what to write in their place
	// so that a message links them.
	Links(ctx context.Context, names ...string) ([]string, error)
}

// Registry builds the registry of everything that the bot does. To add to it,
// write a declaration, with a test beside it, and name it in this list. The
// order is that of the help text, and of the actions when several match.
func Registry(channels ChannelLinker) (*handler.Registry, error) {
	words, err := glossary.Go()
	if err != nil {
		return nil, err
	}
	return handler.NewRegistry(append([]handler.Declaration{
		help,
		coin,
		recommendedChannels(channels),
		words.Define(),
		workspaceWelcome(channels),
		newbiesWelcome(channels),
	}, reactions...)...)
}

var help = handler.Help{
	Trigger:  "help",
	Aliases:  []string{"commands"},
	Help:     "lists what I answer to",
	Examples: []handler.Example{{Say: "help", Want: "flip a coin"}},
}

var channelPattern = regexp.MustCompile(`#[a-z][a-z0-9_-]*`)

// link replaces the names of channels in text, written #name, by links.
func link(ctx context.Context, channels ChannelLinker, text string) (string, error) {
	var names []string
	for _, hit := range channelPattern.FindAllString(text, -1) {
		names = append(names, hit[1:])
	}
	links, err := channels.Links(ctx, names...)
	if err != nil {
		return "", err
	}
	next := 0
	return channelPattern.ReplaceAllStringFunc(text, func(string) string {
		next++
		return links[next-1]
	}), nil
}
