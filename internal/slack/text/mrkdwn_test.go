package text_test

import (
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/handler/markup"
	slacktext "github.com/gobridge/gopherbot/internal/slack/text"
)

// directory has #newbies, does not know #later yet, and has no other channel.
func directory(name string) (id string, ok bool) {
	switch name {
	case "newbies":
		return "C1", true
	case "later":
		return "", true
	}
	return "", false
}

func TestMrkdwn(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, want string }{
		{"", ""},
		{"a\n\n*b* _c_ ~d~ `e`\n", "a\n\n*b* _c_ ~d~ `e`\n"},
		{"*a _b ~c~_*", "*a _b ~c~_*"},
		{"```\na\n\tb &lt;- c\n```", "```\na\n\tb &lt;- c\n```"},
		{"x ```a``` y", "x ```\na\n``` y"},
		{"```go\na\n```", "```\na\n```"},
		{"<https://go.dev/?a=1&amp;b=2|a &amp; b> <https://go.dev> <mailto:a@b.c>", "<https://go.dev/?a=1&amp;b=2|a &amp; b> <https://go.dev> <mailto:a@b.c>"},
		{"<https://x/&#124;&gt;> <https://x|>", "<https://x/%7C&gt;> <https://x>"},
		{"<@U1> <@W2|ada> <#C9> <#C9|name>", "<@U1> <@W2> <#C9> <#C9>"},
		{"<!channel> <!here|here> <!everyone> <!subteam^S1|@g> <!date^1^{date}|x>", "&lt;!channel&gt; &lt;!here|here&gt; &lt;!everyone&gt; &lt;!subteam^S1|@g&gt; &lt;!date^1^{date}|x&gt;"},
		{"<@here> <@channel> <javascript:x|y> a < b", "&lt;@here&gt; &lt;@channel&gt; &lt;javascript:x|y&gt; a &lt; b"},
		{"`<@U1> <!here> #newbies`", "`&lt;@U1&gt; &lt;!here&gt; #newbies`"},
		{"```\n<!here> &#96;&#96;&#96;&#96;\n```", "```\n&lt;!here&gt; ˋˋˋ`\n```"},
		{"a & b &amp;lt; &copy;", "a &amp; b &amp;lt; &amp;copy;"},
		{":tada: > • :+1:", ":tada: &gt; • :+1:"},
		{">a\n> • b\n• c\n&gt; d", "> a\n> • b\n• c\n&gt; d"},
		{"&#96;a `b` ```", "ˋa `b` ˋˋˋ"},
		{"`&#96;`", "`ˋ`"},
		{"C#newbies &#35;newbies #Newbies", "C#newbies #newbies #Newbies"},
		// Channels. A line that names one that does not exist is left out.
		{"#newbies", "<#C1>"},
		{"ask (#newbies, #newbies)", "ask (<#C1>, <#C1>)"},
		{"*#newbies* and #later", "*<#C1>* and #later"},
		{"a\nin #nowhere\nb", "a\nb"},
		{"#newbies or #nowhere\n", ""},
		{"a\n*#nowhere*", "a"},
		{"#nowhere", ""},
		{"> • #nowhere ```x```\n> a", "> a"},
		{"<https://go.dev/faq#nowhere> https://x/#nowhere <https://x|#nowhere> `#nowhere`", "<https://go.dev/faq#nowhere> https://x/#nowhere <https://x|#nowhere> `#nowhere`"},
		{markup.Escape("see #nowhere"), "see #nowhere"},
	} {
		if got := slacktext.Mrkdwn(markup.Parse(test.text).LinkChannels(directory)); got != test.want {
			t.Errorf("%q:\n got %q\nwant %q", test.text, got, test.want)
		}
	}
	if got := slacktext.Mrkdwn(markup.Parse("#nowhere")); got != "#nowhere" {
		t.Errorf("without a directory: %q", got)
	}
}

// TestMrkdwn_MadeDocs renders Docs that do not come from Parse: announcements are
// made of nodes. Nothing in a node becomes markup.
func TestMrkdwn_MadeDocs(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		node markup.Node
		want string
	}{
		{markup.Node{Kind: markup.Text, Text: "<!here>\n> a & `b`"}, "&lt;!here&gt; &gt; a &amp; ˋbˋ"},
		{markup.Node{Kind: markup.Link, Target: "https://x/<!here>|a", Text: "<b>\nc"}, "<https://x/&lt;!here&gt;%7Ca|&lt;b&gt; c>"},
		{markup.Node{Kind: markup.Link, Target: "https://x y", Text: "a"}, "a (https://x y)"},
		{markup.Node{Kind: markup.Link, Target: "javascript:x"}, "javascript:x"},
		{markup.Node{Kind: markup.Mention, Target: "channel"}, "@channel"},
		{markup.Node{Kind: markup.Mention, Target: "U1>", Text: "<!here>"}, "@&lt;!here&gt;"},
		{markup.Node{Kind: markup.Channel, Text: "a b>"}, "#a b&gt;"},
		{markup.Node{Kind: markup.Channel, Target: "C1>"}, "#C1&gt;"},
		{markup.Node{Kind: markup.Emoji, Text: "a: <!here>"}, ":a: &lt;!here&gt;:"},
		{markup.Node{Kind: markup.Code, Text: "a`\n<b>"}, "`aˋ &lt;b&gt;`"},
		{markup.Node{Kind: markup.Code}, ""},
		{markup.Node{Kind: markup.CodeBlock, Text: "\n"}, ""},
	} {
		if got := slacktext.Mrkdwn(markup.Doc{{Nodes: []markup.Node{test.node}}}); got != test.want {
			t.Errorf("%+v: %q, want %q", test.node, got, test.want)
		}
	}
}

var texts = []string{
	"*a _b ~c~_* `d` ```e\nf``` <https://x|y> <@U1> #a :b:\n> • c &amp; &lt;", "<!channel> <@here> <!date^1^<!here>|x>", "<<@U1>>", "<#C1|a>",
	"&#96;&#96;&#96;a&#96;&#96;&#96; ```b```", "&#96;```\nx\n```", "``&#96;`x`", "&#60;!here&#62; &#38;lt;!here&gt;", "<https://x/&lt;!here&gt;|<b>",
	"```go\nx\n```", ">>> a", "• • a", "\r\n\xff\x00<\u202e!here>", "`<!here>`", "*<!here>*", "<@U1|<!here>>",
}

// FuzzMrkdwn looks for a text that notifies everybody or a group, and for one that
// a second rendering changes.
func FuzzMrkdwn(f *testing.F) {
	for _, text := range texts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := slacktext.Mrkdwn(markup.Parse(text))
		if strings.Contains(got, "<!") {
			t.Errorf("%q notifies with %q", text, got)
		}
		if again := slacktext.Mrkdwn(markup.Parse(got)); again != got {
			t.Errorf("%q is\n%q, and that is\n%q", text, got, again)
		}
	})
}

// FuzzNotifyNobody looks for a text from people that refers to somebody, wherever
// it stands in a reply.
func FuzzNotifyNobody(f *testing.F) {
	for _, text := range texts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, reply := range []string{
			markup.Escape(text), markup.Quote(text), "*" + markup.Escape(text) + "*", "`" + markup.Escape(text) + "`",
			"```\n" + markup.Escape(text) + "\n```", "• #newbies " + markup.Escape(text) + " :tada:", "> _" + markup.Escape(text) + "_",
			"a" + markup.EscapeReferences(text),
		} {
			got := slacktext.Mrkdwn(markup.Parse(reply))
			if strings.ContainsAny(got, "<") {
				t.Errorf("%q in the reply %q refers to something: %q", text, reply, got)
			}
		}
		// Slack gets the same text as without Parse, but for line ends and backquotes.
		lines := strings.NewReplacer("\r\n", "\n", "\r", "\n", "`", "ˋ")
		if got, want := slacktext.Mrkdwn(markup.Parse(markup.Escape(text))), markup.EscapeReferences(lines.Replace(text)); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	})
}

// BenchmarkMrkdwn parses and renders a long text of the bot's.
func BenchmarkMrkdwn(b *testing.B) {
	text := strings.Repeat("*A text* that says `go help` and links <https://go.dev/|the _site_>, with #newbies in it.\n• an item, &lt;escaped&gt;\n", 5) +
		"```\nfunc main() {\n\tfmt.Println(\"hello\")\n}\n```"
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		slacktext.Mrkdwn(markup.Parse(text).LinkChannels(directory))
	}
}
