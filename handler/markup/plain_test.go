package markup

import (
	"reflect"
	"strings"
	"testing"
)

func TestPlain(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, want string }{
		{"", ""},
		{"*a* _b_ ~c~ `d`\n\n> e\n• f\n", "*a* _b_ ~c~ `d`\n\n> e\n• f\n"},
		{"```go\na\n```", "```go\na\n```"},
		{"<https://go.dev/?a&amp;b|the site> <https://x> <https://x|https://x>", "the site (https://go.dev/?a&b) https://x https://x"},
		{"<@U1> <@U2|ada> <#C1> <#C2|go> #newbies :tada:", "@U1 @ada #C1 #go #newbies :tada:"},
		{"&lt;a&gt; &amp;amp; <!channel>", "<a> &amp; <!channel>"},
	} {
		if got := Plain(Parse(test.text)); got != test.want {
			t.Errorf("%q: %q, want %q", test.text, got, test.want)
		}
	}
}

func TestEscape(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                 "",
		"a <b> & c":                        "a &lt;b&gt; &amp; c",
		"snake_case 2 * 3 C# 10:30 #1 x#a": "snake_case 2 * 3 C# 10:30 #1 x#a",
		"*a* _b ~ `c`":                     "&#42;a&#42; &#95;b ~ &#96;c&#96;",
		"#go :a: a|b":                      "&#35;go &#58;a: a&#124;b",
		"• a\n• b\n•c d • e":               "&#8226; a\n&#8226; b\n•c d • e",
		"*":                                "&#42;",
		"\xff*\xff":                        "\xff&#42;\xff",
	} {
		if got := Escape(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestQuote(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                            "`…`",
		"``":                          "`…`",
		"a  <b>\n& `c`":               "`a &lt;b&gt; &amp; c`",
		"\u202ea\x00\u200b":           "`a`",
		strings.Repeat("ä", 60):       "`" + strings.Repeat("ä", 60) + "`",
		strings.Repeat("ä", 61):       "`" + strings.Repeat("ä", 60) + "…`",
		"*a* #b :c: <!channel> <@U1>": "`*a* #b :c: &lt;!channel&gt; &lt;@U1&gt;`",
	} {
		if got := Quote(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestQuiet(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a@b.c @ @!":           "a@b.c @ @!",
		"@all,@here ä@all @@a": "@\u200ball,@\u200bhere ä@\u200ball @@\u200ba",
		"@_a @-a @.a @1 @世界":   "@\u200b_a @\u200b-a @\u200b.a @\u200b1 @\u200b世界",
		"mail to @":            "mail to @\u200b",
	} {
		if got := Quiet(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		if again := Quiet(want); again != want {
			t.Errorf("%q: %q the second time", want, again)
		}
	}
}

func TestDoc_Channels(t *testing.T) {
	t.Parallel()
	d := Parse("#a *#b* #a <#C9>\n> #c\nd")
	if got, want := d.ChannelNames(), []string{"a", "b", "c"}; !reflect.DeepEqual(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	lookup := func(name string) (string, bool) {
		return map[string]string{"a": "C1", "b": ""}[name], name != "c"
	}
	id := func(id, name string) Node { return Node{Kind: Channel, Target: id, Text: name} }
	want := Doc{line(id("C1", "a"), text(" "), bold(id("", "b")), text(" "), id("C1", "a"), text(" "), id("C9", "")), line(text("d"))}
	if got := d.LinkChannels(lookup); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if again := Parse("#a *#b* #a <#C9>\n> #c\nd"); !reflect.DeepEqual(d, again) {
		t.Errorf("LinkChannels changed its Doc: %+v", d)
	}
}

func TestDoc_Address(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"a\nb": "@U1 @U2 a\nb", "> a": "@U1 @U2 \n> a", "• a": "@U1 @U2 \n• a", "": "@U1 @U2 "} {
		d := Parse(text)
		if got := Plain(d.Address("U1", "U2")); got != want || Plain(d) != text {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		if got := Plain(d.Address()); got != text {
			t.Errorf("%q to nobody: %q", text, got)
		}
	}
}

func TestDoc_NodesEndsEarly(t *testing.T) {
	t.Parallel()
	var seen []Kind
	for n := range Parse("*a* b\nc").Nodes() {
		if seen = append(seen, n.Kind); n.Text == "a" {
			break
		}
	}
	if want := []Kind{Bold, Text}; !reflect.DeepEqual(seen, want) {
		t.Errorf("%v, want %v", seen, want)
	}
}
