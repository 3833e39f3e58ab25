package slack_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	slackgo "github.com/slack-go/slack"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/consumer/slack"
	busevent "github.com/gobridge/gopherbot/internal/event"
)

// FuzzCompose writes any text in each format: nothing in it notifies anybody, and every message
// is within Slack's limit.
func FuzzCompose(f *testing.F) {
	for _, seed := range []string{
		"hello", "<!channel> <@U1> <!subteam^S1|@x> <!date^1^{date}|<!here>>", "@mention[all] @mention[huid:U1] \ue000", "**a** `b`\n```\nc", strings.Repeat("&<>", 4000),
		strings.Repeat("word ", 3000), "\xff\x00", "<https://x|<!here>>", "*a <@U1> b*",
	} {
		for format := range 5 {
			f.Add(seed, uint8(format), format%2 == 0)
		}
	}
	p := slack.New(slack.Options{})
	f.Fuzz(func(t *testing.T, text string, format uint8, parse bool) {
		if text == "" || len(text) > 16<<10 || strings.Contains(text, "@mention[email:") {
			return
		}
		formats := []busevent.Format{busevent.Plain, busevent.Markdown, busevent.Native, busevent.Markup, ""}
		m := busevent.Message{Origin: busevent.Announcement, Bot: "slack", Chat: busevent.Chat{ID: "C1"}, Text: text, Format: formats[int(format)%len(formats)], Parse: parse}
		c, err := p.Compose(t.Context(), consumer.Notice{Message: m}, "")
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Parts) > 5 || len(c.Files) > 1 {
			t.Fatalf("%d messages and %d files", len(c.Parts), len(c.Files))
		}
		for _, part := range c.Parts {
			if n := utf8.RuneCountInString(part.Text); n > 4000 {
				t.Fatalf("a message of %d characters", n)
			}
			mentioned := strings.Contains(part.Text, "<@") && !(parse && strings.Contains(text, "@mention[huid:"))
			if strings.Contains(part.Text, "<!") || mentioned {
				t.Fatalf("%q became %q", text, part.Text)
			}
		}
	})
}

func TestPlatform_Explain(t *testing.T) {
	t.Parallel()
	p := slack.New(slack.Options{})
	for _, test := range []struct {
		err          error
		code, advice string
	}{
		{slackgo.SlackErrorResponse{Err: "not_in_channel"}, "not_in_channel", "invite the bot"},
		{slackgo.SlackErrorResponse{Err: "channel_not_found"}, "channel_not_found", "invite the bot"},
		{slackgo.SlackErrorResponse{Err: "missing_scope"}, "missing_scope", "files:write"},
		{slackgo.SlackErrorResponse{Err: "token_revoked"}, "token_revoked", "token"},
		{slackgo.SlackErrorResponse{Err: "ratelimited"}, "rate_limited", ""},
		{&slackgo.RateLimitedError{}, "rate_limited", ""},
		{slackgo.SlackErrorResponse{Err: "new_one"}, "new_one", ""},
		{slackgo.StatusCodeError{Code: 500}, "", ""},
	} {
		if code, advice := p.Explain(test.err); code != test.code || !strings.Contains(advice, test.advice) {
			t.Errorf("%v: %q, %q; want %q, %q", test.err, code, advice, test.code, test.advice)
		}
	}
}
