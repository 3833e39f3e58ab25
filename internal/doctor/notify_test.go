package doctor

import (
	"errors"
	"testing"

	"github.com/gobridge/gopherbot/internal/notifyconfig"
)

// TestNotify looks for one finding of each configuration.
func TestNotify(t *testing.T) {
	t.Parallel()
	keys := []notifyconfig.Key{{Name: "ci"}, {Name: "ci"}, {Name: "prom", Endpoints: []notifyconfig.Endpoint{notifyconfig.Alertmanager}}}
	chats := map[string]notifyconfig.Chat{"a": {ID: "C1"}, "b": {ID: "C2"}}
	withDefault := map[string]notifyconfig.Chat{"a": {ID: "C1"}, "": {ID: "C2", Default: true}}
	webhook := &notifyconfig.Webhook{}
	exec := func(program string) notifyconfig.Rule {
		return notifyconfig.Rule{Name: "log", Events: []string{"message"}, Handler: "exec", Exec: &notifyconfig.Exec{Command: []string{program, "-c", "x"}}}
	}
	hook := notifyconfig.Rule{Name: "hook", Events: []string{"*"}, Handler: "webhook", Webhook: &notifyconfig.CallbackWebhook{URL: "https://x.example/"}}
	signed := hook
	signed.Webhook = &notifyconfig.CallbackWebhook{URL: "https://x.example/", Secret: notifyconfig.Secret("x")}
	for _, test := range []struct {
		name    string
		c       notifyconfig.Config
		environ []string
		check   string
		want    Status
		says    string
	}{
		{"off", notifyconfig.Config{}, nil, "notification API", OK, "off: there are no keys, so the API does not exist"},
		{"no keys", notifyconfig.Config{Chats: chats}, nil, "notification API", Warning, "there are no keys, so the API does not exist, though"},
		{"on", notifyconfig.Config{BasePath: "/api/v1", Keys: keys, Grafana: webhook, Chats: withDefault}, nil, "notification API", OK, "at /api/v1 for the keys ci, prom, with the webhook grafana"},
		{"both", notifyconfig.Config{Keys: keys, Grafana: webhook, Alertmanager: webhook}, nil, "notification API", OK, "with the webhooks alertmanager and grafana"},
		{"no chat", notifyconfig.Config{Keys: keys, Alertmanager: webhook, Chats: chats}, nil, "notification API alertmanager", Warning, "no chat is configured for it"},
		{"a key for nothing", notifyconfig.Config{Keys: keys}, nil, "notification API key prom", Warning, "it may call alertmanager, which is not served"},
		{"a template", notifyconfig.Config{Alertmanager: &notifyconfig.Webhook{Template: "{{ .Status }}", TemplateName: "am.tmpl"}}, nil, "notification API alertmanager template", OK, "am.tmpl, 13 bytes"},
		{"a broken template", notifyconfig.Config{Grafana: &notifyconfig.Webhook{Template: "{{ .Status", TemplateName: "g.tmpl"}}, nil, "notification API grafana template", Failure, "g.tmpl"},
		{"a program", notifyconfig.Config{Rules: []notifyconfig.Rule{exec("sh")}}, nil, "callback rule log", OK, "message runs sh"},
		{"no program", notifyconfig.Config{Rules: []notifyconfig.Rule{exec("bash")}}, nil, "callback rule log", Warning, "there is no program bash"},
		{"unsigned", notifyconfig.Config{Rules: []notifyconfig.Rule{hook}}, nil, "callback rule hook", Warning, "not signed"},
		{"signed", notifyconfig.Config{Rules: []notifyconfig.Rule{signed}}, nil, "callback rule hook", OK, "handler webhook"},
		{"express-botx", notifyconfig.Config{}, []string{"EXPRESS_BOTX_SERVER_API_KEY=hunter2"}, "variable EXPRESS_BOTX_SERVER_API_KEY", Warning, "not read"},
		{"another of express-botx", notifyconfig.Config{}, []string{"EXPRESS_BOTX_CACHE_TTL=1"}, "variable EXPRESS_BOTX_CACHE_TTL", Warning, "not read"},
	} {
		found := false
		for _, f := range Notify(Notifications{Config: test.c, Environ: test.environ, LookPath: func(program string) (string, error) {
			if program == "sh" {
				return "/bin/sh", nil
			}
			return "", errors.New("not found")
		}}) {
			if f.Check == test.check {
				found = true
				check(t, test.name, f, test.want, test.says)
			}
		}
		if !found {
			t.Errorf("%s: no finding %q", test.name, test.check)
		}
	}
	for _, c := range []notifyconfig.Config{
		{Keys: keys[:1], Alertmanager: webhook, Chats: withDefault},
		{Keys: keys[:1], Alertmanager: &notifyconfig.Webhook{DefaultChat: "a"}},
		{Keys: keys[:1], Alertmanager: webhook, Chats: map[string]notifyconfig.Chat{"only": {ID: "C1"}}},
	} {
		if list := Notify(Notifications{Config: c, Environ: []string{"PATH=/bin"}}); len(list) != 1 || list[0].Status != OK {
			t.Errorf("%+v: %+v", c, list)
		}
	}
}
