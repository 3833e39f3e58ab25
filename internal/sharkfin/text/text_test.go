package text_test

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/handler/markup"
	"github.com/gobridge/gopherbot/internal/sharkfin/text"
)

var names = text.Names{
	Users:  map[string]bool{"alice": true, "bob": true, "gopher": true, "bob-2": true},
	Groups: map[string][]string{"ops": {"gopher", "alice"}, "other": {"bob"}},
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		raw  string
		want text.Text
	}{
		{"", text.Text{}},
		{"hello", text.Text{Plain: "hello"}},
		{"@gopher flip a coin", text.Text{Plain: "flip a coin", Mentioned: true}},
		{" @gopher: help", text.Text{Plain: "help", Mentioned: true}},
		{"@gopher, help", text.Text{Plain: "help", Mentioned: true}},
		{"newbie resources @alice @bob @alice @gopher", text.Text{Plain: "newbie resources", Users: []string{"alice", "bob"}, Mentioned: true}},
		{"hey @ops and @other", text.Text{Plain: "hey  and", Mentioned: true}},
		{"hey @other", text.Text{Plain: "hey"}},
		// Names are case-sensitive, and as long as they can be.
		{"@Gopher @gopher2 @bob-2", text.Text{Plain: "@Gopher @gopher2", Users: []string{"bob-2"}}},
		{"@gopher's @bob.", text.Text{Plain: "'s .", Users: []string{"bob"}, Mentioned: true}},
		{"mail@bob.example x@gopher", text.Text{Plain: "mail@bob.example x@gopher"}},
		{"@@gopher @ @", text.Text{Plain: "@ @ @", Mentioned: true}},
		{"@nobody: help", text.Text{Plain: "@nobody: help"}},
		{"go install x@latest\n\t*a* `b` <c> &amp; :tada:", text.Text{Plain: "go install x@latest\n\t*a* `b` <c> &amp; :tada:"}},
		{"é@gopher", text.Text{Plain: "é", Mentioned: true}},
	} {
		if got := text.Parse(test.raw, "gopher", names); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%q: %+v, want %+v", test.raw, got, test.want)
		}
	}
	// Without names only the bot's own is known.
	want := text.Text{Plain: "@alice @ops  x", Mentioned: true}
	if got := text.Parse("@alice @ops @gopher x", "gopher", text.Names{}); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestPlain(t *testing.T) {
	t.Parallel()
	const z = "\u200b"
	for _, test := range []struct{ text, want string }{
		{"", ""},
		{"a\n\n*b* _c_ ~d~ `e`\n", "a\n\n*b* _c_ ~d~ `e`\n"},
		{"```go\nx := <-c\n```", "```go\nx := <-c\n```"},
		{"<https://go.dev/|the Go site> <https://go.dev/>", "the Go site (https://go.dev/) https://go.dev/"},
		{"> • a &amp; &lt;b&gt; #newbies", "> • a & <b> #newbies"},
		{":tada: :wave: :gopher-dance: :+1:", "🎉 👋 :gopher-dance: 👍"},
		{"<@alice> hi <@alice>'s <@alice>x", "@alice hi @alice's @alice" + z + "x"},
		// Names that mention somebody, wherever they stand.
		{"@alice @ops @nobody", "@" + z + "alice @" + z + "ops @nobody"},
		{"`@alice` *@bob* ```\n@ops\n```", "`@" + z + "alice` *@" + z + "bob* ```\n@" + z + "ops\n```"},
		{"mail@bob.example, go install x@latest", "mail@" + z + "bob.example, go install x@latest"},
		{"<https://x/@alice|@bob> <https://x/@alice> <https://x/y@v1.2.3>", "@" + z + "bob (https://x/%40alice) https://x/%40alice https://x/y@v1.2.3"},
		{"<mailto:x@bob.example>", "mailto:x%40bob.example"},
		{"<@alice.b> <@here>", "@" + z + "alice.b <@here>"},
		{"@*alice* @<@bob>", "@*alice* @@bob"},
		{"a \ue000alice\ue001 \ue002bob", "a \ufffdalice\ufffd \ufffdbob"},
	} {
		if got := text.Plain(markup.Parse(test.text), names.Has); got != test.want {
			t.Errorf("%q:\n got %q\nwant %q", test.text, got, test.want)
		}
	}
	if got, want := text.Plain(markup.Parse("@anybody x@latest <@alice>"), nil), "@"+z+"anybody x@"+z+"latest @alice"; got != want {
		t.Errorf("without names: %q, want %q", got, want)
	}
	// Nodes that do not come from Parse.
	for _, test := range []struct {
		nodes []markup.Node
		want  string
	}{
		{[]markup.Node{{Kind: markup.Text, Text: "@"}, {Kind: markup.Text, Text: "alice"}}, "@" + z + "alice"},
		{[]markup.Node{{Kind: markup.Mention, Target: "channel all", Text: "@bob"}}, "@@" + z + "bob"},
		{[]markup.Node{{Kind: markup.Link, Target: "https://x/@bob", Text: "https://x/@bob"}}, "https://x/%40bob"},
	} {
		if got := text.Plain(markup.Doc{{Nodes: test.nodes}}, names.Has); got != test.want {
			t.Errorf("%+v: %q, want %q", test.nodes, got, test.want)
		}
	}
}

// mention is the server's pattern, measured: it looks at no character before the "@".
var mention = regexp.MustCompile(`@([a-zA-Z0-9_-]+)`)

func mentioned(written string) []string {
	var list []string
	for _, match := range mention.FindAllStringSubmatch(written, -1) {
		if names.Has(match[1]) {
			list = append(list, match[1])
		}
	}
	return list
}

// FuzzPlain_NotifiesNobody looks for a text from people that mentions somebody, wherever it
// stands in a reply.
func FuzzPlain_NotifiesNobody(f *testing.F) {
	for _, s := range []string{"@alice", "mail@bob.example", "@ops @other", "<@alice>", "@\u200balice", "\ue000alice", "https://x/@alice", "@*alice*", "<https://x/@bob|@alice>", "`@alice`", "@@alice"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, reply := range []string{markup.Escape(s), markup.Quote(s), "*" + markup.Escape(s) + "*", "```\n" + markup.Escape(s) + "\n```", "<https://x/" + markup.Escape(s) + "|a>", "@" + markup.Escape(s)} {
			if list := mentioned(text.Plain(markup.Parse(reply), names.Has)); len(list) > 0 {
				t.Errorf("%q mentions %q", reply, list)
			}
		}
		if list := mentioned(text.Plain(markup.Parse("<@alice> "+markup.Escape(s)), names.Has)); !slices.Equal(list, []string{"alice"}) {
			t.Errorf("a mention and %q mention %q", s, list)
		}
	})
}

// FuzzParse looks for a text that is not read in the same way again, or that loses more than
// mentions.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"@gopher x", "a@bob", "@ops:@alice,", "@@", "\xff@gopher\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := text.Parse(s, "gopher", names)
		for _, user := range got.Users {
			if !names.Users[user] || user == "gopher" || !strings.Contains(s, "@"+user) {
				t.Errorf("%q mentions %q", s, user)
			}
		}
		if got.Mentioned && !strings.Contains(s, "@gopher") && !strings.Contains(s, "@ops") {
			t.Errorf("%q mentions the bot", s)
		}
		if len(got.Plain) > len(s) {
			t.Errorf("%q became %q", s, got.Plain)
		}
	})
}
