// Package slack is the way out to Slack: it decodes the events that the gateway
// queued into the handlers' plain values, and carries out through Slack's Web
// API what handlers decide.
//
// It knows Slack's events and its Web API, and no handler.
package slack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/rs/zerolog"
	"github.com/slack-go/slack"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
)

// API is what of Slack's Web API the bot calls.
type API interface {
	AuthTestContext(ctx context.Context) (*slack.AuthTestResponse, error)
	AddReactionContext(ctx context.Context, name string, item slack.ItemRef) error
	PostMessageContext(ctx context.Context, channel string, options ...slack.MsgOption) (respChannel, timestamp string, err error)
	PostEphemeralContext(ctx context.Context, channel, user string, options ...slack.MsgOption) (timestamp string, err error)
	GetConversationHistoryContext(ctx context.Context, params *slack.GetConversationHistoryParameters) (*slack.GetConversationHistoryResponse, error)
	GetConversationRepliesContext(ctx context.Context, params *slack.GetConversationRepliesParameters) (msgs []slack.Message, hasMore bool, nextCursor string, err error)
	OpenConversationContext(ctx context.Context, params *slack.OpenConversationParameters) (c *slack.Channel, noOp, alreadyOpen bool, err error)
}

// Channels looks up public channels.
type Channels interface {
	ChannelIDs
	// Name returns "" for an id that no public channel has.
	Name(ctx context.Context, id string) (string, error)
}

// ChannelIDs looks up the ids of public channels.
type ChannelIDs interface {
	// IDs returns "" for a name that no public channel has, and
	// channeldir.ErrNotFilled while the channels are not known.
	IDs(ctx context.Context, names ...string) ([]string, error)
}

// Identity is who the bot is in its workspace.
type Identity struct {
	UserID, BotID, TeamID string
	// URL is the workspace's address, such as "https://gophers.slack.com/".
	URL string
}

// Platform is Slack as the consumer sees it.
type Platform struct {
	api      API
	channels Channels
	bot      Identity
}

// New returns the platform for a bot that has been identified.
func New(api API, channels Channels, bot Identity) *Platform {
	return &Platform{api: api, channels: channels, bot: bot}
}

// Identify asks Slack who the bot is, and asks again while Slack is away. It
// returns an error when Slack does not accept the token, when the token is for
// another workspace than teamID, and when ctx ends.
func Identify(ctx context.Context, api API, teamID string, log zerolog.Logger) (Identity, error) {
	for pause := 500 * time.Millisecond; ; pause = min(2*pause, 30*time.Second) {
		me, err := api.AuthTestContext(ctx)
		if ctx.Err() != nil {
			return Identity{}, fmt.Errorf("ask Slack who we are: %w", ctx.Err())
		}
		switch refused, ok := errors.AsType[slack.SlackErrorResponse](err); {
		case err == nil && me.TeamID != teamID:
			return Identity{}, fmt.Errorf("the bot access token is for workspace %s and GOPHER_SLACK_TEAM_ID is %s: make them agree", me.TeamID, teamID)
		case err == nil:
			return Identity{UserID: me.UserID, BotID: me.BotID, TeamID: me.TeamID, URL: me.URL}, nil
		case ok && !slackapi.Passing(refused.Err):
			return Identity{}, fmt.Errorf("slack does not accept GOPHER_SLACK_BOT_ACCESS_TOKEN: %w", err)
		}
		log.Error().Err(err).Dur("pause_ms", pause).Msg("Slack does not say who we are; asking again")
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
	}
}

// Responder returns what a handler answers m with.
func (p *Platform) Responder(m handler.Message, requestID string) consumer.Responder {
	return &responder{
		api: p.api, channels: p.channels, bot: p.bot, requestID: requestID, user: m.User, mentions: m.Mentions,
		channel: m.Channel.ID, message: m.ID, thread: m.Thread,
	}
}

// JoinResponder returns what a handler greets someone with.
func (p *Platform) JoinResponder(j handler.Join, requestID string) consumer.Responder {
	return &responder{api: p.api, channels: p.channels, bot: p.bot, requestID: requestID, user: j.User, channel: j.Channel.ID}
}

// requestIDKey is the key of the request id in the context of a Web API call.
type requestIDKey struct{}

// Transport sends the id of the request that brought an event along with every
// call that answers it, so that the log of a proxy, or of a simulated Slack,
// can be joined with ours. Slack itself ignores it.
func Transport(base http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		if id, ok := r.Context().Value(requestIDKey{}).(string); ok && id != "" {
			r = r.Clone(r.Context()) // a RoundTripper must not change what it is given
			r.Header.Set("X-Request-ID", id)
		}
		return base.RoundTrip(r)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
