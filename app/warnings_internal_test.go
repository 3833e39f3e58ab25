package app

import (
	"slices"
	"testing"

	"github.com/gobridge/gopherbot/consumer/gophers"
)

// TestWarnings_NotificationDocument warns of a variable that looks like ours only if the
// document of the notification API does not read it either.
func TestWarnings_NotificationDocument(t *testing.T) {
	t.Parallel()
	complete := []string{
		"ENV=development", "REDIS_URL=redis://localhost", "GOPHER_SLACK_APP_ID=A1", "GOPHER_SLACK_TEAM_ID=T1", "GOPHER_SLACK_BOT_ACCESS_TOKEN=xoxb-1",
		"GOPHER_SLACK_REQUEST_SECRET=0123456789abcdef0123456789abcdef", "GOPHER_CI_KEY=0123456789abcdefghijklmnopqrstuv",
	}
	const document = "GOPHER_NOTIFY_YAML={server: {api_keys: [{name: ci, key: env:GOPHER_CI_KEY}]}}"
	const warning = "GOPHER_CI_KEY is set, and no program of this release reads it: remove it"
	for _, test := range []struct {
		environ []string
		want    []string
	}{
		{complete, []string{warning}},
		{append(slices.Clone(complete), document), nil},
	} {
		if got := Warnings(gophers.Content, test.environ); !slices.Equal(got, test.want) {
			t.Errorf("%q: %q, want %q", test.environ, got, test.want)
		}
	}
}
