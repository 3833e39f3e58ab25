package markup

import (
	"reflect"
	"strings"
	"testing"
)

func text(s string) Node             { return Node{Kind: Text, Text: s} }
func bold(nodes ...Node) Node        { return Node{Kind: Bold, Nodes: nodes} }
func italic(nodes ...Node) Node      { return Node{Kind: Italic, Nodes: nodes} }
func strike(nodes ...Node) Node      { return Node{Kind: Strike, Nodes: nodes} }
func code(s string) Node             { return Node{Kind: Code, Text: s} }
func block(s string) Node            { return Node{Kind: CodeBlock, Text: s} }
func channel(name string) Node       { return Node{Kind: Channel, Text: name} }
func emoji(name string) Node         { return Node{Kind: Emoji, Text: name} }
func link(target, label string) Node { return Node{Kind: Link, Target: target, Text: label} }
func mention(id string) Node         { return Node{Kind: Mention, Target: id} }
func line(nodes ...Node) Line        { return Line{Nodes: nodes} }
func quoted(nodes ...Node) Line      { return Line{Quote: true, Nodes: nodes} }
func item(nodes ...Node) Line        { return Line{Item: true, Nodes: nodes} }

func TestParse_Lines(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text string
		want Doc
	}{
		{"", Doc{{}}},
		{"a\n\nb\n", Doc{line(text("a")), {}, line(text("b")), {}}},
		{"a\r\nb\rc", Doc{line(text("a")), line(text("b")), line(text("c"))}},
		{">a\n> b\n>  c\n>\n> > d", Doc{quoted(text("a")), quoted(text("b")), quoted(text(" c")), quoted(), quoted(text("> d"))}},
		{" > a", Doc{line(text(" > a"))}},
		{"&gt; a", Doc{line(text("> a"))}},
		{"• a\n•b\n  • c\n> • d\n• • e\n• ", Doc{
			item(text("a")), line(text("•b")), line(text("  • c")), {Quote: true, Item: true, Nodes: []Node{text("d")}}, item(text("• e")), item(),
		}},
		{"&#8226; a", Doc{line(text("• a"))}},
		{"- a\n* b\n1. c\n# d", Doc{line(text("- a")), line(text("* b")), line(text("1. c")), line(text("# d"))}},
	} {
		if got := Parse(test.text); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%q:\n got %+v\nwant %+v", test.text, got, test.want)
		}
	}
}

func TestParse_Blocks(t *testing.T) {
	t.Parallel()
	withLang := func(lang, s string) Node { return Node{Kind: CodeBlock, Lang: lang, Text: s} }
	for _, test := range []struct {
		text string
		want Doc
	}{
		{"```\na\n\tb\n```", Doc{line(block("a\n\tb"))}},
		{"```a\nb```", Doc{line(block("a\nb"))}},
		{"x ```a\nb``` y\nz", Doc{line(text("x "), block("a\nb"), text(" y")), line(text("z"))}},
		{"```a``` b ```c```", Doc{line(block("a"), text(" b "), block("c"))}},
		{"```\n\na\n\n```", Doc{line(block("\na\n"))}},
		{"```go\nfunc f()\n```", Doc{line(withLang("go", "func f()"))}},
		{"> ```c++\nx\n```", Doc{quoted(withLang("c++", "x"))}},
		{"• ```go\nx\n```", Doc{item(withLang("go", "x"))}},
		{"x ```go\ny\n```", Doc{line(text("x "), block("go\ny"))}},
		{"```go\nx```", Doc{line(block("go\nx"))}},
		{"```go to\nx\n```", Doc{line(block("go to\nx"))}},
		{"```go\n \n```", Doc{line(block("go\n "))}},
		{"```\n*a* <@U1> &lt;b&gt; `c` #d\n> e\n```", Doc{line(block("*a* <@U1> <b> `c` #d\n> e"))}},
		{"a `b ```c``` d` e", Doc{line(text("a `b "), block("c"), text(" d` e"))}},
		{"````a````", Doc{line(block("`a"), text("`"))}},
		{"*a ```b``` c*", Doc{line(text("*a "), block("b"), text(" c*"))}},
		{"```", Doc{line(text("```"))}},
		{"a ``` b\nc", Doc{line(text("a ``` b")), line(text("c"))}},
		{"``````", Doc{line(text("``````"))}},
		{"``` \n ``` ```a```", Doc{line(text("``` ")), line(text(" ``` "), block("a"))}},
		{"```a``` ```", Doc{line(block("a"), text(" ```"))}},
		{"&#96;&#96;&#96;a&#96;&#96;&#96;", Doc{line(text("```a```"))}},
	} {
		if got := Parse(test.text); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%q:\n got %+v\nwant %+v", test.text, got, test.want)
		}
	}
}

func TestParse_Inline(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text string
		want []Node
	}{
		// Marks.
		{"*a* _b_ ~c~", []Node{bold(text("a")), text(" "), italic(text("b")), text(" "), strike(text("c"))}},
		{"(*a*), \"_b_\".", []Node{text("("), bold(text("a")), text("), \""), italic(text("b")), text("\".")}},
		{"*_~a~_*", []Node{bold(italic(strike(text("a"))))}},
		{"*a _b_ c*", []Node{bold(text("a "), italic(text("b")), text(" c"))}},
		{"*a*_b_", []Node{bold(text("a")), italic(text("b"))}},
		{"*a _b* c_", []Node{bold(text("a _b")), text(" c_")}},
		{"*a *b*", []Node{bold(text("a *b"))}},
		{"*a b* c*", []Node{bold(text("a b")), text(" c*")}},
		{"snake_case_name and 2 * 3 * 4", []Node{text("snake_case_name and 2 * 3 * 4")}},
		{"**a** __b__ ~~c~~ ** *", []Node{text("**a** __b__ ~~c~~ ** *")}},
		{"*a*b a*b", []Node{text("*a*b a*b")}},
		{"*a*b a*b*", []Node{bold(text("a*b a*b"))}},
		{"ä*a* *a*ä", []Node{text("ä*a* *a*ä")}},
		{"* a* *a *", []Node{text("* a* *a *")}},
		{"*a", []Node{text("*a")}},
		{"*&lt;a&gt;*", []Node{bold(text("<a>"))}},
		{"&#42;a&#42;", []Node{text("*a*")}},
		// Code.
		{"`a` `*b* <@U1> #c &lt;`", []Node{code("a"), text(" "), code("*b* <@U1> #c <")}},
		{"`a``b`", []Node{code("a"), code("b")}},
		{"*`a`*", []Node{bold(code("a"))}},
		{"*a `b* c`", []Node{text("*a "), code("b* c")}},
		{"``a`` `", []Node{text("``a`` `")}},
		{"a ` b", []Node{text("a ` b")}},
		// References.
		{"<https://go.dev/?a=1&amp;b=2|*the* &lt;site&gt;>", []Node{link("https://go.dev/?a=1&b=2", "*the* <site>")}},
		{"<http://x> <HTTPS://X> <mailto:a@b.c|a>", []Node{link("http://x", ""), text(" "), link("HTTPS://X", ""), text(" "), link("mailto:a@b.c", "a")}},
		{"<https://x|> <https://x| >", []Node{link("https://x", ""), text(" "), link("https://x", "")}},
		{"<https://x|a|b>", []Node{link("https://x", "a|b")}},
		{"<@U1> <@W2|ada>", []Node{mention("U1"), text(" "), {Kind: Mention, Target: "W2", Text: "ada"}}},
		{"<#C1> <#C2|go>", []Node{{Kind: Channel, Target: "C1"}, text(" "), {Kind: Channel, Target: "C2", Text: "go"}}},
		{"*<https://x|y>*", []Node{bold(link("https://x", "y"))}},
		{"a < <@U1> > b", []Node{text("a < "), mention("U1"), text(" > b")}},
		{"<<https://x>>", []Node{text("<"), link("https://x", ""), text(">")}},
		{"<!channel> <!here|here> <!everyone> <!subteam^S1|@a> <!date^1^{date}|x>", []Node{text("<!channel> <!here|here> <!everyone> <!subteam^S1|@a> <!date^1^{date}|x>")}},
		{"<@here> <@Channel> <@everyone|x> <@all> <@> <@a b>", []Node{text("<@here> <@Channel> <@everyone|x> <@all> <@> <@a b>")}},
		{"<javascript:x> <data:x> <x> <> <|a> <https://> <https://a b>", []Node{text("<javascript:x> <data:x> <x> <> <|a> <https://> <https://a b>")}},
		{"<x *a*>", []Node{text("<x "), bold(text("a")), text(">")}},
		{"<@U1", []Node{text("<@U1")}},
		// Addresses outside of references.
		{"https://x/_a_/*b* _c_", []Node{text("https://x/_a_/*b* "), italic(text("c"))}},
		{"*https://x/a_b*", []Node{bold(text("https://x/a_b"))}},
		{"(https://x/#a), http://", []Node{text("(https://x/#a), http://")}},
		{"https://x/:a: :a:", []Node{text("https://x/:a: "), emoji("a")}},
		// Channels.
		{"#a #b-c_d9", []Node{channel("a"), text(" "), channel("b-c_d9")}},
		{"(#a), [#b] \"#c\" *#d* _#e_ –#f", []Node{
			text("("), channel("a"), text("), ["), channel("b"), text("] \""), channel("c"), text("\" "),
			bold(channel("d")), text(" "), italic(channel("e")), text(" –"), channel("f"),
		}},
		{"#a's #b. #c- #d_", []Node{channel("a"), text("'s "), channel("b"), text(". "), channel("c"), text("- "), channel("d"), text("_")}},
		{"&#40;#a &amp;#b", []Node{text("("), channel("a"), text(" &"), channel("b")}},
		{"C# #1 #A #aB #ä #aä x#a /#a ;#a # #", []Node{text("C# #1 #A #aB #ä #aä x#a /#a ;#a # #")}},
		{"#" + strings.Repeat("a", 80) + " #" + strings.Repeat("a", 81), []Node{channel(strings.Repeat("a", 80)), text(" #" + strings.Repeat("a", 81))}},
		{"&#35;a", []Node{text("#a")}},
		// Emoji.
		{":a: (:+1:) :-1::b_c:", []Node{emoji("a"), text(" ("), emoji("+1"), text(") "), emoji("-1"), emoji("b_c")}},
		{"10:30:45 std::a: a:b: :_a: :-: :A: :a:b :: : :a", []Node{text("10:30:45 std::a: a:b: :_a: :-: :A: :a:b :: : :a")}},
		{"*:a:*", []Node{bold(emoji("a"))}},
		{":a_b: _c_", []Node{emoji("a_b"), text(" "), italic(text("c"))}},
		// Escapes.
		{"&amp;lt; &lt;@U1&gt; & &copy; &#97; &#10; &#0042; &#128; &#9999999999; &#;", []Node{text("&lt; <@U1> & &copy; &#97; &#10; &#0042; &#128; &#9999999999; &#;")}},
		{"\xff\x00*\xfe*", []Node{text("\xff\x00"), bold(text("\xfe"))}},
	} {
		if got, want := Parse(test.text), (Doc{line(test.want...)}); !reflect.DeepEqual(got, want) {
			t.Errorf("%q:\n got %+v\nwant %+v", test.text, got, want)
		}
	}
}

func depth(d Doc) int {
	var of func(nodes []Node) int
	of = func(nodes []Node) int {
		deepest := 0
		for _, n := range nodes {
			if len(n.Nodes) > 0 {
				deepest = max(deepest, 1+of(n.Nodes))
			}
		}
		return deepest
	}
	deepest := 0
	for _, line := range d {
		deepest = max(deepest, of(line.Nodes))
	}
	return deepest
}
