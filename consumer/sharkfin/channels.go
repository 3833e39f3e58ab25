package sharkfin

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/gobridge/gopherbot/sharkfin/client"
)

const (
	// keepChannels is how long the list of channels is remembered, and retryChannels the time
	// until it is asked for again if that failed and an older one is known.
	keepChannels, retryChannels = time.Minute, 10 * time.Second
)

// ChannelLister lists the channels of a server. A *client.RESTClient is one.
type ChannelLister interface {
	Channels(ctx context.Context) ([]client.Channel, error)
}

// Channels looks up public channels. A channel's name is its id, so that there is no directory
// in Redis: the server's list is remembered for a minute. It is safe for concurrent use.
type Channels struct {
	lister ChannelLister
	now    func() time.Time

	mu    sync.Mutex
	known map[string]bool // the public ones; nil before they were first asked for
	until time.Time
}

// NewChannels returns the channels of a server. It asks for them when they are first needed.
func NewChannels(lister ChannelLister) *Channels { return &Channels{lister: lister, now: time.Now} }

// Name implements handler.ChannelNames. It returns "" for a channel that is not public.
func (c *Channels) Name(ctx context.Context, id string) (string, error) {
	ids, err := c.IDs(ctx, id)
	if err != nil {
		return "", err
	}
	return ids[0], nil
}

// IDs implements ChannelIDs.
func (c *Channels) IDs(ctx context.Context, names ...string) ([]string, error) {
	public, err := c.public(ctx)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(names))
	for i, name := range names {
		if public[name] {
			ids[i] = name
		}
	}
	return ids, nil
}

// public returns the public channels. If the server does not answer, it returns older ones.
func (c *Channels) public(ctx context.Context) (map[string]bool, error) {
	c.mu.Lock()
	known, until := c.known, c.until
	c.mu.Unlock()
	if c.now().Before(until) {
		return known, nil
	}
	list, err := c.lister.Channels(ctx)
	if err != nil && known == nil {
		return nil, fmt.Errorf("ask for the list of channels: %w", err)
	}
	keep := keepChannels
	if err != nil {
		keep = retryChannels
	} else {
		known = map[string]bool{}
		for _, channel := range list {
			if channel.Public {
				known[channel.Name] = true
			}
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known, c.until = known, c.now().Add(keep)
	return known, nil
}
