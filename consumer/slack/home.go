package slack

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/slack-go/slack"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/markup"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/slack/blockkit"
)

// PublishHome implements consumer.HomePublisher. Slack keeps a published page, so its
// private_metadata has a hash of its content, by which the next event tells whether it is
// still the right one.
// Source: https://docs.slack.dev/reference/methods/views.publish
func (p *Platform) PublishHome(ctx context.Context, in consumer.HomeOpened, page handler.Reply, requestID string) (published bool, err error) {
	r := &responder{api: p.api, channels: p.channels, requestID: requestID, user: in.User}
	blocks, err := r.home(ctx, page)
	if err != nil {
		return false, err
	}
	content, err := json.Marshal(blocks)
	if err != nil {
		return false, fmt.Errorf("render the home page: %w", err)
	}
	sum := sha256.Sum256(content)
	shows := hex.EncodeToString(sum[:16])
	if in.Shown == shows {
		return false, nil
	}
	view := slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: blocks}, PrivateMetadata: shows}
	_, err = p.api.PublishViewContext(r.mark(ctx), slack.PublishViewContextRequest{UserID: in.User, View: view})
	return err == nil, wrap(err, "publish the home page of %s", in.User)
}

// home renders the bot's own page.
func (r *responder) home(ctx context.Context, page handler.Reply) ([]slack.Block, error) {
	if own := page.Native[event.Slack]; own != nil {
		native, err := blockkit.ParseNative(own)
		return native.Blocks, err
	}
	text := markup.Parse(page.Text)
	if err := r.linkChannels(ctx, []*markup.Doc{&text}); err != nil {
		return nil, err
	}
	blocks, err := blockkit.Home(text, page.Components)
	return blocks, wrap(err, "render the home page")
}

// ReadMessage implements consumer.MessageReader.
func (p *Platform) ReadMessage(ctx context.Context, m *handler.Message) error {
	v, err := p.conversations.Message(ctx, m.Channel.ID, m.ID)
	if err != nil {
		return wrap(err, "read a message in %s", m.Channel.ID)
	}
	p.describe(m, v)
	return nil
}
