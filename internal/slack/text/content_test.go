package text_test

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/consumer/gophers"
	"github.com/gobridge/gopherbot/glossary/terms"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/handlertest"
	"github.com/gobridge/gopherbot/handler/markup"
	slacktext "github.com/gobridge/gopherbot/internal/slack/text"
)

// shelf is a Sharer that puts every program at the same address.
type shelf struct{}

func (shelf) Share(context.Context, string) (string, error) {
	return "https://go.dev/play/p/x_y-z", nil
}

// content returns everything that the bot says by itself: the answers to all that
// it knows, help for each, the welcomes, all terms, and the replies to mistakes.
func content(t *testing.T) []string {
	t.Helper()
	registry, err := gophers.Registry(gophers.Deps{Playground: gophers.Playground{Sharer: shelf{}}})
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]bool{}
	add := func(did handlertest.Result) {
		for _, reply := range slices.Concat(did.Replies, did.Ephemerals, did.DMs) {
			texts[reply.Text] = true
		}
	}
	say := func(text string) {
		add(handlertest.Say(t, registry, text))
		add(handlertest.Mention(t, registry, text))
		add(handlertest.SayInChannel(t, registry, text))
	}
	for _, e := range registry.Infos() {
		if e.Kind == handler.JoinInfo && e.Trigger != "" {
			add(handlertest.JoinChannel(t, registry, e.Trigger))
		}
		texts[e.Help] = true
		say("help " + e.Trigger)
		say(e.Trigger)
		say(e.Trigger + "#<!here> `x`")
		for _, example := range e.Examples {
			say(example.Say)
		}
		for _, argument := range e.Arguments {
			add(handlertest.Say(t, registry, e.Trigger+argument.Name))
		}
	}
	add(handlertest.JoinWorkspace(t, registry))
	for _, text := range []string{"help", "help a", "help go", "nonsense", "newbie resorces", "define", "define gorotine", "define x`<y>*z*"} {
		say(text)
	}
	words, err := terms.Go()
	if err != nil {
		t.Fatal(err)
	}
	for _, term := range words.Terms() {
		texts[markup.EscapeReferences(term.Text)] = true
	}
	delete(texts, "")
	if len(texts) < 400 {
		t.Fatalf("only %d texts", len(texts))
	}
	return slices.Sorted(maps.Keys(texts))
}

var channelName = regexp.MustCompile(`(^|[\s(])#([a-z][a-z0-9_-]*)`)

// linked is a text as Slack got it before there was markup.Parse: names of channels
// replaced by links, lines with channels that do not exist left out, quiet.
func linked(text string) string {
	var kept []string
	for line := range strings.SplitSeq(text, "\n") {
		missing := false
		line = channelName.ReplaceAllStringFunc(line, func(hit string) string {
			before, name, _ := strings.Cut(hit, "#")
			id, ok := directory(name)
			missing = missing || !ok
			return before + "<#" + id + ">"
		})
		if !missing {
			kept = append(kept, line)
		}
	}
	return strings.ReplaceAll(strings.Join(kept, "\n"), "<!", "&lt;!")
}

// TestMrkdwn_KeepsContent holds Mrkdwn to the bytes that Slack got for everything
// that the bot says before its replies were parsed. There are no exceptions.
func TestMrkdwn_KeepsContent(t *testing.T) {
	t.Parallel()
	kinds := map[markup.Kind]int{}
	for _, text := range content(t) {
		d := markup.Parse(text)
		if got, want := slacktext.Mrkdwn(d.LinkChannels(directory)), linked(text); got != want {
			t.Errorf("%q is\n%q, want\n%q", text, got, want)
		}
		for n := range d.Nodes() {
			kinds[n.Kind]++
		}
	}
	for _, kind := range []markup.Kind{markup.Text, markup.Bold, markup.Code, markup.CodeBlock, markup.Link, markup.Channel} {
		if kinds[kind] == 0 {
			t.Errorf("no text has a node of kind %d: what is compared is not the content", kind)
		}
	}
}
