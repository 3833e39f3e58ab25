package app

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/gobridge/gopherbot/internal/doctor"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/notifyconfig"
)

// maySend reports whether a key may post any text and files.
func maySend(c notifyconfig.Config) bool {
	return slices.ContainsFunc(c.Keys, func(k notifyconfig.Key) bool {
		return len(k.Endpoints) == 0 || slices.Contains(k.Endpoints, notifyconfig.Send)
	})
}

// notifies returns the channels of Slack in which the notification API is configured to
// post. One may have several aliases.
func (e env) notifies() []doctor.Channel {
	if len(e.notify.Keys) == 0 {
		return nil
	}
	var list []doctor.Channel
	add := func(chat notifyconfig.Chat, does string) {
		name := strings.TrimPrefix(chat.ID, "#")
		// A conversation with one person has an id that begins with D.
		if cmp.Or(chat.Bot, event.Slack) == event.Slack && !strings.HasPrefix(name, "D") {
			list = append(list, doctor.Channel{Name: name, Does: does, Files: maySend(e.notify)})
		}
	}
	for _, alias := range slices.Sorted(maps.Keys(e.notify.Chats)) {
		add(e.notify.Chats[alias], "posts notifications ("+cmp.Or(alias, "GOPHER_NOTIFY_CHAT")+")")
	}
	for name, w := range map[string]*notifyconfig.Webhook{"alertmanager": e.notify.Alertmanager, "grafana": e.notify.Grafana} {
		if w == nil || w.DefaultChat == "" {
			continue
		}
		if _, isAlias := e.notify.Chats[w.DefaultChat]; !isAlias {
			add(notifyconfig.Chat{ID: strings.TrimPrefix(w.DefaultChat, event.Slack+":")}, "posts alerts (server."+name+".default_chat_id)")
		}
	}
	slices.SortStableFunc(list, func(a, b doctor.Channel) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Does, b.Does)) })
	return list
}

// optionalScopes returns the scopes that only the notification API needs, with what does not
// work without one, "" if it is not used.
func (e env) optionalScopes() map[string]string {
	scopes := map[string]string{"files:write": "", "users:read.email": ""}
	if maySend(e.notify) {
		scopes["files:write"] = "files, and texts that take more than five messages"
	}
	mentions := func(w *notifyconfig.Webhook) bool { return w != nil && w.Mentions }
	direct := func(k notifyconfig.Key) bool { return k.Direct }
	if slices.ContainsFunc(e.notify.Keys, direct) || mentions(e.notify.Alertmanager) || mentions(e.notify.Grafana) {
		scopes["users:read.email"] = "direct messages to and mentions of e-mail addresses"
	}
	return scopes
}
