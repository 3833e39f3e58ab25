package markup_test

import (
	"bytes"
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"

	"github.com/gobridge/gopherbot/consumer/gophers"
	"github.com/gobridge/gopherbot/glossary/terms"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/handlertest"
	"github.com/gobridge/gopherbot/handler/markup"
)

func TestMarkdown(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, want string }{
		{"", ""},
		{"*a* _b_ ~c~ `d` :e: #f <@U1> <@U1|ada> <#C1>", "**a** _b_ ~~c~~ `d` :e: #f @U1 @ada #C1"},
		{"*a _b ~c~_*", "**a _b ~~c~~_**"},
		// Lines.
		{"a\nb\n\nc", "a  \nb\n\nc"},
		{"a\n• b\n• *c*\nd", "a\n- b\n- **c**\n\nd"},
		{"> a\n> b\nc\n> d", "> a  \n> b\n\nc\n> d"},
		{"> • a\n> • b\n> c\n• d\n> e", "> - a\n> - b\n>\n> c\n\n- d\n\n> e"},
		{"• a\n\n• b", "- a\n\n- b"},
		// Code.
		{"```go\na\n\n  b\n```\nc", "```go\na\n\n  b\n```\nc"},
		{"a\n```\nb\n```", "a\n```\nb\n```"},
		{"a ```b``` c", "a \n```\nb\n```\nc"},
		{"• a ```b\nc```", "- a \n  ```\n  b\n  c\n  ```"},
		{"> ```a\nb```\n> c", "> ```\n> a\n> b\n> ```\n> c"},
		{"```\n&#96;&#96;&#96;\n```", "````\n```\n````"},
		{"`&#96;` `a&#96;&#96;b` ` a ` ` `", "`` ` `` ```a``b``` `  a  ` ` `"},
		{"`<a> & *b*`", "`<a> & *b*`"},
		// Links.
		{"<https://go.dev/?a=1&amp;b=2|the *site*> <https://go.dev/_a_>", `[the \*site\*](https://go.dev/?a=1&amp;b=2) <https://go.dev/_a_>`},
		{"<https://x/(a)|[b]> <https://x/a|https://x/a> <mailto:a@b.c>", `[\[b\]](https://x/%28a%29) <https://x/a> <mailto:a@b.c>`},
		{"<https://x/&lt;a&gt;&#96;|b>", "[b](https://x/%3Ca%3E%60)"},
		{"see https://x/_a_/*b*, (http://y/@z)", "see <https://x/_a_/*b>\\*, (<http://y/@z>)"},
		// Text.
		{"# a\n## b\n- c\n+ d\n1. e\n12) f\n==\n:-\n&gt; g\n~~~\n    h", "\\# a  \n\\## b  \n\\- c  \n\\+ d  \n1\\. e  \n12\\) f  \n&#61;=  \n&#58;-  \n\\> g  \n\\~\\~\\~  \nh"},
		{"snake_case _a 2 * 3 [b](c) a|b !", `snake_case \_a 2 \* 3 \[b\](c) a\|b !`},
		{"a &#126;b&#126;&#126;c ~d &#126;(&#126;", `a ~b\~\~c ~d ~(\~`},
		{"&amp;lt; &amp; &lt;a&gt; 1 &lt; 2 C:\\d \\* \\", "&amp;lt; & &lt;a> 1 < 2 C:\\d \\\\\\* \\\\"},
		{"www.a_.b", `www\.a\_.b`},
		{"@all @channel, (@ada) a@b.c @", "@\u200ball @\u200bchannel, (@\u200bada) a@b.c @\u200b"},
		{"!<https://x|a>! ![a](b)", "!\u200b[a](https://x)! !\\[a\\](b)"},
	} {
		if got := markup.Markdown(markup.Parse(test.text)); got != test.want {
			t.Errorf("%q:\n got %q\nwant %q", test.text, got, test.want)
		}
	}
}

func TestMarkdown_MadeDocs(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		node markup.Node
		want string
	}{
		{markup.Node{Kind: markup.Text, Text: "a\n# b"}, "a # b"},
		{markup.Node{Kind: markup.Link, Target: "javascript:x", Text: "a"}, "a (javascript:x)"},
		{markup.Node{Kind: markup.Mention, Target: "all"}, "@\u200ball"},
		{markup.Node{Kind: markup.Mention, Target: "U1", Text: "a](b"}, `@a\](b`},
		{markup.Node{Kind: markup.Emoji, Text: "a*b*"}, `:a\*b\*:`},
		{markup.Node{Kind: markup.Code, Text: "a\nb"}, "`a b`"},
		{markup.Node{Kind: markup.Code}, ""},
		{markup.Node{Kind: markup.CodeBlock, Lang: "a\n```", Text: "b"}, "```\nb\n```"},
	} {
		if got := markup.Markdown(markup.Doc{{Nodes: []markup.Node{test.node}}}); got != test.want {
			t.Errorf("%+v: %q, want %q", test.node, got, test.want)
		}
	}
}

// reader reads Markdown as GitHub does.
var reader = goldmark.New(goldmark.WithExtensions(extension.GFM))

var (
	tag  = regexp.MustCompile(`<[^>]*>`)
	href = regexp.MustCompile(`href="([^"]*)"`)
)

// read returns the visible characters of Markdown, without spaces, and the addresses of
// its links.
func read(t *testing.T, markdown string) (seen string, addresses []string) {
	t.Helper()
	var out bytes.Buffer
	if err := reader.Convert([]byte(markdown), &out); err != nil {
		t.Fatal(err)
	}
	for _, hit := range href.FindAllStringSubmatch(out.String(), -1) {
		addresses = append(addresses, html.UnescapeString(hit[1]))
	}
	return squeeze(html.UnescapeString(tag.ReplaceAllString(out.String(), ""))), addresses
}

// squeeze returns text without spaces and zero-width spaces.
func squeeze(text string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(text, "\u200b", "")), "")
}

// shown returns the characters of a Doc that people are to see, without spaces.
func shown(d markup.Doc) string {
	var b strings.Builder
	for n := range d.Nodes() {
		text := n.Text
		switch n.Kind {
		case markup.Channel:
			text = "#" + text
		case markup.Emoji:
			text = ":" + text + ":"
		case markup.Link:
			if text == "" {
				text = n.Target
			}
		}
		b.WriteString(text)
	}
	return squeeze(b.String())
}

// TestMarkdown_ShowsContent has a Markdown library that is not ours read the
// bot's texts, and compares the text and the links.
func TestMarkdown_ShowsContent(t *testing.T) {
	t.Parallel()
	registry, err := gophers.Registry(gophers.Deps{})
	if err != nil {
		t.Fatal(err)
	}
	words, err := terms.Go()
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, e := range registry.Infos() {
		texts = append(texts, e.Help)
		if e.Kind == handler.CommandInfo {
			for _, reply := range handlertest.Say(t, registry, e.Trigger).Replies {
				texts = append(texts, reply.Text)
			}
		}
	}
	for _, term := range words.Terms() {
		texts = append(texts, markup.EscapeReferences(term.Text))
	}
	if len(texts) < 400 {
		t.Fatalf("only %d texts", len(texts))
	}
	for _, text := range texts {
		d := markup.Parse(text)
		markdown := markup.Markdown(d)
		seen, addresses := read(t, markdown)
		if want := shown(d); seen != want {
			t.Errorf("%s\nreads as\n%s\nwant\n%s", markdown, seen, want)
		}
		var want []string
		for n := range d.Nodes() {
			if n.Kind == markup.Link {
				want = append(want, n.Target)
			}
		}
		if got := strings.Join(addresses, "\n"); got != strings.Join(want, "\n") {
			t.Errorf("%s\nlinks %q, want %q", markdown, addresses, want)
		}
	}
}

// FuzzMarkdown looks for a text from people of which a Markdown library that is not
// ours shows something else.
func FuzzMarkdown(f *testing.F) {
	for _, text := range []string{
		"a\nb\n\nc", "#~a~ # a\n> b\n- c\n1. d\n---\n===\n***", "[a](b) ![c](d) [e]: f\n[g][h]", "<b> <!-- c --> <?d?> <https://e>", "`a` ```b\n~~~",
		"_a_ *b* **c** ~d~ ~~e~~ a_b_c", "a | b\n--|--\nc | d", "\ta\n    b", "&lt; &#42; &copy", "\\* \\\\ \\", "https://x/_a_(b)*c* www.a.b a@b.c @all", "- [ ] a",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, r := range text {
			if r < ' ' && r != '\n' && r != '\t' || r == 0x7f || r == '\ufffd' {
				return // CommonMark replaces some of them
			}
		}
		if strings.Contains(strings.ToLower(text), "ftp:") {
			return // readers link it, escapes and all
		}
		d := markup.Parse(markup.Escape(text))
		markdown := markup.Markdown(d)
		if seen, _ := read(t, markdown); seen != shown(d) {
			t.Errorf("%q is\n%q, which reads as\n%q, want\n%q", text, markdown, seen, shown(d))
		}
	})
}
