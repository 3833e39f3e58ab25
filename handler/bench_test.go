package handler_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/gobridge/gopherbot/handler"
)

// sizes are numbers of triggers. The cost of matching must not depend on them.
var sizes = []int{10, 1_000, 10_000}

// crowd returns a registry of so many triggers, of every kind that has some.
func crowd(b *testing.B, triggers int) *handler.Registry {
	b.Helper()
	silent := func(context.Context, handler.Message, string, handler.Responder) error { return nil }
	list := []handler.Declaration{
		handler.Command{Trigger: "flip a coin", Help: "h", Text: "heads"},
		handler.Prefix{Prefix: "define ", Argument: "term", Help: "h", Run: silent},
		handler.Reaction{Words: []string{"gopher"}, Emoji: []string{"gopher"}},
		handler.Phrase{Phrases: []string{"┻━┻"}, Text: "┬─┬", Help: "h"},
	}
	for i := len(list); i < triggers; i++ {
		name := fmt.Sprintf("%c%cword%d", 'a'+rune(i%26), 'a'+rune(i/26%26), i)
		switch i % 4 {
		case 0:
			list = append(list, handler.Command{Trigger: name + " please", Help: "h", Text: "t"})
		case 1:
			list = append(list, handler.Prefix{Prefix: name + ":", Argument: "a", Help: "h", Run: silent})
		case 2:
			list = append(list, handler.Reaction{Words: []string{name}, Emoji: []string{"x"}})
		default:
			list = append(list, handler.Phrase{Phrases: []string{name + " indeed"}, Text: "t", Help: "h"})
		}
	}
	registry, err := handler.NewRegistry(list...)
	if err != nil {
		b.Fatal(err)
	}
	return registry
}

// BenchmarkMessage shows that the cost of matching is flat in the number of
// triggers.
func BenchmarkMessage(b *testing.B) {
	const chatter = "I have been looking at this for an hour, and I still do not see why the second call returns before the first " +
		"one has written anything; is there something about buffered channels that I have got wrong?"
	for _, message := range []struct {
		name    string
		m       handler.Message
		actions int
	}{
		{"chatter", handler.Message{Text: chatter}, 0},
		{"command", handler.Message{Text: "Flip a coin", Mentioned: true}, 1},
		{"prefix", handler.Message{Text: "define goroutine"}, 1},
		{"several", handler.Message{Text: "define gopher ┻━┻"}, 3},
	} {
		for _, triggers := range sizes {
			b.Run(fmt.Sprintf("%s/triggers=%d", message.name, triggers), func(b *testing.B) {
				registry := crowd(b, triggers)
				b.ReportAllocs()
				for b.Loop() {
					if actions := registry.Message(message.m); len(actions) != message.actions {
						b.Fatalf("%d actions, want %d", len(actions), message.actions)
					}
				}
			})
		}
	}
}

// BenchmarkQuestion measures the search for a message to the bot that matches no trigger. No
// other message is searched for.
func BenchmarkQuestion(b *testing.B) {
	for _, triggers := range sizes {
		b.Run(fmt.Sprintf("triggers=%d", triggers), func(b *testing.B) {
			registry := crowd(b, triggers)
			registry.Message(handler.Message{Text: "flop a coyn", Mentioned: true}) // builds the index
			b.ReportAllocs()
			for b.Loop() {
				actions := registry.Message(handler.Message{Text: "can you please flip that coiin of yours", Mentioned: true})
				if len(actions) != 1 {
					b.Fatal(actions)
				}
				if err := actions[0].Run(b.Context(), silence{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// silence is a Responder that says nothing.
type silence struct{}

func (silence) React(context.Context, string) error                 { return nil }
func (silence) Reply(context.Context, handler.Reply) error          { return nil }
func (silence) ReplyEphemeral(context.Context, handler.Reply) error { return nil }
func (silence) DM(context.Context, handler.Reply) error             { return nil }
func (silence) Edit(context.Context, handler.Reply) error           { return nil }
func (silence) PostIn(context.Context, string, handler.Reply) error { return nil }

func (silence) OpenForm(context.Context, *handler.Form, string) error { return nil }
