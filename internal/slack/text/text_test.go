package text_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/handler/markup"
	slacktext "github.com/gobridge/gopherbot/internal/slack/text"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		raw, plain string
		users      []string
	}{
		{"", "", nil},
		{"flip a coin", "flip a coin", nil},
		{"<@U1> flip a coin", "flip a coin", []string{"U1"}},
		{"<@U1>: flip a coin", "flip a coin", []string{"U1"}},
		{"<@U1>, flip a coin", "flip a coin", []string{"U1"}},
		{": flip a coin", ": flip a coin", nil},
		{"flip a coin <@U1|gopher>", "flip a coin", []string{"U1"}},
		{"<@U1><@W2> hi <@U1>", "hi", []string{"U1", "W2"}},
		{"newbie resources <@U2>", "newbie resources", []string{"U2"}},
		{"a &lt; b &amp;&amp; c &gt; d", "a < b && c > d", nil},
		{"&amp;lt;", "&lt;", nil},
		{"see <#C1|general> and <#C2|> and <#C3>", "see #general and #C2 and #C3", nil},
		{"<https://go.dev/?a=1&amp;b=2>", "https://go.dev/?a=1&b=2", nil},
		{"define <http://go.mod|go.mod>", "define go.mod", nil},
		{"<mailto:a@example.com|a@example.com>", "a@example.com", nil},
		{"<!here> <!channel|channel> <!everyone|@everyone>", "", nil},
		{"<!subteam^S1|@gophers> <!subteam^S2>!", "!", nil},
		{"newbie resources <!subteam^S1|@gophers> <@U1>", "newbie resources", []string{"U1"}},
		{"<!new|@thing>", "@thing", nil},
		{"<!date^1392734382^{date}|Feb 18>", "Feb 18", nil},
		{"a < b", "a < b", nil},
		{"<", "<", nil},
		{"<>", "<>", nil},
		{"<|x>", "<|x>", nil},
		{"<@> hi", "hi", nil},
		{"<!>", "@", nil},
		{"<@U1", "<@U1", nil},
		{"a <b <@U1> c", "a <b  c", []string{"U1"}},
	} {
		got := slacktext.Parse(test.raw)
		if got.Plain != test.plain || !slices.Equal(got.Users, test.users) {
			t.Errorf("%q: %+v, want %q %q", test.raw, got, test.plain, test.users)
		}
	}
}

// FuzzParse looks for input that the parser loses or invents something of.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"<@U1|a> flip &lt;a&gt; coin", "<#C1|>", "<!subteam^S1|@g>", "<http://a|b", "<<@U1>>", "&amp;lt;", "<|>", ">",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := slacktext.Parse(s)
		for _, user := range got.Users {
			if !strings.Contains(s, "<@"+user) || strings.ContainsAny(user, "<>|") {
				t.Errorf("%q: invented the user %q", s, user)
			}
		}
		if len(got.Plain) > len(s)+strings.Count(s, "<") {
			t.Errorf("%q: grew to %q", s, got.Plain)
		}
		// An escaped text is only text, and comes back as it was.
		if back := slacktext.Parse(markup.EscapeReferences(s)); back.Plain != strings.TrimSpace(s) || len(back.Users) > 0 {
			t.Errorf("%q: escaped and parsed is %+v", s, back)
		}
	})
}
