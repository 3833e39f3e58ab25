package app

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/gobridge/gopherbot/bgtasks"
	"github.com/gobridge/gopherbot/consumer"
	consumerslack "github.com/gobridge/gopherbot/consumer/slack"
	gatewayslack "github.com/gobridge/gopherbot/gateway/slack"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/channeldir"
	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/doctor"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/outbound"
	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
	"github.com/gobridge/gopherbot/internal/slack/manifest"
)

// slackPlatform is the wiring of Slack.
type slackPlatform struct{}

func (slackPlatform) source() string { return event.Slack }

func (slackPlatform) unconnected() consumer.Platform {
	return consumerslack.New(consumerslack.Options{})
}

func (slackPlatform) workspace(e env) event.Workspace {
	return event.Workspace{Source: event.Slack, ID: string(e.config.SlackTeamID)}
}

func (p slackPlatform) connect(e env, a processRuntime, transport http.RoundTripper) (connection, error) {
	token, apiURL := e.config.SlackBotAccessToken.Reveal(), string(e.config.SlackAPIURL)
	watched := outbound.Transport(watchAPI(p.source(), e, a, transport))
	api := slackapi.NewWithTimeout(token, apiURL, watched, e.timeouts.HTTP)
	directory := channeldir.NewDirectory(a.rdb, string(e.config.App), p.workspace(e))
	files, err := consumerslack.NewFiles(api, apiURL, token, transport)
	if err != nil {
		return connection{}, err
	}
	hooks, err := slackapi.NewHooks(apiURL, watched)
	if err != nil {
		return connection{}, err
	}
	identify := func(ctx context.Context) (identified, error) {
		bot, err := consumerslack.Identify(ctx, api, string(e.config.SlackTeamID), e.log)
		if err != nil {
			return identified{}, err
		}
		a.member.Team(bot.TeamID)
		slack := consumerslack.New(consumerslack.Options{
			API: api, Hooks: hooks, Conversations: slackapi.NewReader(token, apiURL, watched), Channels: directory, Bot: bot,
		})
		return identified{slack, bot.UserID}, nil
	}
	return connection{channels: directory, directory: directory, files: files, identify: identify}, nil
}

func (p slackPlatform) jobs(e env, a processRuntime, transport http.RoundTripper) []bgtasks.Job {
	api := lister{slackapi.NewReader(e.config.SlackBotAccessToken.Reveal(), string(e.config.SlackAPIURL), watchAPI(p.source(), e, a, transport))}
	workspace := p.workspace(e)
	directory := channeldir.NewDirectory(a.rdb, string(e.config.App), workspace)
	return []bgtasks.Job{bgtasks.ChannelDirectory(workspace, api, directory, time.Duration(e.config.ChannelsInterval), e.log)}
}

// lister lists Slack's channels. The error of a token that Slack refuses names its variable.
type lister struct{ *slackapi.Reader }

func (l lister) Channels(ctx context.Context) (list []channeldir.Channel, skipped int, err error) {
	list, skipped, err = l.Reader.Channels(ctx)
	if slackapi.RefusesToken(err) {
		err = fmt.Errorf("slack does not accept GOPHER_SLACK_BOT_ACCESS_TOKEN: %w; set a valid one and restart, or install the app again with the scopes of its manifest", err)
	}
	return list, skipped, err
}

func (p slackPlatform) examine(ctx context.Context, e env, transport http.RoundTripper, of examination) ([]doctor.Finding, error) {
	c := e.config
	wanted, err := slackManifest(e.content, "")
	if err != nil {
		return nil, err
	}
	speaks, err := e.speaks()
	if err != nil {
		return nil, err
	}
	token, apiURL := c.SlackBotAccessToken.Reveal(), string(c.SlackAPIURL)
	list := doctor.Slack(ctx, slackapi.New(token, apiURL, transport), slackapi.NewReader(token, apiURL, transport),
		doctor.App{AppID: string(c.SlackAppID), TeamID: string(c.SlackTeamID), Scopes: wanted.Scopes(), Why: wanted.Why, Optional: e.optionalScopes(), Speaks: speaks})
	if c.SlackAppToken.Reveal() != "" {
		found, err := examineSockets(ctx, c, transport, of)
		if err != nil {
			return list, err
		}
		list = append(list, found...)
	}
	if !of.started {
		return list, nil
	}
	list = append(list, of.requests(p.source(), "GOPHER_SLACK_REQUEST_SECRET and GOPHER_SLACK_APP_ID")...)
	if len(c.SlackRequestSecret) == 0 {
		return list, nil // there are no HTTP endpoints
	}
	address := c.Gateway()
	if address != "" {
		address += manifest.Path
	}
	secret := c.SlackRequestSecret.Reveal()[0]
	return append(list, doctor.Gateway(ctx, &http.Client{Transport: transport}, address, func(header http.Header, body []byte) {
		gatewayslack.Sign(header, body, secret, time.Now())
	})), nil
}

// examineSockets checks the app token and the sockets of the gateways.
func examineSockets(ctx context.Context, c config.Config, transport http.RoundTripper, of examination) ([]doctor.Finding, error) {
	answer, err := gatewayslack.Probe(ctx, gatewayslack.SocketOptions{
		AppToken: c.SlackAppToken.Reveal(), APIURL: string(c.SlackAPIURL), Transport: transport,
	}, of.openSocket)
	return doctor.Sockets(doctor.Socket{
		Refused: answer.Refused, Err: err, Opened: of.openSocket && err == nil && answer.Refused == "", AppID: answer.AppID, Connections: answer.Connections,
	}, string(c.SlackAppID), of.registered(), of.started, time.Now()), nil
}

// Manifest is a Slack app's manifest. Its JSON has Slack's format.
type Manifest interface {
	YAML() []byte
	// Link returns the address at which Slack creates the app from the manifest.
	Link() string
	// Scopes returns the bot scopes and Events the names of the events that the app
	// subscribes to.
	Scopes() []string
	Events() []string
}

// SlackManifest returns the manifest of the Slack app of a bot, which is called
// content.Name. address is the gateway's, with https; for "" the app uses Socket Mode.
func SlackManifest(content handler.Content, address string) (Manifest, error) {
	if err := check(content); err != nil {
		return nil, err
	}
	return slackManifest(content, address)
}

func slackManifest(content handler.Content, address string) (manifest.Manifest, error) {
	registry, err := content.Registry(handler.Services{})
	if err != nil {
		return manifest.Manifest{}, err
	}
	// The channel directory needs the event, whichever handlers are registered.
	types := append(consumer.EventTypes(registry, event.Slack), event.Type(event.Slack, event.ChannelChange))
	return manifest.New(manifest.App{
		Name: content.Name, Description: content.Description, Address: address, Infos: registry.Infos(),
		Types: types, Needs: slices.Concat(consumerslack.RequiredScopes, consumerslack.Scopes(registry.Infos()), consumerslack.NotifyScopes, slackapi.ChannelsScopes),
	}), nil
}
