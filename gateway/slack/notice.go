package slack

import (
	"github.com/valyala/fastjson"

	"github.com/gobridge/gopherbot/gateway"
)

// The notices of Slack about the app itself. Nothing handles them but an operator.
const (
	// AppUninstalled says that the workspace has no such app any more. TokensRevoked events
	// come beside it, before or after.
	// Source: https://docs.slack.dev/reference/events/app_uninstalled
	AppUninstalled = "app_uninstalled"
	// TokensRevoked says that the bot's token is of no use any more.
	// Source: https://docs.slack.dev/reference/events/tokens_revoked
	TokensRevoked = "tokens_revoked"
	// AppRateLimited says that Slack has dropped events of this minute: the app gets more than
	// 30,000 in an hour. It needs no subscription.
	// Source: https://docs.slack.dev/apis/events-api#rate-limiting
	AppRateLimited = "app_rate_limited"
)

// Notices returns all notices, as gateway.Result names them.
func Notices() []string { return []string{AppUninstalled, TokensRevoked, AppRateLimited} }

// NoticeEvents returns the events that an app subscribes to for its notices. They need no
// scope.
func NoticeEvents() []string { return []string{AppUninstalled, TokensRevoked} }

const installAgain = "install the app again at api.slack.com/apps, set GOPHER_SLACK_BOT_ACCESS_TOKEN to its new token, and restart the processes"

// noticed returns the result of an inner event that is a notice. Its outcome is empty for
// any other.
func noticed(kind string, inner *fastjson.Value) gateway.Decoded {
	switch kind {
	case AppUninstalled:
		return notice(AppUninstalled, "the app was uninstalled from the workspace: "+installAgain)
	case TokensRevoked:
		if len(inner.GetArray("tokens", "bot")) == 0 {
			return ignored("tokens of people were revoked, and the bot uses none")
		}
		return notice(TokensRevoked, "the bot's token was revoked: "+installAgain)
	default:
		return gateway.Decoded{}
	}
}

func notice(name, reason string) gateway.Decoded {
	return gateway.Decoded{Outcome: gateway.Ignored, Notice: name, Reason: reason}
}
