// Package sharkfin connects the consumer to a Sharkfin server: it decodes the messages that
// the gateway has read there into the handlers' plain values, and sends the handlers'
// replies through the server's tools.
//
// It knows Sharkfin's messages and tools, and no handler. What the server does was measured
// at its version of April 2026.
package sharkfin

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/pause"
	"github.com/gobridge/gopherbot/internal/sharkfin"
	"github.com/gobridge/gopherbot/internal/sharkfin/mcp"
	"github.com/gobridge/gopherbot/sharkfin/client"
)

// Tools are the tools of the server that the bot calls. A *mcp.Client has them.
type Tools interface {
	Send(ctx context.Context, m mcp.Message) (id int64, err error)
	OpenDM(ctx context.Context, user string) (channel string, err error)
	DMs(ctx context.Context) ([]client.DM, error)
	Users(ctx context.Context) ([]client.User, error)
	Groups(ctx context.Context) ([]client.MentionGroup, error)
}

// REST is the part of the server's REST interface that the bot calls. A *client.RESTClient
// has it.
type REST interface {
	// SendMessage posts without Tools. The server pushes such a message to nobody.
	SendMessage(ctx context.Context, channel, body string, opts *client.SendOpts) (id int64, err error)
	ListMessages(ctx context.Context, channel string, opts *client.HistoryOpts) ([]client.Message, error)
	All(ctx context.Context, channel string, after int64) iter.Seq2[client.Message, error]
}

// ChannelIDs looks up channels by their names, which are their ids. A *Channels does.
type ChannelIDs interface {
	// IDs returns "" for a name that no public channel has.
	IDs(ctx context.Context, names ...string) ([]string, error)
}

// Options are the parts of a Platform.
type Options struct {
	// Tools is nil if the server's tools cannot be reached. The bot then posts by REST, has
	// no direct messages, and does not know who is mentioned beside itself.
	Tools Tools
	REST  REST
	// Channels is nil if no line of a reply is to be left out for a channel that does not
	// exist.
	Channels ChannelIDs
	// Bot is the bot's name, and Host the server's: the id of the workspace.
	Bot, Host string
}

// Platform is a Sharkfin server as the consumer sees it: a consumer.Platform and a Poster.
type Platform struct {
	tools    Tools
	rest     REST
	channels ChannelIDs
	bot      string
	host     string
	people   *people
}

// New returns the platform of one server.
func New(o Options) *Platform {
	return &Platform{
		tools: o.Tools, rest: o.REST, channels: o.Channels, bot: o.Bot, host: o.Host, people: &people{tools: o.Tools, now: time.Now},
	}
}

// Name returns "Sharkfin".
func (*Platform) Name() string { return "Sharkfin" }

// Capabilities returns what a Sharkfin server can do. It has no reactions, joins, edits,
// files, buttons, forms and slash commands, and nothing that only one person can read.
func (*Platform) Capabilities() consumer.Capabilities {
	return consumer.Capabilities{
		Ephemeral: true, DMs: true,
		Notes: map[string]string{
			"ephemeral": "as direct messages",
			"dms":       "the server lets everybody read them",
		},
	}
}

// Starter is a client of the server's tools that has to begin. A *mcp.Client is one.
type Starter interface{ Start(context.Context) error }

// Identify asks the server for the bot's identity with ask, and whether it has tools. It
// retries while the server does not answer, after 0.5 s at first and then 30 s at most. It
// returns an error if the server refuses the key, which it also does while it cannot reach
// its identity service, if the address is not a Sharkfin server's, or if ctx ends.
func Identify(ctx context.Context, ask func(context.Context) (sharkfin.Identity, error), tools Starter, log zerolog.Logger) (who sharkfin.Identity, served bool, err error) {
	for delay := 500 * time.Millisecond; ; delay = min(2*delay, 30*time.Second) {
		who, err = ask(ctx)
		if err == nil {
			err = tools.Start(ctx)
		}
		switch {
		case ctx.Err() != nil:
			return who, false, fmt.Errorf("identify the bot: %w", ctx.Err())
		case err == nil:
			warn(who, log)
			return who, true, nil
		case errors.Is(err, mcp.ErrNotServed):
			warn(who, log)
			log.Warn().Err(err).Msg("begin to use Sharkfin's tools: the bot posts by REST, so that people see its messages only when they load a channel again; " +
				"it has no direct messages, so that help fails; let the proxy before the server pass POST /mcp, and restart")
			return who, false, nil
		case errors.Is(err, client.ErrUnauthorized), errors.Is(err, sharkfin.ErrNotSharkfin), unauthorized(err):
			return who, false, err
		}
		log.Error().Err(err).Dur("pause_ms", delay).Msg("identify the bot: Sharkfin does not answer; retrying")
		pause.For(ctx, delay)
	}
}

// warn logs what is wrong with the bot's identity, though it works.
func warn(who sharkfin.Identity, log zerolog.Logger) {
	if who.Role == "admin" {
		log.Warn().Str("bot_user", who.Username).
			Msg("identify the bot: it is Sharkfin's administrator, because it was the first to use the server; make a person administrator, and give the bot the role bot")
	}
	if who.Type != sharkfin.Service {
		log.Warn().Str("bot_user", who.Username).Str("type", who.Type).
			Msg("identify the bot: its identity is no service, so that other bots may answer it; give it a key of a service")
	}
}

// Responder returns a Responder for a message. requestID goes with its calls.
func (p *Platform) Responder(in consumer.Incoming, requestID string) consumer.Responder {
	r := &responder{Platform: p, requestID: requestID}
	if m, ok := in.(consumer.Message); ok {
		r.user, r.mentions, r.channel, r.direct = m.User, m.Mentions, m.Channel.ID, m.Channel.Kind == handler.Direct
		r.message, r.thread = number(m.ID), number(m.Thread)
	}
	return r
}

// number returns the number of a message's id, 0 if it is none.
func number(id string) int64 {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
