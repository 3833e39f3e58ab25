package slack_test

import (
	"testing"

	"github.com/gobridge/gopherbot/consumer/slack"
)

func TestParseLink(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		link string
		want slack.Link
	}{
		{"https://example.slack.com/archives/C012ABCDEF0/p1700000000000100", slack.Link{Channel: "C012ABCDEF0", Message: "1700000000.000100", Thread: "1700000000.000100"}},
		{"https://example.slack.com/archives/C1/p1700000000000200?thread_ts=1700000000.000100&cid=C1", slack.Link{Channel: "C1", Message: "1700000000.000200", Thread: "1700000000.000100"}},
		{"https://example.slack.com/archives/D1/p1700000000000100", slack.Link{Channel: "D1", Message: "1700000000.000100", Thread: "1700000000.000100"}},
		{"https://example.slack.com/archives/C012ABCDEF0", slack.Link{}},
		{"https://example.slack.com/archives/general/p1700000000000100", slack.Link{}},
		{"https://example.slack.com/archives/C1/p17x0000000000100", slack.Link{}},
		{"https://example.slack.com/archives/C1/p000100", slack.Link{}},
		{"https://example.slack.com/archives/C1/p1700000000000100?thread_ts=x", slack.Link{}},
		{"https://example.slack.com/team/U1", slack.Link{}},
		{"ftp://example.slack.com/archives/C1/p1700000000000100", slack.Link{}},
		{"C012ABCDEF0", slack.Link{}},
	} {
		got, err := slack.ParseLink(test.link)
		if got != test.want || (err == nil) != (test.want != slack.Link{}) {
			t.Errorf("%s: %+v (%v), want %+v", test.link, got, err, test.want)
		}
	}
}
