package manifest_test

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/event"
	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
	"github.com/gobridge/gopherbot/internal/slack/manifest"
)

func TestManifest_LeastScopes(t *testing.T) {
	t.Parallel()
	react := slackapi.Need{Method: "reactions.add", Scope: "reactions:write"}
	for _, test := range []struct {
		name           string
		types          []string
		needs          []slackapi.Need
		events, scopes []string
	}{
		{"nothing", nil, []slackapi.Need{{Method: "auth.test"}}, nil, nil},
		{"a welcome to the workspace", []string{event.Type(event.Slack, event.WorkspaceJoin)}, nil, []string{"team_join", "app_uninstalled", "tokens_revoked"}, []string{"users:read"}},
		{"messages", []string{event.Type(event.Slack, event.MessagePublic), event.Type(event.Slack, event.MessagePrivate)}, []slackapi.Need{react, react},
			[]string{"message.channels", "message.groups", "message.im", "message.mpim", "app_uninstalled", "tokens_revoked"},
			[]string{"channels:history", "groups:history", "im:history", "mpim:history", "reactions:write"}},
		{"what no platform sends", []string{event.Type(event.Slack, event.Notification)}, nil, nil, nil},
	} {
		m := manifest.New(manifest.App{Name: "bot", Types: test.types, Needs: test.needs})
		if !slices.Equal(m.Events(), test.events) || !slices.Equal(m.Scopes(), test.scopes) {
			t.Errorf("%s: events %q and scopes %q, want %q and %q", test.name, m.Events(), m.Scopes(), test.events, test.scopes)
		}
	}
}

func TestManifest_ExplainsScopes(t *testing.T) {
	t.Parallel()
	m := manifest.New(manifest.App{Name: "bot", Types: []string{event.Type(event.Slack, event.ChannelJoin)}, Needs: []slackapi.Need{
		{Method: "conversations.list", Scope: "channels:read"}, {Method: "conversations.list", Scope: "channels:read"},
	}})
	if why := m.Why("channels:read"); !slices.Equal(why, []string{"member_joined_channel", "conversations.list"}) {
		t.Errorf("%q", why)
	}
	if file := string(m.YAML()); !strings.Contains(file, "- channels:read # member_joined_channel, conversations.list\n") {
		t.Error(file)
	}
}

// A gateway with an address gets requests; without one Slack uses Socket Mode.
func TestManifest_OfControls(t *testing.T) {
	t.Parallel()
	nothing := func(context.Context, handler.Interaction, handler.Responder) error { return nil }
	registry, err := handler.NewRegistry(
		handler.Help{Trigger: "help", Help: "explains", Home: true},
		handler.SlashCommand{Command: "weather", Help: "shows the weather", Usage: "[city]", Run: nothing},
		handler.Shortcut{ID: "look-up", Title: "Look up", Help: "explains a term", Run: nothing},
		handler.Shortcut{ID: "share", Title: "Share", Help: "shares a message", OnMessage: true, Run: nothing},
	)
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]string{
		"": `{"app_home":{"home_tab_enabled":true,"messages_tab_enabled":true,"messages_tab_read_only_enabled":false},` +
			`"bot_user":{"display_name":"bot","always_online":true},` +
			`"shortcuts":[{"name":"Look up","type":"global","callback_id":"look-up","description":"explains a term"},` +
			`{"name":"Share","type":"message","callback_id":"share","description":"shares a message"}],` +
			`"slash_commands":[{"command":"/weather","description":"shows the weather","usage_hint":"[city]","should_escape":true}]}` +
			`{"event_subscriptions":{"bot_events":null},"interactivity":{"is_enabled":true},"org_deploy_enabled":false,"socket_mode_enabled":true,"token_rotation_enabled":false}`,
		"https://bot.example": `{"app_home":{"home_tab_enabled":true,"messages_tab_enabled":true,"messages_tab_read_only_enabled":false},` +
			`"bot_user":{"display_name":"bot","always_online":true},` +
			`"shortcuts":[{"name":"Look up","type":"global","callback_id":"look-up","description":"explains a term"},` +
			`{"name":"Share","type":"message","callback_id":"share","description":"shares a message"}],` +
			`"slash_commands":[{"command":"/weather","url":"https://bot.example/slack/command","description":"shows the weather","usage_hint":"[city]","should_escape":true}]}` +
			`{"event_subscriptions":{"request_url":"https://bot.example/slack/event","bot_events":null},"interactivity":{"is_enabled":true,` +
			`"request_url":"https://bot.example/slack/interactive","message_menu_options_url":"https://bot.example/slack/interactive"},` +
			`"org_deploy_enabled":false,"socket_mode_enabled":false,"token_rotation_enabled":false}`,
	} {
		m := manifest.New(manifest.App{Name: "bot", Address: address, Infos: registry.Infos()})
		features, err := json.Marshal(m.Features)
		if err != nil {
			t.Fatal(err)
		}
		settings, err := json.Marshal(m.Settings)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(features) + string(settings); got != want {
			t.Errorf("at %q:\n%s\nwant\n%s", address, got, want)
		}
		if why := m.Why("commands"); !slices.Equal(m.Scopes(), []string{"commands"}) ||
			!slices.Equal(why, []string{"/weather", `shortcut "look-up"`, `shortcut "share"`}) {
			t.Errorf("the scopes are %q, the reasons %q", m.Scopes(), why)
		}
	}
}

// TestManifest_FormsAgree reads both written forms back.
func TestManifest_FormsAgree(t *testing.T) {
	t.Parallel()
	m := manifest.New(manifest.App{Name: "bot: the #1", Address: "https://bot.example.org", Types: []string{event.Type(event.Slack, event.WorkspaceJoin)}})
	asJSON, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	address, err := url.Parse(m.Link())
	if err != nil || address.Host != "api.slack.com" || address.Query().Get("new_app") != "1" {
		t.Fatalf("%s (%v)", m.Link(), err)
	}
	want := parsed(t, json.Unmarshal, string(asJSON))
	for form, got := range map[string]string{
		"the link": parsed(t, json.Unmarshal, address.Query().Get("manifest_json")),
		"YAML":     parsed(t, func(b []byte, v any) error { return yaml.Load(b, v) }, string(m.YAML())),
	} {
		if got != want {
			t.Errorf("%s says %s, want %s", form, got, want)
		}
	}
	if !strings.Contains(want, `"request_url":"https://bot.example.org/slack/event"`) || !strings.Contains(want, `"name":"bot: the #1"`) {
		t.Error(want)
	}
}

// parsed returns what a text says, with its keys in order.
func parsed(t *testing.T, read func([]byte, any) error, text string) string {
	t.Helper()
	var v map[string]any
	if err := read([]byte(text), &v); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
