package e2e

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
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

func TestPlayground_LongCode(t *testing.T) {
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

func TestPlayground_File(t *testing.T) {
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

func TestPlayground_NotShared(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	b.environ["GOPHER_PLAYGROUND_EXCLUDE_CHANNELS"] = "newbies"
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
			return strings.Contains(c.Form["text"], "didn't take it")
		})
	})
	b.settled()
	if got := b.play.Programs(); len(got) > 0 || len(b.slack.Calls("chat.postMessage")) > 0 {
		t.Errorf("shared %q", got)
	}
}

func TestPlayground_ShadowMode(t *testing.T) {
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

// numbered returns a program that no other test uploads.
func numbered(n int) string {
	return strings.Replace(program, "package main", "package main // "+strconv.Itoa(n), 1)
}

// TestFiles_AreShared has Slack describe files late, partly, or not in the event
// at all.
func TestFiles_AreShared(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	b.startAll()
	var want []string
	for i, test := range []struct {
		name string
		odd  slacksim.Oddity
	}{
		{"main.go", slacksim.Oddity{}},
		{"main.go", slacksim.Oddity{Connected: true}},
		{"Untitled", slacksim.Oddity{Type: "go", Unready: 1}},
		{"Untitled", slacksim.Oddity{Type: "go", Unknown: 2}},
		{"main.go", slacksim.Oddity{Connected: true, Unknown: 1, Unready: 1, NoDownload: true}},
		{"parser v1.2", slacksim.Oddity{Type: "go"}},
		{"Untitled", slacksim.Oddity{NoDownload: true}},
	} {
		want = append(want, numbered(i))
		if _, err := b.slack.UploadOdd(ada, general, "", "", test.name, numbered(i), test.odd); err != nil {
			t.Fatal(err)
		}
	}
	b.calls("chat.postMessage", len(want))
	b.settled()
	got := b.play.Programs()
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("shared %q, want %q", got, want)
	}
}

// TestFiles_AreLeftAlone uploads what is not to be published, or not to be had.
// Nobody hears of it, but for the author of what has a secret in it and the
// operator of an app that may not read files.
func TestFiles_AreLeftAlone(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	b.startAll()
	const diary = "Dear diary,\ntoday I met Bob (again).\nWe talked;\nhe said he would call,\nand did not.\nI said:\n  \"fine\"\n"
	secret := strings.Replace(program, "import", "const password = \"grune"+"wald\"\n\nimport", 1)
	for _, test := range []struct {
		name, content string
		odd           slacksim.Oddity
	}{
		{"notes.txt", diary, slacksim.Oddity{}},
		{"ids.txt", strings.Repeat("user0@example.com,secret0\n", 20), slacksim.Oddity{}},
		{"Untitled", diary, slacksim.Oddity{Connected: true, Unready: 1}},
		{"main.py", program, slacksim.Oddity{Connected: true}},
		{"main.go", program, slacksim.Oddity{Mode: "external"}},
		{"main.go", program, slacksim.Oddity{Mode: "external", Connected: true}},
		{"main.go", program, slacksim.Oddity{Mode: "tombstone"}},
		{"main.go", program, slacksim.Oddity{Mode: "hidden_by_limit", Connected: true}},
		{"main.go", program, slacksim.Oddity{Unknown: 3}},
		{"main.go", secret, slacksim.Oddity{}},
	} {
		if _, err := b.slack.UploadOdd(ada, general, "", "", test.name, test.content, test.odd); err != nil {
			t.Fatal(err)
		}
	}
	b.say(ada, general, "```"+escape(secret)+"```")
	for _, warned := range b.calls("chat.postEphemeral", 2) {
		if said := warned.Form["text"]; warned.Form["user"] != ada || !strings.Contains(said, "looks like it has a password") || strings.Contains(said, "grunewald") {
			t.Errorf("warned: %v", warned.Form)
		}
	}
	b.settled()
	if got := b.play.Programs(); len(got) > 0 || len(b.slack.Calls("chat.postMessage")) > 0 || len(b.slack.Calls("chat.postEphemeral")) != 2 {
		t.Errorf("shared %q", got)
	}
	if strings.Contains(b.log.String(), "an action failed") {
		t.Error("what is left alone is logged as a failure")
	}

	if _, err := b.slack.UploadOdd(ada, general, "", "", "main.go", program, slacksim.Oddity{SignIn: true}); err != nil {
		t.Fatal(err)
	}
	testenv.Eventually(t, "the operator is told about the scope", func() bool { return strings.Contains(b.log.String(), "give the app the scope files:read") })
	if got := b.play.Programs(); len(got) > 0 {
		t.Errorf("shared %q", got)
	}
}
