package handler_test

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/handlertest"
)

// talkative is a registry that answers everything that is said to it.
func talkative(t *testing.T) *handler.Registry {
	t.Helper()
	return handlertest.Registry(t,
		handler.Help{
			Trigger: "help", Help: "lists it all", About: "I lend books.", AskPeople: "Ask at the desk.", Names: []string{"shelf"},
			Talk: []handler.Talk{
				{Phrases: []string{"hi", "good morning"}, Text: "Hello!", Emoji: "wave"},
				{Phrases: []string{"thanks"}, Text: "With pleasure!", Emoji: "heart"},
			},
		},
		handler.Command{Trigger: "opening hours", Aliases: []string{"hours"}, Help: "tells when we are open", Text: "9 to 18"},
		handler.Command{Trigger: "fines", Help: "tells what it costs to be late", Text: "<https://example.com/|Prices of lateness>"},
		handler.Command{Trigger: "complain", Sensitive: []string{"noise", "loud people"}, Help: "listens", Text: "We listen."},
		handler.Command{Trigger: "ban", Help: "bans a noisy reader", Text: "banned", Only: moderator},
		handler.Prefix{
			Prefix: "define ", Argument: "word", Help: "explains a word",
			Arguments: []handler.Argument{{Name: "quarto", Aliases: []string{"4to"}, Text: "A sheet folded twice."}, {Name: "fine", Text: "Money for being late."}},
			Run: func(ctx context.Context, _ handler.Message, word string, r handler.Responder) error {
				return r.Reply(ctx, handler.Text("word: "+word))
			},
		},
		handler.Prefix{
			Prefix: "isbn:", Argument: "number", Help: "finds a book",
			Run: func(ctx context.Context, _ handler.Message, number string, r handler.Responder) error {
				return r.Reply(ctx, handler.Text("book "+number))
			},
		},
		handler.Reaction{Words: []string{"tea"}, Emoji: []string{"tea"}},
	)
}

const (
	knowsNot = "I don't know that one, sorry. Ask at the desk. Say `help` to see what I can do."
	itself   = "I lend books. Say `help` to see everything I can do."
)

func TestRegistry_Questions(t *testing.T) {
	t.Parallel()
	r := talkative(t)
	for say, want := range map[string]string{
		"opening hours": "reply: 9 to 18", "what are the opening hours please?": "reply: 9 to 18", "When are your opening hours": "reply: 9 to 18", "openin hour": "reply: 9 to 18",
		"shelf, hours": "reply: 9 to 18", "hi shelf, could you tell me the hours?": "reply: 9 to 18",
		"quarto": "reply: word: quarto", "what's a quarto?": "reply: word: quarto", "what does 4to mean": "reply: word: quarto", "explain quartos": "reply: word: quarto", "defin quarto": "reply: word: quarto",
		"fine": "reply: word: fine", "fines": "reply: <https://example.com/|Prices of lateness>", "what is a fine": "reply: word: fine", "what are fines": "reply: word: fine",
		"isbn 123": "reply: book 123", "isbn": "reply: book ",
		"folded":   "reply: Did you mean `define quarto`?",          // from its text
		"lateness": "reply: Did you mean `fines` or `define fine`?", // from the title of a link
		"hi":       "reply: Hello!", "good morning, shelf!": "reply: Hello!", "thanks a lot": "reply: With pleasure!", "hi, thanks": "reply: Hello!",
		"thanks, zebra is great": "reply: With pleasure!",
		"the noise!":             "reply: We listen.", "can you stop the loud people": "reply: We listen.", "noisy": "reply: " + knowsNot, "what is noise": "reply: We listen.",
		"zebra": "reply: " + knowsNot, "repotr": "reply: " + knowsNot, "banned": "reply: " + knowsNot, // for others
		"": "reply: " + itself, "?": "reply: " + itself, "shelf": "reply: " + itself,
		"I like tea": "reaction: tea", "tea, hours?": "reaction: tea",
		strings.Repeat("hours ", 200): "reply: " + knowsNot, strings.Repeat("x", 1e5): "reply: " + knowsNot, "so much " + strings.Repeat("x ", 200) + "noise": "reply: We listen.",
	} {
		if got := handlertest.Say(t, r, say).String(); got != want {
			t.Errorf("%.60q: %s, want %s", say, got, want)
		}
		if got := handlertest.SayInChannel(t, r, say).String(); strings.Contains(got, "reply") || strings.Contains(got, "ephemeral") {
			t.Errorf("%.60q, to nobody: %s", say, got)
		}
	}
	for say, want := range map[string]string{
		"hi": "reaction: wave", "thanks for the tea": "reaction: tea", "zebra": "ephemeral: " + knowsNot, "": "ephemeral: " + itself, "folded": "ephemeral: Did you mean `define quarto`?",
	} {
		if got := handlertest.Mention(t, r, say).String(); got != want {
			t.Errorf("%q in a channel: %s, want %s", say, got, want)
		}
	}
}

// TestRegistry_UnknownCooldown: only in channels there is a pause between two "I don't know".
func TestRegistry_UnknownCooldown(t *testing.T) {
	t.Parallel()
	r := talkative(t)
	for kind, want := range map[handler.ChannelKind]time.Duration{handler.Public: 5 * time.Minute, handler.Private: 5 * time.Minute, handler.Group: 5 * time.Minute, handler.Direct: 0} {
		matches := r.Message(handler.Message{Text: "zebra", Mentioned: true, Channel: handler.Channel{Kind: kind}})
		if len(matches) != 1 || matches[0].Cooldown != want || matches[0].Direct {
			t.Errorf("kind %d: %+v, want a cooldown of %v", kind, matches, want)
		}
	}
}

// TestRegistry_OffersAreSaid presses the button of an offer, and one of an earlier release.
func TestRegistry_OffersAreSaid(t *testing.T) {
	t.Parallel()
	r := talkative(t)
	button := handlertest.Say(t, r, "folded").Replies[0].Components[0]
	for data, want := range map[string]string{button.Data: "reply: word: quarto", "define gone": "reply: word: gone", "zebra": "ephemeral: I don't know anything about that, sorry. Say `help` to see everything."} {
		if got := handlertest.Action(t, r, button.ID, handler.Interaction{Data: data}).String(); got != want {
			t.Errorf("%q: %s, want %s", data, got, want)
		}
	}
}

// TestRegistry_WithoutHelp offers, but has nothing to say to the rest.
func TestRegistry_WithoutHelp(t *testing.T) {
	t.Parallel()
	r := handlertest.Registry(t, handler.Command{Trigger: "opening hours", Help: "tells when we are open", Text: "9 to 18"})
	for say, want := range map[string]string{"opening": "reply: Did you mean `opening hours`?", "zebra": "", "": ""} {
		if got := handlertest.Say(t, r, say).String(); got != want {
			t.Errorf("%q: %s, want %s", say, got, want)
		}
	}
}

func TestTalk_Mistakes(t *testing.T) {
	t.Parallel()
	_, err := handler.NewRegistry(
		handler.Help{Trigger: "help", Help: "h", Talk: []handler.Talk{{Phrases: []string{"!"}, Emoji: ":wave:"}, {Text: "t", Emoji: "wave"}}},
		handler.Command{Trigger: "c", Help: "h", Text: "t", Sensitive: []string{"?"}},
	)
	for _, want := range []string{"a Text for each Talk", `emoji ":wave:"`, "letters in each phrase", "wants a phrase", "declaration 2, .*Sensitive"} {
		if err == nil || !regexp.MustCompile(want).MatchString(err.Error()) {
			t.Errorf("no %q in: %v", want, err)
		}
	}
}
