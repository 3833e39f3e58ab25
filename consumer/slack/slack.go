// Package slack connects the consumer to Slack: it decodes Slack's events into the
// handlers' plain values, and sends the handlers' replies through Slack's Web API.
//
// It knows Slack's events and its Web API, and no handler.
package slack

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"
	"github.com/slack-go/slack"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/pause"
	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
)

// API is the part of Slack's Web API that the bot calls.
type API interface {
	AuthTestContext(ctx context.Context) (*slack.AuthTestResponse, error)
	AddReactionContext(ctx context.Context, name string, item slack.ItemRef) error
	PostMessageContext(ctx context.Context, channel string, options ...slack.MsgOption) (respChannel, timestamp string, err error)
	PostEphemeralContext(ctx context.Context, channel, user string, options ...slack.MsgOption) (timestamp string, err error)
	UpdateMessageContext(ctx context.Context, channel, timestamp string, options ...slack.MsgOption) (respChannel, respTimestamp, text string, err error)
	DeleteMessageContext(ctx context.Context, channel, timestamp string) (respChannel, respTimestamp string, err error)
	OpenViewContext(ctx context.Context, triggerID string, view slack.ModalViewRequest) (*slack.ViewResponse, error)
	PushViewContext(ctx context.Context, triggerID string, view slack.ModalViewRequest) (*slack.ViewResponse, error)
	UpdateViewContext(ctx context.Context, view slack.ModalViewRequest, externalID, hash, viewID string) (*slack.ViewResponse, error)
	PublishViewContext(ctx context.Context, r slack.PublishViewContextRequest) (*slack.ViewResponse, error)
	GetConversationHistoryContext(ctx context.Context, params *slack.GetConversationHistoryParameters) (*slack.GetConversationHistoryResponse, error)
	GetConversationRepliesContext(ctx context.Context, params *slack.GetConversationRepliesParameters) (msgs []slack.Message, hasMore bool, nextCursor string, err error)
	GetUserByEmailContext(ctx context.Context, email string) (*slack.User, error)
	GetUploadURLExternalContext(ctx context.Context, params slack.GetUploadURLExternalParameters) (*slack.GetUploadURLExternalResponse, error)
	UploadToURL(ctx context.Context, params slack.UploadToURLParameters) error
	CompleteUploadExternalContext(ctx context.Context, params slack.CompleteUploadExternalParameters) (*slack.CompleteUploadExternalResponse, error)
	OpenConversationContext(ctx context.Context, params *slack.OpenConversationParameters) (c *slack.Channel, noOp, alreadyOpen bool, err error)
}

// Channels looks up public channels.
type Channels interface {
	ChannelIDs
	// Name returns "" for an id that no public channel has.
	Name(ctx context.Context, id string) (string, error)
	// ID returns "" for a name that no public channel has.
	ID(ctx context.Context, name string) (string, error)
}

// ChannelIDs looks up the ids of public channels.
type ChannelIDs interface {
	// IDs returns "" for a name that no public channel has, and
	// channeldir.ErrNotFilled while the channels are not known.
	IDs(ctx context.Context, names ...string) ([]string, error)
}

// Identity is the bot's identity in its workspace.
type Identity struct {
	UserID, BotID, TeamID string
	// URL is the workspace's address, such as "https://gophers.slack.com/".
	URL string
}

// Options are the parts of a Platform.
type Options struct {
	API API
	// Hooks posts to response_urls. Without it everything is posted by the API.
	Hooks HookPoster
	// Conversations is asked about channels that are back, and about messages.
	Conversations ConversationReader
	Channels      Channels
	// Bot is the bot's identity. Without it, earlier posts are found only by their
	// metadata.
	Bot Identity
}

// Platform is Slack as the consumer sees it: a consumer.Platform, a Poster, a
// ChannelDecoder, an Interactor, a HomePublisher and a MessageReader.
type Platform struct {
	api           API
	hooks         HookPoster
	conversations ConversationReader
	channels      Channels
	bot           Identity
	people        *people
}

// New returns the platform of one workspace.
func New(o Options) *Platform {
	return &Platform{api: o.API, hooks: o.Hooks, conversations: o.Conversations, channels: o.Channels, bot: o.Bot, people: &people{now: time.Now}}
}

// Name returns "Slack".
func (*Platform) Name() string { return "Slack" }

// Capabilities returns all of them: Slack supports everything.
func (*Platform) Capabilities() consumer.Capabilities {
	return consumer.Capabilities{WorkspaceJoins: true, ChannelJoins: true, Reactions: true, Ephemeral: true, DMs: true, Edits: true, Files: true}
}

// Identify asks Slack for the bot's identity, and retries while Slack does not answer,
// after 0.5 s at first and then 30 s at most. It returns an error if Slack refuses the
// token, if the token is for another workspace than teamID, unless that is "", or if ctx ends.
func Identify(ctx context.Context, api API, teamID string, log zerolog.Logger) (Identity, error) {
	for delay := 500 * time.Millisecond; ; delay = min(2*delay, 30*time.Second) {
		me, err := api.AuthTestContext(ctx)
		if ctx.Err() != nil {
			return Identity{}, fmt.Errorf("identify the bot: %w", ctx.Err())
		}
		switch refused, ok := errors.AsType[slack.SlackErrorResponse](err); {
		case err == nil && teamID != "" && me.TeamID != teamID:
			return Identity{}, fmt.Errorf("the bot access token is for workspace %s and GOPHER_SLACK_TEAM_ID is %s: set both for the same workspace", me.TeamID, teamID)
		case err == nil:
			return Identity{UserID: me.UserID, BotID: me.BotID, TeamID: me.TeamID, URL: me.URL}, nil
		case ok && !slackapi.Passing(refused.Err):
			return Identity{}, fmt.Errorf("slack does not accept GOPHER_SLACK_BOT_ACCESS_TOKEN: %w", err)
		}
		log.Error().Err(err).Dur("pause_ms", delay).Msg("identify the bot: Slack does not answer; retrying")
		pause.For(ctx, delay)
	}
}

// Responder returns a Responder for an event. requestID goes with its calls to Slack.
func (p *Platform) Responder(in consumer.Incoming, requestID string) consumer.Responder {
	r := &responder{api: p.api, channels: p.channels, bot: p.bot, requestID: requestID}
	switch in := in.(type) {
	case consumer.Message:
		r.user, r.mentions, r.channel, r.message, r.thread = in.User, in.Mentions, in.Channel.ID, in.ID, in.Thread
		if in.Channel.Kind != handler.Direct {
			r.starts = in.ID
		}
	case consumer.Interaction:
		r.occasion(in.Interaction)
		return p.formResponder(r, in)
	case consumer.ReactionAdded:
		r.occasion(in.Interaction)
		if m := in.Message; m != nil && (m.User == p.bot.UserID || m.User == p.bot.BotID) {
			r.edits = &said{channel: r.channel, ts: r.message}
		}
	case consumer.HomeOpened:
		r.occasion(in.Interaction)
	case consumer.WorkspaceJoin:
		r.user = in.User
	case consumer.ChannelJoin:
		r.user, r.channel = in.User, in.Channel.ID
	}
	r.replies = r.thread
	return r
}

// occasion sets the person and the place that an interaction is answered at.
func (r *responder) occasion(in handler.Interaction) {
	r.user, r.mentions, r.channel = in.User, in.Mentions, in.Channel.ID
	if in.Message != nil {
		r.message, r.thread = in.Message.ID, in.Message.Thread
	}
	r.replies = r.thread
}
