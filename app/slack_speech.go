package app

import (
	"context"
	"net/http"

	"github.com/redis/go-redis/v9"

	consumerslack "github.com/gobridge/gopherbot/consumer/slack"
	"github.com/gobridge/gopherbot/gateway/ops"
	"github.com/gobridge/gopherbot/internal/channeldir"
	"github.com/gobridge/gopherbot/internal/event"
	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
)

// opsSpeech returns what operators can say and delete on Slack: nothing if the gateway has no
// bot token, which it does not need otherwise.
func (e env) opsSpeech(rdb redis.UniversalClient, transport http.RoundTripper) ops.Speech {
	token := e.config.SlackBotAccessToken.Reveal()
	if token == "" {
		return ops.Speech{}
	}
	api := slackapi.NewWithTimeout(token, string(e.config.SlackAPIURL), transport, e.timeouts.HTTP)
	directory := channeldir.NewDirectory(rdb, string(e.config.App), event.Workspace{Source: event.Slack})
	return ops.Speech{
		Say: func(place, text string) (where string, post func(context.Context) (string, error), problem string) {
			to, err := consumerslack.ParsePlace(place)
			if err != nil {
				return "", nil, err.Error()
			}
			if text, err = consumerslack.CheckSaid(text); err != nil {
				return "", nil, err.Error()
			}
			return to.String(), func(ctx context.Context) (string, error) {
				return consumerslack.Say(ctx, api, directory, to, text)
			}, ""
		},
		Unsay: func(link string) (message string, del func(context.Context) error, problem string) {
			of, err := consumerslack.ParseLink(link)
			if err != nil {
				return "", nil, err.Error()
			}
			return of.String(), func(ctx context.Context) error { return consumerslack.Unsay(ctx, api, of) }, ""
		},
	}
}
