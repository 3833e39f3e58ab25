package cli

import (
	"context"
	"fmt"
	"net/http"
	"unicode/utf8"

	"github.com/spf13/cobra"

	consumerslack "github.com/gobridge/gopherbot/consumer/slack"
	"github.com/gobridge/gopherbot/internal/audit"
	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/event"
	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
)

func (t *tool) say() *cobra.Command {
	c := &cobra.Command{
		Use:   "say {CHANNEL | MESSAGE-LINK | PERSON} TEXT",
		Short: "Post a message in a channel or a thread, or to a person, as the bot",
		Long: `Posts a message as the bot, at once and in any ENV: in a channel, in the thread of the message
that a link leads to, or directly to a person.

CHANNEL is the name of a public channel, which the command looks up in bgtasks's channel
directory in Redis, or a channel's id. PERSON is the id of a person or their e-mail address.
TEXT may have *bold*, _italic_ and ` + "`code`" + `. It mentions nobody. If TEXT is -, the command reads it
from the standard input. The command posts in silenced channels, too.

Set GOPHER_SLACK_BOT_ACCESS_TOKEN, and REDIS_URL, where the audit is. Without REDIS_URL the
command needs an id, a link or an e-mail address, and the post is in no audit.`,
		Example: `  gopherbot say general "We are back. Sorry for the silence."
  gopherbot say https://example.slack.com/archives/C012ABCDEF0/p1700000000000100 "It is fixed."
  gopherbot say ada@example.com "Your command floods the bot; please stop it."
  uptime | gopherbot say C012ABCDEF0 -`,
		Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			place, err := consumerslack.ParsePlace(args[0])
			if err != nil {
				return err
			}
			needed := []string{"GOPHER_SLACK_BOT_ACCESS_TOKEN"}
			if place.Chat.Name != "" {
				needed = append(needed, "REDIS_URL")
			}
			settings, err := config.LoadNeeding(t.Environ, needed...)
			if err != nil {
				return err
			}
			text, err := t.text(args[1])
			if err != nil {
				return err
			}
			where, link := place.String(), ""
			err = t.audited(c.Context(), settings, audit.Say, where, func(ctx context.Context, d *deployment) (err error) {
				api, done := slackClient(settings)
				defer done()
				var directory consumerslack.Channels // nil: an id needs no directory
				if d != nil {
					directory = d.directory(event.Slack)
				}
				link, err = consumerslack.Say(ctx, api, directory, place, text)
				return err
			})
			if err != nil {
				return err
			}
			return t.report(map[string]any{"posted": true, "channel": where, "link": link}, "Posted in %s.%s", where, spaced(link))
		},
	}
	return t.withJSON(c)
}

// slackClient returns a client of Slack's API. done closes its connections.
func slackClient(settings config.Config) (api consumerslack.API, done func()) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	return slackapi.New(settings.SlackBotAccessToken.Reveal(), string(settings.SlackAPIURL), transport), transport.CloseIdleConnections
}

// audited does an act on Slack, and records it in the audit if there is a Redis. The
// deployment is nil if there is none.
func (t *tool) audited(ctx context.Context, settings config.Config, action audit.Action, on string, act func(context.Context, *deployment) error) error {
	if settings.RedisURL.Reveal() == "" {
		fmt.Fprintf(t.Err, "%s: warning: REDIS_URL is not set, so this is in no audit\n", t.Content.Name)
		return act(ctx, nil)
	}
	return t.openWith(ctx, settings, func(d *deployment) error {
		return d.do(ctx, action, on, "", func(ctx context.Context) (int64, error) { return 0, act(ctx, d) })
	})
}

func (t *tool) unsay() *cobra.Command {
	return t.withJSON(&cobra.Command{
		Use:   "unsay MESSAGE-LINK",
		Short: "Delete a message that the bot has posted",
		Long: `Deletes the message that a link leads to, which the bot itself must have posted. Its thread
stays. If the bot posts the same again, pause the handler, or silence the channel first.

Set GOPHER_SLACK_BOT_ACCESS_TOKEN, and REDIS_URL, where the audit is.`,
		Example: `  gopherbot unsay https://example.slack.com/archives/C012ABCDEF0/p1700000000000100`,
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			link, err := consumerslack.ParseLink(args[0])
			if err != nil {
				return err
			}
			settings, err := config.LoadNeeding(t.Environ, "GOPHER_SLACK_BOT_ACCESS_TOKEN")
			if err != nil {
				return err
			}
			api, done := slackClient(settings)
			defer done()
			err = t.audited(c.Context(), settings, audit.Delete, link.String(), func(ctx context.Context, _ *deployment) error {
				return consumerslack.Unsay(ctx, api, link)
			})
			if err != nil {
				return err
			}
			return t.report(map[string]any{"deleted": true, "channel": link.Channel, "message": link.Message}, "Deleted.")
		},
	})
}

// text returns the text to post: an argument, or for "-" the standard input.
func (t *tool) text(argument string) (string, error) {
	if argument == "-" {
		content, err := t.read("-", consumerslack.MaxSaid*utf8.UTFMax)
		if err != nil {
			return "", err
		}
		argument = string(content)
	}
	text, err := consumerslack.CheckSaid(argument)
	if err != nil {
		return "", fmt.Errorf("TEXT: %w", err)
	}
	return text, nil
}
