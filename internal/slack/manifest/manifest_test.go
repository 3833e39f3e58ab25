package manifest_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

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
		{"a welcome to the workspace", []string{event.Type(event.Slack, event.WorkspaceJoin)}, nil, []string{"team_join"}, []string{"users:read"}},
		{"messages", []string{event.Type(event.Slack, event.MessagePublic), event.Type(event.Slack, event.MessagePrivate)}, []slackapi.Need{react, react},
			[]string{"message.channels", "message.groups", "message.im", "message.mpim"},
			[]string{"channels:history", "groups:history", "im:history", "mpim:history", "reactions:write"}},
		{"what no platform sends", []string{event.Type(event.Slack, event.Notification)}, nil, nil, nil},
	} {
		m := manifest.New("bot", manifest.Placeholder, test.types, test.needs)
		if !slices.Equal(m.Events(), test.events) || !slices.Equal(m.Scopes(), test.scopes) {
			t.Errorf("%s: events %q and scopes %q, want %q and %q", test.name, m.Events(), m.Scopes(), test.events, test.scopes)
		}
	}
}

func TestManifest_ExplainsScopes(t *testing.T) {
	t.Parallel()
	m := manifest.New("bot", manifest.Placeholder, []string{event.Type(event.Slack, event.ChannelJoin)}, []slackapi.Need{
		{Method: "conversations.list", Scope: "channels:read"}, {Method: "conversations.list", Scope: "channels:read"},
	})
	if why := m.Why("channels:read"); !slices.Equal(why, []string{"member_joined_channel", "conversations.list"}) {
		t.Errorf("%q", why)
	}
	if file := string(m.YAML()); !strings.Contains(file, "- channels:read # member_joined_channel, conversations.list\n") {
		t.Error(file)
	}
}

// TestManifest_FormsAgree reads both written forms back.
func TestManifest_FormsAgree(t *testing.T) {
	t.Parallel()
	m := manifest.New("bot: the #1", "https://bot.example.org", []string{event.Type(event.Slack, event.WorkspaceJoin)}, nil)
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
