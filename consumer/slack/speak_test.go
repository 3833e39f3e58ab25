package slack_test

import (
	"testing"

	"github.com/gobridge/gopherbot/consumer/slack"
	busevent "github.com/gobridge/gopherbot/internal/event"
)

func TestParsePlace(t *testing.T) {
	t.Parallel()
	for named, want := range map[string]struct {
		place slack.Place
		text  string // of the audit, which has no address
	}{
		"general":         {slack.Place{Chat: busevent.Chat{Name: "general"}}, "general"},
		"#general":        {slack.Place{Chat: busevent.Chat{Name: "general"}}, "general"},
		"C012ABCDEF0":     {slack.Place{Chat: busevent.Chat{ID: "C012ABCDEF0"}}, "C012ABCDEF0"},
		"U012ABCDEF0":     {slack.Place{Chat: busevent.Chat{ID: "U012ABCDEF0"}}, "U012ABCDEF0"},
		"ada@example.com": {slack.Place{Chat: busevent.Chat{Email: "ada@example.com"}}, "a…@example.com"},
		"@example.com":    {slack.Place{Chat: busevent.Chat{Email: "example.com"}}, "e…@"},
		"https://example.slack.com/archives/C012ABCDEF0/p1700000000000100": {
			slack.Place{Chat: busevent.Chat{ID: "C012ABCDEF0"}, Thread: "1700000000.000100"}, "the thread 1700000000.000100 of C012ABCDEF0",
		},
	} {
		got, err := slack.ParsePlace(named)
		if err != nil || got != want.place || got.String() != want.text {
			t.Errorf("%s: %+v, %s (%v)", named, got, got, err)
		}
	}
	for _, named := range []string{"", "#", "https://example.com/"} {
		if got, err := slack.ParsePlace(named); err == nil {
			t.Errorf("%q is %+v", named, got)
		}
	}
}
