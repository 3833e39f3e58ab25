package app

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"path"
	"time"

	"github.com/gobridge/gopherbot/consumer"
	consumersharkfin "github.com/gobridge/gopherbot/consumer/sharkfin"
	"github.com/gobridge/gopherbot/internal/outbound"
	"github.com/gobridge/gopherbot/internal/sharkfin"
	"github.com/gobridge/gopherbot/internal/sharkfin/mcp"
	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
	"github.com/gobridge/gopherbot/sharkfin/client"
)

func (sharkfinPlatform) unconnected() consumer.Platform {
	return consumersharkfin.New(consumersharkfin.Options{})
}

func (p sharkfinPlatform) connect(e env, a processRuntime, transport http.RoundTripper) (connection, error) {
	address, key := string(e.config.SharkfinURL), e.config.SharkfinKey.Reveal()
	host, err := sharkfin.Host(address)
	if err != nil {
		return connection{}, err
	}
	caller := &http.Client{
		Timeout: cmp.Or(e.timeouts.HTTP, slackapi.DefaultTimeout), Transport: outbound.Transport(watchSharkfin(a, transport)),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // the key is for the server alone
	}
	rest, tools := client.NewRESTClient(address, client.WithAPIKey(key), client.WithHTTPClient(caller)), mcp.New(address, key, caller)
	channels := consumersharkfin.NewChannels(rest)
	identify := func(ctx context.Context) (identified, error) {
		ask := func(ctx context.Context) (sharkfin.Identity, error) {
			return sharkfin.Identify(ctx, caller, address, key)
		}
		who, served, err := consumersharkfin.Identify(ctx, ask, tools, e.log)
		if err != nil {
			return identified{}, fmt.Errorf("sharkfin does not know the bot: %w", err)
		}
		o := consumersharkfin.Options{REST: rest, Channels: channels, Bot: who.Username, Host: host}
		if served {
			o.Tools = tools
		}
		return identified{consumersharkfin.New(o), who.Username}, nil
	}
	return connection{channels: channels, identify: identify}, nil
}

// watchSharkfin returns base with the calls of the server counted, by the tool or the end of the
// path. A tool's own refusal is an answer.
func watchSharkfin(a processRuntime, base http.RoundTripper) http.RoundTripper {
	count := a.metrics.WebAPI(sharkfin.Source)
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		method := mcp.Tool(r.Context())
		if method == "" {
			method = r.Method + " " + path.Base(r.URL.Path)
		}
		start, status := time.Now(), slackapi.OK
		response, err := base.RoundTrip(r)
		switch {
		case err != nil:
			status = slackapi.Unreachable
		case response.StatusCode == http.StatusTooManyRequests:
			status = slackapi.RateLimited
		case response.StatusCode < 200 || response.StatusCode > 299:
			status = slackapi.Failed
		}
		count(method, string(status), time.Since(start), 0)
		return response, err
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
