package gophers

import (
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/handlertest"
	"github.com/gobridge/gopherbot/internal/playground"
)

func TestShareCode(t *testing.T) {
	t.Parallel()
	const short = "```x := []int{1}```"
	files := drawer{"F1": "package main\n\nfunc main() {\n\tprintln(1)\n\tprintln(2)\n}\n"}
	for name, c := range map[string]struct {
		message handler.Message
		kind    handler.ChannelKind
		channel string
		want    string // the beginning of what it does
		shares  int
	}{
		"short code":                    {handler.Message{Text: short}, handler.Public, "C1", "reply: Here's that code on the Go Playground: <https://play.example/p/1>", 1},
		"long code":                     {handler.Message{Text: code}, handler.Public, "C1", "reply: Here's that code", 1},
		"a file":                        {handler.Message{Text: "see", Files: []handler.File{{ID: "F1", Name: "a.go"}}}, handler.Public, "C1", "reply: Here's that code", 1},
		"prose":                         {handler.Message{Text: "Good morning!"}, handler.Public, "C1", "ephemeral: I couldn't find any Go in this message.", 0},
		"nothing":                       {handler.Message{}, handler.Public, "C1", "ephemeral: I couldn't find any Go in this message.", 0},
		"a password":                    {handler.Message{Text: "```password := \"correct-horse-9battery\"\nx := 1```"}, handler.Public, "C1", "ephemeral: I didn't put the message on the Go Playground", 0},
		"in a private channel":          {handler.Message{Text: short}, handler.Private, "G1", "ephemeral: Everyone can read the Go Playground, so I don't share code from private", 0},
		"in a group":                    {handler.Message{Text: short}, handler.Group, "G2", "ephemeral: Everyone can read the Go Playground, so I don't share code from private", 0},
		"in a channel that is left out": {handler.Message{Text: short}, handler.Public, "CQUIET", "ephemeral: I don't share code from this channel.", 0},
		"opted out":                     {handler.Message{Text: "nolink " + short}, handler.Public, "C1", "ephemeral: The author doesn't want that", 0},
		"one's own, to the bot":         {handler.Message{Text: short, User: "U1"}, handler.Direct, "D1", "reply: Here's that code", 1},
		"somebody else's, directly":     {handler.Message{Text: short, User: "U2"}, handler.Direct, "D1", "ephemeral: Everyone can read the Go Playground, so I don't share code from other people's direct messages", 0},
		"too large":                     {handler.Message{Text: "```x := 1\n" + strings.Repeat("y := 2\n", playground.MaxSource/7+1) + "```"}, handler.Public, "C1", "ephemeral: I couldn't find any Go in this message.", 0},
	} {
		s := &shelf{}
		r := handlertest.Registry(t, remove, shareCode(Playground{Sharer: s, Files: files, Channels: workspace{}, Except: []string{"quiet"}}))
		got := handlertest.Shortcut(t, r, "share-code", handler.Interaction{Message: &c.message, Channel: handler.Channel{ID: c.channel, Kind: c.kind}}).String()
		if !strings.HasPrefix(got, c.want) || len(s.programs) != c.shares || strings.Contains(got, "\n") {
			t.Errorf("%s: %d programs, %q, want %d and %q", name, len(s.programs), got, c.shares, c.want)
		}
	}
}

func TestShareCode_Refused(t *testing.T) {
	t.Parallel()
	i := handler.Interaction{Message: &handler.Message{Text: code}, Channel: handler.Channel{ID: "C1", Kind: handler.Public}}
	r := handlertest.Registry(t, remove, shareCode(Playground{Sharer: &shelf{errs: []error{&playground.RefusedError{}}}}))
	if got := handlertest.Shortcut(t, r, "share-code", i).String(); got != "ephemeral: "+rejection {
		t.Errorf("the playground refuses it: %s", got)
	}
	s := &shelf{}
	r = handlertest.Registry(t, remove, shareCode(Playground{Sharer: s, OnlyAddressed: true}))
	if got := handlertest.Shortcut(t, r, "share-code", i).String(); !strings.HasPrefix(got, "ephemeral: I'm only being tried out") || len(s.programs) > 0 {
		t.Errorf("in shadow mode: %s, %q", got, s.programs)
	}
}
