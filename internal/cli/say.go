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
	"github.com/gobridge/gopherbot/internal/channeldir"
	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/redisx"
	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
)

// maxText is the maximum number of characters of a message: Slack advises against longer
// ones.
const maxText = 4000

func (t *tool) say() *cobra.Command {
	c := &cobra.Command{
		Use:   "say CHANNEL TEXT",
		Short: "Post a message in a channel, as the bot",
		Long: `Posts a message in a channel, as the bot, at once and in any ENV. CHANNEL is the name
of a public channel, which the command looks up in bgtasks's channel directory in Redis;
or a channel's id, which needs no Redis. TEXT may have *bold*, _italic_ and ` + "`code`" + `.
It mentions nobody. If TEXT is -, the command reads it from the standard input.

Set GOPHER_SLACK_BOT_ACCESS_TOKEN, and REDIS_URL if CHANNEL is a name.`,
		Example: `  gopherbot say general "We are back. Sorry for the silence."
  uptime | gopherbot say C012ABCDEF0 -`,
		Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			channel := strings.TrimPrefix(args[0], "#")
			needed := []string{"GOPHER_SLACK_BOT_ACCESS_TOKEN"}
			if !consumerslack.IsChannelID(channel) {
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
			if err := postMessage(c.Context(), settings, event.Message{Bot: event.Slack, Chat: event.Chat{Name: channel}, Text: text}); err != nil {
				return err
			}
			return t.report(map[string]any{"posted": true, "channel": channel}, "Posted in %s.", channel)
		},
	}
	return t.withJSON(c)
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

// postMessage posts a message as consumers post announcements.
func postMessage(ctx context.Context, settings config.Config, m event.Message) error {
	var directory consumerslack.Channels // nil: an id needs no directory
	if !consumerslack.IsChannelID(m.Chat.Name) {
		rdb, err := redisx.Open(settings, queueConns)
		if err != nil {
			return err
		}
		defer rdb.Close()
		directory = channeldir.NewDirectory(rdb, string(settings.App), event.Workspace{Source: event.Slack})
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	defer transport.CloseIdleConnections()
	api := slackapi.New(settings.SlackBotAccessToken.Reveal(), string(settings.SlackAPIURL), transport)
	composed, err := consumerslack.New(consumerslack.Options{API: api, Channels: directory}).Compose(ctx, consumer.Notice{Message: m}, "")
	if err != nil {
		return err
	}
	for _, part := range composed.Parts {
		if _, err := composed.Outbox.Post(ctx, part, composed.Thread); err != nil {
			return err
		}
	}
	return nil
}
