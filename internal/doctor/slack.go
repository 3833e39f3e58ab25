package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
)

// SlackAPI is what of Slack's Web API is asked.
type SlackAPI interface {
	AuthTestContext(ctx context.Context) (*slack.AuthTestResponse, error)
	GetBotInfoContext(ctx context.Context, p slack.GetBotInfoParameters) (*slack.Bot, error)
}

// Conversations is what of Slack's Web API is asked about channels.
type Conversations interface {
	PublicChannels(ctx context.Context, cursor string) (slackapi.ConversationPage, error)
	Conversation(ctx context.Context, id string) (slackapi.Conversation, error)
}

// App is what the app at Slack should be.
type App struct {
	AppID, TeamID string
	// Scopes are those that its manifest asks for, and Why what wants one.
	Scopes []string
	Why    func(scope string) []string
	// Speaks are the channels that the bot has something to do in.
	Speaks []Channel
}

// Channel is a channel that the bot has something to do in.
type Channel struct {
	// Name is a channel's name, without "#", or its id.
	Name string
	// Does says what it does there, such as "welcomes newcomers".
	Does string
	// Member is whether it must be in the channel for that. It can post in
	// public channels without.
	Member bool
}

// Slack asks Slack about the app, its token and its channels.
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

func noToken(err error) Finding {
	const check = "slack token"
	if refused, ok := errors.AsType[slack.SlackErrorResponse](err); ok {
		return bad(check, Failure, "Slack does not accept GOPHER_SLACK_BOT_ACCESS_TOKEN: "+refused.Err,
			"copy the Bot User OAuth Token from api.slack.com/apps, your app, OAuth & Permissions; install the app again if there is none")
	}
	return bad(check, Failure, "Slack does not answer: "+err.Error(), "see that this machine may reach GOPHER_SLACK_API_URL, and slack-status.com")
}

func token(me *slack.AuthTestResponse, teamID string) Finding {
	const check = "slack token"
	switch {
	case me.BotID == "":
		return bad(check, Failure, "GOPHER_SLACK_BOT_ACCESS_TOKEN is a person's", "use the Bot User OAuth Token, which begins with xoxb-")
	case me.TeamID != teamID:
		return bad(check, Failure, fmt.Sprintf("it is for workspace %s (%s), and GOPHER_SLACK_TEAM_ID is %s", me.Team, me.TeamID, teamID), "make the two agree")
	default:
		return ok(check, "accepted: the bot is @%s in workspace %s", me.User, me.Team)
	}
}

// scopesHeader is where Slack says what a token may do.
// Source: https://docs.slack.dev/authentication/installing-with-oauth
const scopesHeader = "X-Oauth-Scopes"

func scopes(header http.Header, app App) Finding {
	const check = "slack scopes"
	told := header.Get(scopesHeader)
	if told == "" {
		return bad(check, Warning, "Slack does not report the token's scopes", "compare them with slack-manifest.yaml, at OAuth & Permissions")
	}
	given := strings.FieldsFunc(told, func(r rune) bool { return r == ',' || r == ' ' })
	var lacking, needless []string
	for _, scope := range app.Scopes {
		if !slices.Contains(given, scope) {
			lacking = append(lacking, fmt.Sprintf("%s (%s)", scope, strings.Join(app.Why(scope), ", ")))
		}
	}
	for _, scope := range given {
		if !slices.Contains(app.Scopes, scope) {
			needless = append(needless, scope)
		}
	}
	switch {
	case len(lacking) > 0:
		return bad(check, Failure, "lacking: "+strings.Join(lacking, ", "),
			"add them at api.slack.com/apps, your app, OAuth & Permissions, and install the app again; or paste what \"gopherbot manifest\" writes at App Manifest")
	case len(needless) > 0:
		return bad(check, Warning, "more than the manifest asks for: "+strings.Join(needless, ", "), "remove them at OAuth & Permissions: what the bot may not do cannot go wrong")
	default:
		return ok(check, "the %d of the manifest", len(app.Scopes))
	}
}

func appID(ctx context.Context, api SlackAPI, botID, want string) Finding {
	const check = "slack app"
	bot, err := api.GetBotInfoContext(ctx, slack.GetBotInfoParameters{Bot: botID})
	switch {
	case err != nil:
		return bad(check, Warning, "Slack does not report which app the token is of: "+err.Error(), "see the line about scopes")
	case bot.AppID == "":
		return bad(check, Warning, "Slack does not report which app the token is of", "see that the app of GOPHER_SLACK_APP_ID is the one whose token this is")
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
			return []Finding{bad(check, Failure, "Slack does not list them: "+err.Error(), "see the line about scopes")}
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
		list[0] = bad(check, Warning, "the bot is in no public channel, and is sent no message of any", "invite it, in a channel, with /invite and its name")
	}
	for _, c := range speaks {
		list = append(list, channel(ctx, api, public, c))
	}
	return list
}

// channelID is what the ids of channels look like; a name has no capitals.
var channelID = regexp.MustCompile(`^[CG][A-Z0-9]+$`)

func channel(ctx context.Context, api Conversations, public []slackapi.Conversation, want Channel) Finding {
	check := "slack #" + want.Name
	i := slices.IndexFunc(public, func(c slackapi.Conversation) bool { return c.Name == want.Name || c.ID == want.Name })
	if i >= 0 {
		if want.Member && !public[i].Member {
			return bad(check, Warning, "the bot is not in it, where it "+want.Does, "invite it there with /invite and its name")
		}
		return ok(check, "there, where the bot %s", want.Does)
	}
	if !channelID.MatchString(want.Name) {
		return bad(check, Warning, "no public channel has that name, where the bot "+want.Does, "create it, or configure another; a private channel is named by its id")
	}
	// What a bot may not see, and is not in, is as if it were not there.
	c, err := api.Conversation(ctx, want.Name)
	switch refused, isRefused := errors.AsType[slack.SlackErrorResponse](err); {
	case isRefused && refused.Err == "missing_scope":
		return bad(check, Warning, "it is private, and the app may not look whether the bot is in it, where it "+want.Does, "see that the bot was invited")
	case err != nil:
		return bad(check, Failure, "Slack does not show it: "+err.Error(), "invite the bot there, where it "+want.Does+", or configure another channel")
	case c.Archived || !c.Member:
		return bad(check, Failure, "the bot is not in it, or it is archived; there it "+want.Does, "invite the bot there, or configure another channel")
	default:
		return ok(check, "the bot is in it, where it %s", want.Does)
	}
}
