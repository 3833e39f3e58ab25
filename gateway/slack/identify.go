package slack

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/pause"
)

// Installation is an app in a workspace.
type Installation struct{ AppID, TeamID string }

// IdentifyOptions configures Identify. All are required.
type IdentifyOptions struct {
	// BotToken is the bot's, xoxb-….
	BotToken string
	// APIURL is the base of the Web API, with a slash at its end.
	APIURL    string
	Transport http.RoundTripper
	Log       zerolog.Logger
}

// passing are the errors of the Web API that pass by themselves.
// Source: https://docs.slack.dev/reference/methods/auth.test
var passing = []string{"fatal_error", "internal_error", "ratelimited", "rate_limited", "request_timeout", "service_unavailable", "team_added_to_org", "accesslimited"}

// Identify completes set, what the operator has set of an installation, by asking Slack
// whose the bot token is. The app is asked for if app is true, which needs the scope
// users:read. It retries while Slack does not answer, after 0.5 s at first and then 30 s at
// most. It returns an error if Slack refuses the token, if the token is of another
// installation than set, or if ctx ends.
func Identify(ctx context.Context, set Installation, app bool, opts IdentifyOptions) (Installation, error) {
	api := webAPI{opts.APIURL, opts.BotToken, opts.Transport, apiTimeout}
	for delay := 500 * time.Millisecond; ; delay = min(2*delay, 30*time.Second) {
		found, why := api.installation(ctx, app)
		switch {
		case ctx.Err() != nil:
			return Installation{}, fmt.Errorf("identify the app: %w", ctx.Err())
		case why == nil:
			return set.complete(found)
		case why.code != "" && !slices.Contains(passing, why.code):
			return Installation{}, refusedIdentity(why)
		}
		wait := max(delay, why.wait)
		opts.Log.Error().Err(why).Dur("pause_ms", wait).Msg("identify the app: Slack does not answer; retrying")
		pause.For(ctx, wait)
	}
}

func refusedIdentity(why *callError) error {
	if why.method == botsInfo {
		return fmt.Errorf("slack does not say whose app GOPHER_SLACK_BOT_ACCESS_TOKEN is (%w): set GOPHER_SLACK_APP_ID, or give the app the scope users:read", why)
	}
	return fmt.Errorf("slack does not accept GOPHER_SLACK_BOT_ACCESS_TOKEN: %w", why)
}

// complete returns the installation with what was found, or an error if they differ.
func (i Installation) complete(found Installation) (Installation, error) {
	if i.TeamID != "" && i.TeamID != found.TeamID {
		return Installation{}, fmt.Errorf("the bot access token is for workspace %s and GOPHER_SLACK_TEAM_ID is %s: set both for the same workspace", found.TeamID, i.TeamID)
	}
	if i.AppID != "" && found.AppID != "" && i.AppID != found.AppID {
		return Installation{}, fmt.Errorf("the bot access token is of app %s and GOPHER_SLACK_APP_ID is %s: set both for the same app", found.AppID, i.AppID)
	}
	if i.AppID == "" {
		i.AppID = found.AppID
	}
	i.TeamID = found.TeamID
	return i, nil
}

const botsInfo = "bots.info"

// installation returns the workspace of the token and, if app is true, its app.
func (a webAPI) installation(ctx context.Context, app bool) (Installation, *callError) {
	var me struct {
		TeamID string `json:"team_id"`
		BotID  string `json:"bot_id"`
	}
	if why := a.call(ctx, "auth.test", nil, &me); why != nil {
		return Installation{}, why
	}
	found := Installation{TeamID: me.TeamID}
	if me.TeamID == "" {
		return found, &callError{method: "auth.test", code: "no team_id"}
	}
	if !app {
		return found, nil
	}
	var info struct {
		Bot struct {
			AppID string `json:"app_id"`
		}
	}
	if why := a.call(ctx, botsInfo, url.Values{"bot": {me.BotID}}, &info); why != nil {
		return found, why
	}
	if found.AppID = info.Bot.AppID; found.AppID == "" {
		return found, &callError{method: botsInfo, code: "no app_id"}
	}
	return found, nil
}
