package slack

import slackapi "github.com/gobridge/gopherbot/internal/slack/api"

// RequiredScopes are the methods of Slack's Web API that this package calls, with their
// scopes. They do not depend on the handlers, which may use all of handler.Responder.
// Source: https://docs.slack.dev/reference/methods, a page for each
var RequiredScopes = []slackapi.Need{
	{Method: "auth.test"},
	{Method: "reactions.add", Scope: "reactions:write"},
	{Method: "chat.postMessage", Scope: "chat:write"},
	{Method: "chat.postMessage", Scope: "chat:write.public"}, // announcements, in public channels that the bot is not in
	{Method: "chat.postEphemeral", Scope: "chat:write"},
	{Method: "conversations.open", Scope: "im:write"},
	{Method: "conversations.info", Scope: "channels:read"}, // of public channels alone
	{Method: "files.info", Scope: "files:read"},
	// The search for posts with an unknown outcome.
	{Method: "conversations.history", Scope: "channels:history"},
	{Method: "conversations.history", Scope: "groups:history"},
	{Method: "conversations.history", Scope: "im:history"},
	{Method: "conversations.history", Scope: "mpim:history"},
	{Method: "conversations.replies", Scope: "channels:history"},
	{Method: "conversations.replies", Scope: "groups:history"},
	{Method: "conversations.replies", Scope: "im:history"},
	{Method: "conversations.replies", Scope: "mpim:history"},
}
