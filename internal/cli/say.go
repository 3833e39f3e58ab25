package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	consumerslack "github.com/gobridge/gopherbot/consumer/slack"
	"github.com/gobridge/gopherbot/internal/channeldir"
	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/redisx"
	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
)

// maxSaid is how many characters can be said at once: Slack advises against
// longer messages.
const maxSaid = 4000

func (t *tool) say() *cobra.Command {
	c := &cobra.Command{
		Use:   "say CHANNEL TEXT",
		Short: "Say something in a channel, as the bot",
		Long: `Says something in a channel, as the bot, at once and whatever ENV is. CHANNEL is
the name of a public channel, which is looked up in the directory that bgtasks
keeps in Redis; or an id, for which no Redis is needed. TEXT may have *bold*,
_italic_ and ` + "`code`" + `, and mentions nobody; - reads it from the standard input.

It wants GOPHER_SLACK_BOT_ACCESS_TOKEN, and REDIS_URL for a channel's name.`,
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
			if err := speak(c.Context(), settings, event.Message{Bot: event.Slack, Chat: event.Chat{Name: channel}, Text: text}); err != nil {
				return err
			}
			return t.report(map[string]any{"said": true, "channel": channel}, "Said in %s.", channel)
		},
	}
	return t.withJSON(c)
}

// text returns the text to post: an argument, or for "-" the standard input.
func (t *tool) text(argument string) (string, error) {
	if argument == "-" {
		content, err := t.read("-", maxSaid*utf8.UTFMax)
		if err != nil {
			return "", err
		}
		argument = string(content)
	}
	said := strings.TrimSpace(argument)
	switch n := utf8.RuneCountInString(said); {
	case n == 0:
		return "", errors.New("there is nothing to say")
	case n > maxSaid:
		return "", fmt.Errorf("%d characters are too many for one message: want at most %d", n, maxSaid)
	}
	return said, nil
}

// speak says something as bgtasks's announcements are said.
func speak(ctx context.Context, settings config.Config, m event.Message) error {
	var directory consumerslack.Channels // which is not asked about an id
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
	r, reply, err := consumerslack.New(consumerslack.Options{API: api, Channels: directory}).Post(ctx, m)
	if err != nil {
		return err
	}
	return r.Reply(ctx, reply)
}
