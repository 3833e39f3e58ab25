package doctor

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
)

// SlackAPI has the methods of Slack's Web API that the checks call.
type SlackAPI interface {
	AuthTestContext(ctx context.Context) (*slack.AuthTestResponse, error)
	GetBotInfoContext(ctx context.Context, p slack.GetBotInfoParameters) (*slack.Bot, error)
}

// Conversations has the methods of Slack's Web API for channels.
type Conversations interface {
	PublicChannels(ctx context.Context, cursor string) (slackapi.ConversationPage, error)
	Conversation(ctx context.Context, id string) (slackapi.Conversation, error)
}

// App is the expected state of the app at Slack.
type App struct {
	AppID, TeamID string
	// Scopes are those of its manifest. Why returns the events and methods that need one.
	Scopes []string
	Why    func(scope string) []string
	// Optional are scopes of features that not every deployment uses, each with what does
	// not work without it, "" if this deployment does not use it.
	Optional map[string]string
	// Speaks are the channels in which the bot posts.
	Speaks []Channel
}

// Channel is a channel in which the bot posts.
type Channel struct {
	// Name is a channel's name, without "#", or its id.
	Name string
	// Does describes the bot's posts there, such as "welcomes new members".
	Does string
	// Member is whether the bot must be in the channel for that. It can post in public
	// channels without.
	Member bool
	// Files is whether the bot may have to post files there, for which it must be in the
	// channel, whatever the channel is.
	Files bool
}

// Slack checks the app, its token and its channels at Slack.
func Slack(ctx context.Context, api SlackAPI, conversations Conversations, app App) []Finding {
	asked := time.Now()
	me, err := api.AuthTestContext(ctx)
	if err != nil {
		return []Finding{noToken(err)}
	}
	list := []Finding{token(me, app.TeamID)}
	if date, err := http.ParseTime(me.Header.Get("Date")); err == nil {
		// The header is cut to whole seconds.
		list = append(list, skew("slack clock", "Slack's", date.Add(500*time.Millisecond).Sub(asked.Add(time.Since(asked)/2))))
	}
	list = append(list, scopes(me.Header, app))
	list = append(list, appID(ctx, api, me.BotID, app.AppID))
	return append(list, channels(ctx, conversations, app.Speaks)...)
}

// noToken is the finding when auth.test failed. Only a token that Slack refuses is a matter of
// the configuration.
func noToken(err error) Finding {
	const check = "slack token"
	refused, isRefused := errors.AsType[slack.SlackErrorResponse](err)
	_, isLimited := errors.AsType[*slack.RateLimitedError](err)
	switch {
	case isLimited, isRefused && slackapi.Limits(refused.Err):
		return state(check, Warning, "not checked: Slack limits the rate of calls: "+err.Error(), "run doctor again in a minute")
	case isRefused && slackapi.Passing(refused.Err):
		return state(check, Failure, "Slack answers "+refused.Err, "run doctor again in a minute, and see slack-status.com for outages")
	case isRefused:
		return bad(check, Failure, "Slack does not accept GOPHER_SLACK_BOT_ACCESS_TOKEN: "+refused.Err,
			"copy the Bot User OAuth Token from api.slack.com/apps, your app, OAuth & Permissions; install the app again if there is none")
	default:
		return state(check, Failure, "Slack does not answer: "+err.Error(), "check that this machine can reach GOPHER_SLACK_API_URL, and see slack-status.com for outages")
	}
}

func token(me *slack.AuthTestResponse, teamID string) Finding {
	const check = "slack token"
	switch {
	case me.BotID == "":
		return bad(check, Failure, "GOPHER_SLACK_BOT_ACCESS_TOKEN is a person's", "use the Bot User OAuth Token, which begins with xoxb-")
	case teamID != "" && me.TeamID != teamID:
		return bad(check, Failure, fmt.Sprintf("it is for workspace %s (%s), and GOPHER_SLACK_TEAM_ID is %s", me.Team, me.TeamID, teamID), "make the two agree")
	default:
		return ok(check, "accepted: the bot is @%s in workspace %s", me.User, me.Team)
	}
}

// scopesHeader is the header in which Slack returns the scopes of a token.
// Source: https://docs.slack.dev/authentication/installing-with-oauth
const scopesHeader = "X-Oauth-Scopes"

func scopes(header http.Header, app App) Finding {
	const check = "slack scopes"
	granted := header.Get(scopesHeader)
	if granted == "" {
		return bad(check, Warning, "Slack does not report the token's scopes", "compare them with slack-manifest.yaml, at OAuth & Permissions")
	}
	given := strings.FieldsFunc(granted, func(r rune) bool { return r == ',' || r == ' ' })
	var missing, extra, without []string
	for _, scope := range app.Scopes {
		if _, optional := app.Optional[scope]; !optional && !slices.Contains(given, scope) {
			missing = append(missing, fmt.Sprintf("%s (%s)", scope, strings.Join(app.Why(scope), ", ")))
		}
	}
	for _, scope := range slices.Sorted(maps.Keys(app.Optional)) {
		if feature := app.Optional[scope]; feature != "" && !slices.Contains(given, scope) {
			without = append(without, fmt.Sprintf("%s (%s)", scope, feature))
		}
	}
	for _, scope := range given {
		if _, optional := app.Optional[scope]; !optional && !slices.Contains(app.Scopes, scope) {
			extra = append(extra, scope)
		}
	}
	const add = "add them at api.slack.com/apps, your app, OAuth & Permissions, and install the app again; or paste the output of \"gopherbot manifest\" at App Manifest"
	switch {
	case len(missing) > 0:
		return state(check, Failure, "missing: "+strings.Join(append(missing, without...), ", "), add)
	case len(without) > 0:
		return bad(check, Warning, "missing, without which a part of the notification API does not work: "+strings.Join(without, ", "), add)
	case len(extra) > 0:
		return bad(check, Warning, "more than the manifest has: "+strings.Join(extra, ", "), "remove them at OAuth & Permissions: the bot does not need them")
	default:
		return ok(check, "those of the manifest that this deployment needs")
	}
}

func appID(ctx context.Context, api SlackAPI, botID, want string) Finding {
	const check = "slack app"
	bot, err := api.GetBotInfoContext(ctx, slack.GetBotInfoParameters{Bot: botID})
	switch {
	case err != nil:
		return bad(check, Warning, "Slack does not report the token's app: "+err.Error(), "check the finding \"slack scopes\"")
	case bot.AppID == "":
		return bad(check, Warning, "Slack does not report the token's app", "check that the token is of the app in GOPHER_SLACK_APP_ID")
	case want == "":
		return ok(check, "%s, which the gateway learns from Slack", bot.AppID)
	case bot.AppID != want:
		return bad(check, Failure, fmt.Sprintf("the token is of app %s, and GOPHER_SLACK_APP_ID is %s: the gateway refuses its events", bot.AppID, want), "make the two agree")
	default:
		return ok(check, "%s, as GOPHER_SLACK_APP_ID says", want)
	}
}

func channels(ctx context.Context, api Conversations, speaks []Channel) []Finding {
	const check = "slack channels"
	var public []slackapi.Conversation
	for cursor := ""; ; {
		page, err := api.PublicChannels(ctx, cursor)
		if err != nil {
			return []Finding{state(check, Failure, "list the public channels: "+err.Error(), "check the finding \"slack scopes\"")}
		}
		public = append(public, page.Conversations...)
		if page.Next == "" || page.Next == cursor {
			break
		}
		cursor = page.Next
	}
	in := len(slices.DeleteFunc(slices.Clone(public), func(c slackapi.Conversation) bool { return !c.Member }))
	list := []Finding{ok(check, "the bot is in %d of %d public channels; Slack sends it the messages of those", in, len(public))}
	if in == 0 {
		list[0] = bad(check, Warning, "the bot is in no public channel, so Slack sends it no messages of channels", "invite it, in a channel, with /invite and its name")
	}
	for _, c := range speaks {
		list = append(list, channel(ctx, api, public, c))
	}
	return list
}

// channelID matches the ids of channels. A name has no capitals.
var channelID = regexp.MustCompile(`^[CG][A-Z0-9]+$`)

func channel(ctx context.Context, api Conversations, public []slackapi.Conversation, want Channel) Finding {
	check := "slack #" + want.Name
	i := slices.IndexFunc(public, func(c slackapi.Conversation) bool { return c.Name == want.Name || c.ID == want.Name })
	if i >= 0 {
		if want.Member && !public[i].Member {
			return bad(check, Warning, "the bot "+want.Does+" there, but is not in it", "invite it there with /invite and its name")
		}
		if want.Files && !public[i].Member {
			return bad(check, Warning, "the bot "+want.Does+" there, but is not in it, so it can post texts and no files", "invite it there with /invite and its name")
		}
		return ok(check, "it exists; the bot %s there", want.Does)
	}
	if !channelID.MatchString(want.Name) {
		return bad(check, Warning, "the bot "+want.Does+" there, but no public channel has that name", "create it, or configure another; a private channel is named by its id")
	}
	// Slack does not return a private channel that the bot is not in.
	c, err := api.Conversation(ctx, want.Name)
	switch refused, isRefused := errors.AsType[slack.SlackErrorResponse](err); {
	case isRefused && refused.Err == "missing_scope":
		return bad(check, Warning, "the bot "+want.Does+" there; it is private, and the app lacks the scope to check whether the bot is in it", "check that the bot is in it")
	case err != nil:
		return state(check, Failure, "read the channel: "+err.Error(), "invite the bot there, where it "+want.Does+", or configure another channel")
	case c.Archived || !c.Member:
		return state(check, Failure, "the bot "+want.Does+" there, but is not in it, or the channel is archived", "invite the bot there, or configure another channel")
	default:
		return ok(check, "the bot is in it; it %s there", want.Does)
	}
}
