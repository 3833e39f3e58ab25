package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/gobridge/gopherbot/consumer"
	consumerslack "github.com/gobridge/gopherbot/consumer/slack"
	"github.com/gobridge/gopherbot/internal/audit"
	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/event"
	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
)

// maxText is the maximum number of characters of a message: Slack advises against longer
// ones.
const maxText = 4000

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
			m, where, err := addressed(args[0])
			if err != nil {
				return err
			}
			needed := []string{"GOPHER_SLACK_BOT_ACCESS_TOKEN"}
			if m.Chat.Name != "" {
				needed = append(needed, "REDIS_URL")
			}
			settings, err := config.LoadNeeding(t.Environ, needed...)
			if err != nil {
				return err
			}
			if m.Text, err = t.text(args[1]); err != nil {
				return err
			}
			var link string
			err = t.audited(c.Context(), settings, audit.Say, where, func(ctx context.Context, d *deployment) (err error) {
				link, err = postMessage(ctx, settings, d, m)
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

// addressed returns a message for the place that an operator has named, and the place in
// words.
func addressed(place string) (m event.Message, where string, err error) {
	m = event.Message{Bot: event.Slack}
	channel := strings.TrimPrefix(place, "#")
	switch {
	case strings.Contains(place, "://"):
		link, err := consumerslack.ParseLink(place)
		m.Chat.ID, m.Thread = link.Channel, link.Thread
		return m, "the thread " + link.Thread + " of " + link.Channel, err
	case strings.Contains(place, "@"):
		m.Chat.Email = strings.TrimPrefix(place, "@")
		return m, m.Chat.Email, nil
	case consumerslack.IsPersonID(place), consumerslack.IsChannelID(channel):
		m.Chat.ID = channel
	default:
		m.Chat.Name = channel
	}
	return m, channel, nil
}

// audited does an act on Slack, and records it in the audit if there is a Redis. The
// deployment is nil if there is none.
func (t *tool) audited(ctx context.Context, settings config.Config, action audit.Action, on string, act func(context.Context, *deployment) error) error {
	if settings.RedisURL.Reveal() == "" {
		fmt.Fprintf(t.Err, "%s: warning: REDIS_URL is not set, so this is in no audit\n", t.Content.Name)
		return act(ctx, nil)
	}
	return t.openWith(settings, func(d *deployment) error {
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
			transport := http.DefaultTransport.(*http.Transport).Clone()
			defer transport.CloseIdleConnections()
			api := slackapi.New(settings.SlackBotAccessToken.Reveal(), string(settings.SlackAPIURL), transport)
			on := link.Channel + "/" + link.Message
			err = t.audited(c.Context(), settings, audit.Delete, on, func(ctx context.Context, _ *deployment) error {
				_, _, err := api.DeleteMessageContext(ctx, link.Channel, link.Message)
				return undeletable(err)
			})
			if err != nil {
				return err
			}
			return t.report(map[string]any{"deleted": true, "channel": link.Channel, "message": link.Message}, "Deleted.")
		},
	})
}

// undeletable returns the error of a deletion with advice.
// Source: https://docs.slack.dev/reference/methods/chat.delete
func undeletable(err error) error {
	if err == nil {
		return nil
	}
	advice := ""
	switch err.Error() {
	case "cant_delete_message":
		advice = ": the bot has not posted it, and can delete its own messages only"
	case "message_not_found":
		advice = ": there is no such message, or not any more"
	case "channel_not_found":
		advice = ": the bot is not in the channel, or there is none of this id"
	}
	return fmt.Errorf("delete the message: %w%s", err, advice)
}

// text returns the text to post: an argument, or for "-" the standard input.
func (t *tool) text(argument string) (string, error) {
	if argument == "-" {
		content, err := t.read("-", maxText*utf8.UTFMax)
		if err != nil {
			return "", err
		}
		argument = string(content)
	}
	text := strings.TrimSpace(argument)
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return "", errors.New("TEXT is empty: want the text of the message")
	case n > maxText:
		return "", fmt.Errorf("TEXT has %d characters: want at most %d", n, maxText)
	}
	return text, nil
}

// postMessage posts a message as consumers post announcements, and returns a link to it, "" if
// it is not known. The deployment is needed for the name of a channel.
func postMessage(ctx context.Context, settings config.Config, d *deployment, m event.Message) (link string, err error) {
	var directory consumerslack.Channels // nil: an id needs no directory
	if d != nil {
		directory = d.directory(event.Slack)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	defer transport.CloseIdleConnections()
	api := slackapi.New(settings.SlackBotAccessToken.Reveal(), string(settings.SlackAPIURL), transport)
	composed, err := consumerslack.New(consumerslack.Options{API: api, Channels: directory}).Compose(ctx, consumer.Notice{Message: m}, "")
	if err != nil {
		return "", err
	}
	for _, part := range composed.Parts {
		id, err := composed.Outbox.Post(ctx, part, composed.Thread)
		if err != nil {
			return "", err
		}
		if link == "" {
			link = composed.Outbox.Link(id)
		}
	}
	return link, nil
}
