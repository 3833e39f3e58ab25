package event

import (
	"regexp"
	"slices"
	"testing"
)

// Redis keys and upgrades depend on these names.
func TestType(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		source string
		kind   Kind
		want   string
	}{
		{"slack", MessagePublic, "message_public"},
		{"slack", MessagePrivate, "message_private"},
		{"slack", WorkspaceJoin, "team_join"},
		{"slack", ChannelJoin, "channel_join"},
		{"slack", ChannelChange, "channel_change"},
		{"slack", Notification, "notification"},
		{"slack", Send, "send"},
		{"slack", Callback, "callback"},
		{"mattermost", MessagePublic, "mattermost_message_public"},
		{"sharkfin", Send, "sharkfin_send"},
		{"mattermost.second", ChannelJoin, "mattermost_second_channel_join"},
	} {
		if got := Type(test.source, test.kind); got != test.want {
			t.Errorf("Type(%q, %q) is %q, want %q", test.source, test.kind, got, test.want)
		}
	}
}

// Operators see these streams.
func TestTypes_OfSlack(t *testing.T) {
	t.Parallel()
	want := []string{"message_public", "message_private", "team_join", "channel_join", "channel_change", "send", "interaction", "reaction_added", "home_opened", "callback", "notification"}
	if got := Types(Slack); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestTypes_AreValidAndApart(t *testing.T) {
	t.Parallel()
	valid := regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	seen := map[string]bool{}
	for _, source := range []string{"slack", "mattermost", "botx", "sharkfin", "mattermost.second"} {
		for _, eventType := range Types(source) {
			if seen[eventType] || !valid.MatchString(eventType) {
				t.Errorf("%s: event type %q is invalid or another's", source, eventType)
			}
			seen[eventType] = true
		}
	}
	if slices.Contains(Types("mattermost"), "mattermost_notification") {
		t.Error("Mattermost has notifications, which only earlier releases queued")
	}
	if got := Types("slack", Send); len(got) != 1 || got[0] != "send" {
		t.Errorf("the type of one kind: %q", got)
	}
}

func TestKindOf_InvertsType(t *testing.T) {
	t.Parallel()
	for _, source := range []string{"slack", "mattermost", "mattermost.second"} {
		for _, kind := range Kinds() {
			if got, ok := KindOf(source, Type(source, kind)); !ok || got != kind {
				t.Errorf("KindOf(%q, %q) is %q, %v", source, Type(source, kind), got, ok)
			}
		}
	}
	for _, other := range []string{"", "message", "mattermost_message_public"} {
		if got, ok := KindOf("slack", other); ok {
			t.Errorf("%q of Slack is %q", other, got)
		}
	}
}

func TestParseTarget(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Target{
		"golang-news":               {"slack", "golang-news"},
		"#golang-news":              {"slack", "golang-news"},
		"slack:golang-news":         {"slack", "golang-news"},
		"C061EG9T2":                 {"slack", "C061EG9T2"},
		"mattermost:town-square":    {"mattermost", "town-square"},
		"mattermost:#town-square":   {"mattermost", "town-square"},
		"mattermost.second:general": {"mattermost.second", "general"},
	} {
		got, err := ParseTarget(text)
		if err != nil || got != want {
			t.Errorf("%q: %+v, %v; want %+v", text, got, err, want)
		}
		if again, err := ParseTarget(got.String()); err != nil || again != want {
			t.Errorf("%q, printed as %q and read again: %+v, %v", text, got, again, err)
		}
	}
	for _, text := range []string{"", "#", ":", "slack:", ":general", "Slack:general", "a b", "slack:a b", "slack:a:b", "my-slack:general"} {
		if got, err := ParseTarget(text); err == nil {
			t.Errorf("%q is read as %+v, want an error", text, got)
		}
	}
}
