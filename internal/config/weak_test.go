package config_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/config"
)

func TestSecretWarnings(t *testing.T) {
	t.Parallel()
	const good, other = "6f1c0b9a7d3e5f2841c6a8b0d2e4f693", "A-token_with-32_or-more-characters"
	for _, test := range []struct {
		name string
		set  []string
		want []string // parts of the lines
	}{
		{"none", nil, nil},
		{"two of their own", []string{"GOPHER_OPS_TOKEN=" + good, "GOPHER_METRICS_TOKEN=" + other}, nil},
		{"a rotation to the same", []string{"GOPHER_OPS_TOKEN=" + good + "," + good}, nil},
		{"one for two purposes", []string{"GOPHER_OPS_TOKEN=" + good, "GOPHER_METRICS_TOKEN=" + other + "," + good}, []string{"GOPHER_METRICS_TOKEN and GOPHER_OPS_TOKEN have the same value"}},
		{"Slack's for another purpose", []string{"GOPHER_OPS_TOKEN=" + good, "GOPHER_SLACK_REQUEST_SECRET=" + good}, []string{"GOPHER_SLACK_REQUEST_SECRET and GOPHER_OPS_TOKEN have the same value"}},
		{"few characters", []string{"GOPHER_OPS_TOKEN=" + strings.Repeat("a", 40)}, []string{"GOPHER_OPS_TOKEN could be guessed"}},
		{"a word repeated", []string{"GOPHER_METRICS_TOKEN=" + strings.Repeat("changeme-", 4)}, []string{"GOPHER_METRICS_TOKEN could be guessed"}},
		{"Slack's is not ours to judge", []string{"GOPHER_SLACK_REQUEST_SECRET=" + strings.Repeat("ab", 16)}, nil},
	} {
		c, err := config.LoadNeeding(test.set)
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		var got []string
		for _, w := range c.SecretWarnings() {
			got = append(got, w.String())
		}
		if len(got) != len(test.want) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
			continue
		}
		for i, want := range test.want {
			if !strings.Contains(got[i], want) {
				t.Errorf("%s: %q, want %q", test.name, got[i], want)
			}
		}
		for _, line := range got {
			if slices.ContainsFunc(test.set, func(set string) bool { _, value, _ := strings.Cut(set, "="); return strings.Contains(line, value) }) {
				t.Errorf("%s: a secret is in %q", test.name, line)
			}
		}
	}
}

func TestUnknownVariables(t *testing.T) {
	t.Parallel()
	environ := []string{
		"GOPHER_FEED=x", "GOPHER_APP=a", "GOPHER_FEEDS_EVERY=1m", "GOPHER_OWN_THING=1", "GOPHER_XYZZY=1", "GOPHERS=1", "PATH=/bin", "GOPHER_SLACK_BOT_TOKEN=secret",
	}
	got := config.UnknownVariables(environ, []string{"GOPHER_OWN_THING"})
	want := []config.UnknownVariable{
		{Name: "GOPHER_FEED", Nearest: "GOPHER_FEEDS"}, {Name: "GOPHER_SLACK_BOT_TOKEN", Nearest: "GOPHER_SLACK_BOT_ACCESS_TOKEN"}, {Name: "GOPHER_XYZZY"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("unknown: %v, want %v", got, want)
	}
	for _, u := range got {
		if text := u.String(); !strings.Contains(text, u.Name) || !strings.Contains(text, u.Nearest) || strings.Contains(text, "secret") {
			t.Errorf("the warning of %s: %s", u.Name, text)
		}
	}
}
