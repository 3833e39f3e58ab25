package demo_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/demo"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// onSharkfin has a demo simulate Sharkfin.
func onSharkfin(o *demo.Options) { o.Platform = demo.Sharkfin }

// TestSharkfin_Answers on the real way: the gateway's sockets and reading, the stream, the handlers
// and the server's tools.
func TestSharkfin_Answers(t *testing.T) {
	t.Parallel()
	url, _ := startWith(t, onSharkfin)
	v := view(t, url)
	say := func(channel, text string) {
		t.Helper()
		v.post("say", map[string]string{"as": "ada", "channel": channel, "text": text})
	}
	answer := func(channel, part string) {
		t.Helper()
		testenv.Eventually(t, "the bot says "+part, func() bool {
			return slices.ContainsFunc(v.in(channel)["gopher"], func(m slacksim.Message) bool { return strings.Contains(m.Text, part) })
		})
	}
	say("general", "@gopher what is a goroutine?")
	answer("general", "goroutine")
	say("general", "define channel")
	answer("general", "channel")
	say("general", "I love bbq") // which is worth an emoji on other platforms
	say("general", "@gopher help")
	answer("dm-ada-gopher", "flip a coin")
	say("organizers", "@gopher newbie resources")
	answer("organizers", "go.dev")
	say("dm-ada-gopher", "flip a coin")
	testenv.Eventually(t, "everything is handled", func() bool {
		v.mu.Lock()
		defer v.mu.Unlock()
		handled := 0
		for _, m := range v.messages {
			if m.User == "ada" && m.Journey.Reached(slacksim.Handled) {
				handled++
			}
		}
		return handled == 6
	})
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, m := range v.messages {
		if m.Journey != nil && (strings.HasPrefix(m.Journey.Outcome, "failed") || strings.HasPrefix(m.Journey.Outcome, "dropped")) {
			t.Errorf("%q: %s", m.Text, m.Journey.Outcome)
		}
	}
}
