package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/slacksim"
	"github.com/gobridge/gopherbot/internal/testenv"
)

const program = "package main\n\nimport \"fmt\"\n\nfunc main() {\n\tch := make(chan bool, 1)\n\tch <- 1 < 2 && true\n\tif <-ch {\n\t\tfmt.Println(\"<yes>\")\n\t}\n}"

// escape does what Slack's client does to what people type.
func escape(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

// linked waits until the bot has linked what was shared and given its tip, and
// returns what is on the playground.
func (b *bot) linked() []string {
	b.Helper()
	link := b.calls("chat.postMessage", 1)[0].Form
	if !strings.Contains(link["text"], "<https://play.example/p/") || link["channel"] != general {
		b.Errorf("linked: %v", link)
	}
	tip := b.calls("chat.postEphemeral", 1)[0].Form
	if tip["user"] != ada || tip["channel"] != general || !strings.Contains(tip["text"], "nolink") {
		b.Errorf("the tip: %v", tip)
	}
	b.settled()
	for _, method := range []string{"chat.postMessage", "chat.postEphemeral"} {
		if calls := b.slack.Calls(method); len(calls) != 1 {
			b.Errorf("%s was called %d times", method, len(calls))
		}
	}
	return b.play.Programs()
}

func TestLongCodeIsShared(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	b.startAll()
	b.play.Fail(503) // it is tried again
	b.say(ada, general, escape("Is this right?\n```\n"+program+"\n```\n"+"Thanks & cheers"))
	want := "// Is this right?\n" + program + "\n// Thanks & cheers\n"
	if got := b.linked(); !slices.Equal(got, []string{want}) {
		t.Errorf("shared %q, want %q", got, want)
	}
}

func TestAFileIsShared(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	b.startAll()
	if _, err := b.slack.Upload(ada, general, "", "", "main.go", program); err != nil {
		t.Fatal(err)
	}
	if got := b.linked(); !slices.Equal(got, []string{program}) {
		t.Errorf("shared %q, want the file as it is", got)
	}
}

func TestWhatIsNotShared(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	b.environ["GOPHER_PLAYGROUND_EXCEPT"] = "newbies"
	b.startAll()
	b.say(ada, general, "nolink, please\n```"+escape(program)+"```")
	b.say(ada, newbies, "```"+escape(program)+"```")
	if _, err := b.slack.Upload(ada, general, "", "", "notes.md", program); err != nil {
		t.Fatal(err)
	}
	b.play.Fail(413)
	b.say(ada, general, "```"+escape(program)+"```") // refused, and its author is told
	testenv.Eventually(t, "the author is told", func() bool {
		return slices.ContainsFunc(b.slack.Calls("chat.postEphemeral"), func(c slacksim.Call) bool {
			return strings.Contains(c.Form["text"], "would not take it")
		})
	})
	b.settled()
	if got := b.play.Programs(); len(got) > 0 || len(b.slack.Calls("chat.postMessage")) > 0 {
		t.Errorf("shared %q", got)
	}
}

func TestInShadowModeNothingIsShared(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	b.environ["ENV"] = "staging"
	b.startAll()
	b.say(ada, general, "```"+escape(program)+"```")
	b.say(ada, adasDM, "```"+escape(program)+"\n// said to the bot```")
	b.calls("chat.postMessage", 1)
	b.settled()
	if got := b.play.Programs(); len(got) != 1 || !strings.Contains(got[0], "said to the bot") {
		t.Errorf("shared %q", got)
	}
}
