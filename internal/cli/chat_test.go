package cli_test

import (
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/cli"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

func TestChat(t *testing.T) {
	t.Parallel()
	out := bench{t: t, in: strings.NewReader("flip a coin\n\nI love bbq\nnewbie resourses\n/join newbies\n/join\nhm\n/quit\nflip a coin\n")}.ok("chat")
	for _, want := range []string{
		"gopher> heads\n|gopher> tails\n", "gopher reacts with :bbqgopher:\n",
		"gopher> *New to Go? Welcome! Here's where to start:*\n|gopher> New to Go? Welcome! Here's where to start:\n", "Welcome to #newbies!",
		"gopher (direct message)> Welcome to Gophers!", "go.dev/conduct (https://go.dev/conduct)", "I don't know that one, sorry.",
	} {
		a, b, either := strings.Cut(want, "|")
		if !strings.Contains(out, a) && (!either || !strings.Contains(out, b)) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
	if strings.Count(out, "heads")+strings.Count(out, "tails") != 1 {
		t.Errorf("/quit does not end it:\n%s", out)
	}
}

func TestChat_SlashCommands(t *testing.T) {
	t.Parallel()
	out := bench{t: t, in: strings.NewReader("/gopher\n/gopher coin\n/gopher zebra\n/gopher suggest a term\nsuggest a term\n/gopher define goroutine\n/unknown\n")}.ok("chat")
	for _, want := range []string{
		"`/gopher [anything you'd say to me]`", "gopher> Did you mean `flip a coin`?\n    [flip a coin]\n", "gopher (only to you)> I don't know anything about that, sorry. Say `/gopher` to see everything.\n",
		"gopher (opens a form)> Suggest a term\n", "opens a form for it.\n    [Suggest a term]\n", "gopher> *goroutine*", "\n    [Remove]\ngopher> I don't know that one, sorry.",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
	if n := strings.Count(out, "(opens a form)"); n != 1 {
		t.Errorf("%d forms, want that of the slash command alone:\n%s", n, out)
	}
}

func TestChat_InAChannel(t *testing.T) {
	t.Parallel()
	out := bench{t: t, in: strings.NewReader("flip a coin\n@gopher: flip a coin")}.ok("chat", "--channel", "--json")
	decoder := json.NewDecoder(strings.NewReader(out))
	for _, want := range []struct {
		say  string
		does int
	}{{"flip a coin", 0}, {"@gopher: flip a coin", 1}} {
		var got struct {
			Say string
			Did []struct{ Kind, Text string }
		}
		if err := decoder.Decode(&got); err != nil {
			t.Fatal(err)
		}
		if got.Say != want.say || len(got.Did) != want.does || want.does == 1 && got.Did[0].Kind != "reply" {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
}

// TestChat_AnswersAtOnce talks to it as at a terminal: an answer comes before the next
// question.
func TestChat_AnswersAtOnce(t *testing.T) {
	t.Parallel()
	in, typing := io.Pipe()
	b := bench{t: t, in: in, terminal: true}
	var out, errs buffer
	done := make(chan int, 1)
	go func() { done <- cli.Run(t.Context(), b.env(&out, &errs), []string{"chat"}) }()
	testenv.Eventually(t, "a prompt", func() bool { return out.String() == "you> " })
	if _, err := io.WriteString(typing, "flip a coin\n"); err != nil {
		t.Fatal(err)
	}
	testenv.Eventually(t, "an answer and a prompt", func() bool {
		return strings.HasPrefix(out.String(), "you> gopher> ") && strings.HasSuffix(out.String(), "\nyou> ")
	})
	typing.Close()
	if code := testenv.Next(t, done); code != 0 || errs.String() != "" {
		t.Errorf("exit code %d, %s", code, errs.String())
	}
}
