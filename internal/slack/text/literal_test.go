package text_test

import (
	"testing"

	"github.com/gobridge/gopherbot/handler/markup"
	slacktext "github.com/gobridge/gopherbot/internal/slack/text"
)

func TestLiteral(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		doc  markup.Doc
		want string
	}{
		{"empty", nil, ""},
		{"text", markup.Doc{{Nodes: []markup.Node{{Kind: markup.Text, Text: "*a* `b` <!here> & &lt;"}}}, {}}, "*a* `b` &lt;!here&gt; &amp; &amp;lt;\n"},
		{"a mention and a link", markup.Doc{{Nodes: []markup.Node{
			{Kind: markup.Mention, Target: "U1"}, {Kind: markup.Text, Text: " "}, {Kind: markup.Link, Target: "https://go.dev/?a&b", Text: "<Go>"},
		}}}, "<@U1> <https://go.dev/?a&amp;b|&lt;Go&gt;>"},
		{"nodes that are none", markup.Doc{{Nodes: []markup.Node{
			{Kind: markup.Mention, Target: "channel"}, {Kind: markup.Link, Target: "javascript:x", Text: "y"}, {Kind: markup.Bold, Nodes: []markup.Node{{Kind: markup.Text, Text: "<b>"}}},
		}}}, "@channely (javascript:x)*&lt;b&gt;*"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := slacktext.Literal(test.doc); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}
