package markdown_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/gobridge/gopherbot/handler/markup"
	"github.com/gobridge/gopherbot/internal/markdown"
	slacktext "github.com/gobridge/gopherbot/internal/slack/text"
)

// TestParse compares what Slack would show, which is easier to read than nodes.
func TestParse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, text, want string }{
		{"empty", "", ""},
		{"text", "hello there", "hello there"},
		{"lines", "a\nb\r\n\nc", "a\nb\n\nc"},
		{"marks", "**bold** __bold__ *it* _it_ ~~gone~~", "*bold* *bold* _it_ _it_ ~gone~"},
		{"marks within marks", "**a *b* c**", "*a _b_ c*"},
		{"a mark over two lines", "**a\nb**", "*a*\n*b*"},
		{"no marks", `snake_case 2 * 3 \*a\*`, "snake_case 2 * 3 *a*"},
		{"code", "`a *b* <c>` ``x`y``", "`a *b* &lt;c&gt;` `xˋy`"},
		{"a fence", "a\n```go\nx := <-c\n\n```\nb", "a\n```\nx := &lt;-c\n\n```\nb"},
		{"a fence that never ends", "```\nx", "```\nx\n```"},
		{"links", `[Go](https://go.dev/?a=1&b=2 "title") <https://go.dev>`, "<https://go.dev/?a=1&amp;b=2|Go> <https://go.dev>"},
		{"an image", "![graph](https://example.com/g.png)", "<https://example.com/g.png|graph>"},
		{"a link that no platform follows", "[x](javascript:alert) [y](relative)", "x (javascript:alert) y (relative)"},
		{"brackets", "[x] [y][z]", "[x] [y][z]"},
		{"a list", "- a\n- b\n  more\n* c", "• a\n• b\nmore\n• c"},
		{"a list within a list", "- a\n  - b\n- c", "• a\n    • b\n• c"},
		{"numbers", "3. a\n4. b", "3. a\n4. b"},
		{"a quote", "> a\n> b\n\nc", "> a\n> b\n\nc"},
		{"an item in a quote", "> - a", "> • a"},
		{"an empty item", "-\n- b", "• \n• b"},
		{"entities", "&lt;b&gt; &amp; &#42;", "&lt;b&gt; &amp; *"},
		{"not of the part", "# Title\n\n---\n\n<b>x</b>\n\n| a | b |\n|---|---|", "# Title\n\n---\n\n&lt;b&gt;x&lt;/b&gt;\n\n| a | b |\n|---|---|"},
		{"what Slack would act on", "<!channel> <@U1> <#C1>", "&lt;!channel&gt; &lt;@U1&gt; &lt;#C1&gt;"},
		{"too deep", strings.Repeat("> ", 20) + "x", strings.Repeat("&gt; ", 20) + "x"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := slacktext.Mrkdwn(markdown.Parse(test.text)); got != test.want {
				t.Errorf("%q is\n%q, want\n%q", test.text, got, test.want)
			}
		})
	}
}

// FuzzParse reads any text: it ends soon, keeps the text valid, and makes nothing that
// notifies somebody.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"**a** [b](https://c) `d`", "- a\n  1. b\n> c\n```\nd", "<!here> @all <@U1>", strings.Repeat("> ", 300), strings.Repeat("[", 500), strings.Repeat("*a_", 500), "\x00\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		if len(source) > 16<<10 {
			return
		}
		start := time.Now()
		doc := markdown.Parse(source)
		if took := time.Since(start); took > 5*time.Second {
			t.Fatalf("took %v", took)
		}
		for n := range doc.Nodes() {
			if n.Kind == markup.Mention || n.Kind == markup.Channel || n.Kind == markup.Emoji {
				t.Fatalf("%q became %+v", source, n)
			}
		}
		out := slacktext.Mrkdwn(doc)
		if strings.Contains(out, "<!") || strings.Contains(out, "<@") {
			t.Fatalf("%q became %q", source, out)
		}
		if utf8.ValidString(source) && !utf8.ValidString(out) {
			t.Fatalf("%q became %q", source, out)
		}
	})
}
