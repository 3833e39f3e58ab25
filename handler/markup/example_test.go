package markup_test

import (
	"fmt"
	"unicode/utf8"

	"github.com/gobridge/gopherbot/handler/markup"
)

func Example() {
	doc := markup.Parse("*Welcome* to #newbies! See <https://go.dev/tour/|the tour>.\n• Say `help` to me.")
	fmt.Println(markup.Plain(doc))
	fmt.Println()
	fmt.Println(markup.Markdown(doc))
	// Output:
	// *Welcome* to #newbies! See the tour (https://go.dev/tour/).
	// • Say `help` to me.
	//
	// **Welcome** to #newbies! See [the tour](https://go.dev/tour/).
	// - Say `help` to me.
}

// Any string is a text, and markup that is incomplete is text.
func ExampleParse() {
	for _, line := range markup.Parse("Use *x* for `y <-c`,\n> snake_case, 2 * 3 and <!channel> are text") {
		for _, node := range line.Nodes {
			fmt.Printf("quote=%t kind=%d text=%q nodes=%d\n", line.Quote, node.Kind, node.Text, len(node.Nodes))
		}
	}
	// Output:
	// quote=false kind=1 text="Use " nodes=0
	// quote=false kind=2 text="" nodes=1
	// quote=false kind=1 text=" for " nodes=0
	// quote=false kind=5 text="y <-c" nodes=0
	// quote=false kind=1 text="," nodes=0
	// quote=true kind=1 text="snake_case, 2 * 3 and <!channel> are text" nodes=0
}

// A reply may contain any text from people.
func ExampleEscape() {
	name := "*<@U1>* in #general"
	reply := "I know nothing about " + markup.Escape(name) + "."
	fmt.Println(reply)
	fmt.Println(markup.Plain(markup.Parse(reply)))
	// Output:
	// I know nothing about &#42;&lt;@U1&gt;&#42; in &#35;general.
	// I know nothing about *<@U1>* in #general.
}

func ExampleQuote() {
	fmt.Println("I have no definition of " + markup.Quote("<b>\n`x`") + " yet.")
	// Output:
	// I have no definition of `&lt;b&gt; x` yet.
}

// A platform looks up the channels that a text names, all at once. Lines about
// channels that do not exist are left out.
func ExampleDoc_LinkChannels() {
	doc := markup.Parse("Good places:\n• #newbies – questions\n• #nowhere – nothing")
	ids := map[string]string{}
	for _, name := range doc.ChannelNames() {
		if name == "newbies" {
			ids[name] = "C024BE91L"
		}
	}
	doc = doc.LinkChannels(func(name string) (string, bool) {
		id, ok := ids[name]
		return id, ok
	})
	fmt.Println(markup.Plain(doc))
	// Output:
	// Good places:
	// • #newbies – questions
}

// Platforms measure in their own ways: this one counts characters of Markdown.
func ExampleSplit() {
	doc := markup.Parse("Two lines of Go:\n```go\nx := 1\nprintln(x)\n```\nThat is all.")
	parts := markup.Split(doc, 32, func(d markup.Doc) int { return utf8.RuneCountInString(markup.Markdown(d)) })
	for i, part := range parts {
		fmt.Printf("-- %d\n%s\n", i+1, markup.Markdown(part))
	}
	// Output:
	// -- 1
	// Two lines of Go:
	// -- 2
	// ```go
	// x := 1
	// println(x)
	// ```
	// -- 3
	// That is all.
}

// A platform that has other names for people puts them in before rendering.
func ExampleDoc_Map() {
	usernames := map[string]string{"U1": "ada"}
	doc := markup.Parse("Thanks, <@U1>!").Map(func(n markup.Node) markup.Node {
		if n.Kind == markup.Mention {
			n.Text = usernames[n.Target]
		}
		return n
	})
	fmt.Println(markup.Markdown(doc))
	// Output:
	// Thanks, @ada!
}

// Programs that write a reply piece by piece need no escapes.
func ExampleDoc() {
	title := "Go 1.27 <released> | *today*"
	doc := markup.Doc{{Nodes: []markup.Node{
		{Kind: markup.Text, Text: "News: "},
		{Kind: markup.Link, Target: "https://go.dev/blog/", Text: title},
	}}}
	fmt.Println(markup.Markdown(doc))
	// Output:
	// News: [Go 1.27 &lt;released> \| \*today\*](https://go.dev/blog/)
}
