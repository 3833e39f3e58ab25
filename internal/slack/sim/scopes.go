package sim

import (
	"net/http"
	"slices"
	"strings"
)

// methodScopes are the bot scopes of which a method needs one. Methods that are not listed
// need none. The list is made only from Slack's documentation, so that tests find a mistake
// in the bot's own list.
// Source: https://docs.slack.dev/reference/methods, a page for each
var methodScopes = map[string][]string{
	"bots.info":             {"users:read"},
	"chat.delete":           {"chat:write"},
	"chat.postEphemeral":    {"chat:write"},
	"chat.postMessage":      {"chat:write"},
	"chat.update":           {"chat:write"},
	"conversations.history": {"channels:history", "groups:history", "im:history", "mpim:history"},
	"conversations.replies": {"channels:history", "groups:history", "im:history", "mpim:history"},
	"conversations.info":    {"channels:read", "groups:read", "im:read", "mpim:read"},
	"conversations.list":    {"channels:read", "groups:read", "im:read", "mpim:read"},
	"conversations.open":    {"channels:manage", "groups:write", "im:write", "mpim:write"},
	"files.info":            {"files:read"},
	"reactions.add":         {"reactions:write"},
	"users.info":            {"users:read"},
	"users.lookupByEmail":   {"users:read.email"},

	"files.getUploadURLExternal":   {"files:write"},
	"files.completeUploadExternal": {"files:write"},
}

// Grant sets the app's scopes.
func (w *Workspace) Grant(scopes ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.opts.Scopes = scopes
}

// has reports whether the app has a scope. The caller holds w.mu.
func (w *Workspace) has(scope string) bool {
	return w.opts.Scopes == nil || slices.Contains(w.opts.Scopes, scope)
}

// mayCall reports whether the app has a scope that a method needs. The caller holds w.mu.
func (w *Workspace) mayCall(method string) bool {
	wanted := methodScopes[method]
	return len(wanted) == 0 || slices.ContainsFunc(wanted, w.has)
}

// setScopes sets the header with the token's scopes. The caller holds w.mu.
func (w *Workspace) setScopes(header http.Header) {
	if w.opts.Scopes != nil {
		header.Set("X-OAuth-Scopes", strings.Join(w.opts.Scopes, ","))
	}
}

// subscribed reports whether the app subscribes to an event. The caller holds w.mu.
func (w *Workspace) subscribed(event map[string]any) bool {
	if w.opts.Events == nil {
		return true
	}
	name, _ := event["type"].(string)
	if name == "message" {
		name = messageEvents[event["channel_type"].(string)]
	}
	return slices.Contains(w.opts.Events, name)
}

// messageEvents are the names that apps subscribe to messages by, for each
// type of channel in this workspace.
var messageEvents = map[string]string{
	publicKind: "message.channels", privateKind: "message.groups", directKind: "message.im", groupKind: "message.mpim",
}
