package slack

import (
	"slices"

	"github.com/gobridge/gopherbot/handler"
	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
)

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

// NotifyScopes are the methods that only messages of the notification API need, with their
// scopes. Without a scope its feature does not work, and a receipt says so.
// Source: https://docs.slack.dev/reference/methods, a page for each
var NotifyScopes = []slackapi.Need{
	{Method: "chat.update", Scope: "chat:write"},
	{Method: "files.getUploadURLExternal", Scope: "files:write"},
	{Method: "files.completeUploadExternal", Scope: "files:write"},
	{Method: "users.lookupByEmail", Scope: "users:read.email"},
	{Method: "users.lookupByEmail", Scope: "users:read"}, // Slack gives the other only with it
}

// Scopes returns the methods of Slack's Web API that this package calls for declarations
// that people use otherwise than by messages, with their scopes. The scope of slash commands
// and of shortcuts is no method's: the manifest asks for it with their entries.
func Scopes(declared []handler.Info) []slackapi.Need {
	var needs []slackapi.Need
	has := func(kinds ...handler.InfoKind) bool {
		return slices.ContainsFunc(declared, func(i handler.Info) bool { return slices.Contains(kinds, i.Kind) })
	}
	if has(handler.SlashInfo, handler.ShortcutInfo, handler.ActionInfo, handler.FormInfo, handler.ReactionAddedInfo) {
		needs = append(needs,
			slackapi.Need{Method: "chat.update", Scope: "chat:write"}, slackapi.Need{Method: "chat.delete", Scope: "chat:write"},
			slackapi.Need{Method: "views.open"}, slackapi.Need{Method: "views.push"}, slackapi.Need{Method: "views.update"})
	}
	if has(handler.HomeInfo) {
		needs = append(needs, slackapi.Need{Method: "views.publish"})
	}
	return needs
}
