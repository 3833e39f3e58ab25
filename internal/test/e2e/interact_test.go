package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/event"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

const appToken = "xapp-1-A0TEST-1-the-token-of-the-app"

// counter is the content of a bot with controls of all kinds. ran counts the runs of its
// form.
func counter(ran *atomic.Int32) handler.Content {
	form := &handler.Form{
		ID: "order", Title: "Order a tea", Submit: "Order", Fields: []handler.Field{
			{Name: "kind", Label: "Which tea", Max: 20},
			{Name: "city", Label: "Your city", Kind: handler.Select, Optional: true,
				Lookup: func(_ context.Context, _ handler.Interaction, typed string) ([]handler.Option, error) {
					cities := []handler.Option{{Label: "Oslo"}, {Label: "Osaka"}, {Label: "Lima"}}
					return slices.DeleteFunc(cities, func(o handler.Option) bool { return !strings.HasPrefix(o.Label, typed) }), nil
				}},
		},
		Validate: func(_ context.Context, i handler.Interaction) (handler.Validation, error) {
			if i.Values.First("kind") == "coffee" {
				return handler.Validation{Errors: map[string]string{"kind": "That is no tea."}}, nil
			}
			return handler.Validation{}, nil
		},
		Run: func(ctx context.Context, i handler.Interaction, r handler.Responder) error {
			ran.Add(1)
			return r.Reply(ctx, handler.Text("One "+i.Values.First("kind")+" for "+i.Values.First("city")+i.Data))
		},
	}
	say := func(text string) func(context.Context, handler.Interaction, handler.Responder) error {
		return func(ctx context.Context, _ handler.Interaction, r handler.Responder) error {
			return r.ReplyEphemeral(ctx, handler.Text(text))
		}
	}
	return handler.Content{Name: "teabot", Description: "Serves tea.", Mention: "gopher", Registry: func(handler.Services) (*handler.Registry, error) {
		return handler.NewRegistry(
			handler.Help{Trigger: "help", Help: "explains everything", Home: true},
			handler.Command{Trigger: "menu", Help: "shows the menu", Run: func(ctx context.Context, _ handler.Message, r handler.Responder) error {
				return r.Reply(ctx, handler.Reply{Text: "What would you like?", Components: []handler.Component{
					{ID: "order", Label: "Order", Data: " at the counter"},
					{ID: "sold-out", Label: "Sold out", Danger: true},
					{ID: "of-last-year", Label: "Happy new year"},
				}})
			}},
			handler.SlashCommand{Command: "tea", Help: "says anything to the bot", Commands: true},
			handler.Action{ID: "order", Help: "opens the order", Form: form},
			handler.Action{ID: "sold-out", Help: "closes the counter", Run: func(ctx context.Context, i handler.Interaction, r handler.Responder) error {
				return r.Edit(ctx, handler.Text("Sold out, says <@"+i.User+">."))
			}},
			handler.Shortcut{ID: "praise", Title: "Praise the tea", Help: "praises", OnMessage: true, Run: say("praised")},
			handler.Shortcut{ID: "order-now", Title: "Order a tea", Help: "opens the order", Form: form},
			handler.ReactionAdded{Emoji: []string{"x"}, Help: "removes an answer of the bot", Run: func(ctx context.Context, i handler.Interaction, r handler.Responder) error {
				if i.Message.Asker != i.User {
					return nil
				}
				return r.Edit(ctx, handler.Reply{})
			}},
		)
	}}
}

// overEach runs a test with a bot over HTTP and with one over sockets. None of the
// processes runs until start is called. In the end the bot must have made no mistake.
func overEach(t *testing.T, test func(t *testing.T, b *bot, start func()), change ...func(*slacksim.Options)) {
	t.Helper()
	for _, transport := range []string{"HTTP", "sockets"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			b := newBotOn(t, redistest.URL(t), append(change, func(o *slacksim.Options) {
				o.Scopes, o.Events = nil, nil
				if transport == "sockets" {
					socketMode(o)
				}
			})...)
			if transport == "sockets" {
				b.environ["GOPHER_SLACK_APP_TOKEN"] = appToken
				delete(b.environ, "GOPHER_SLACK_REQUEST_SECRET")
			}
			test(t, b, func() {
				t.Helper()
				b.startAll()
				b.connected()
			})
			b.settled()
			if mistakes := b.slack.Mistakes(); len(mistakes) > 0 {
				t.Errorf("the bot made mistakes that Slack ignores: %q", mistakes)
			}
		})
	}
}

// connected waits until a socket is open, if Slack uses sockets.
func (b *bot) connected() {
	b.Helper()
	testenv.Eventually(b, "a socket is open", func() bool { return !b.slack.Socket().On() || len(b.slack.Socket().Connections()) > 0 })
}

// socketMode has the workspace use sockets.
func socketMode(o *slacksim.Options) { o.SocketMode, o.AppToken = true, appToken }

// counters starts a teabot over HTTP and one over sockets, and runs a test with each.
func counters(t *testing.T, test func(t *testing.T, b *bot, ran *atomic.Int32)) {
	t.Helper()
	overEach(t, func(t *testing.T, b *bot, start func()) {
		var ran atomic.Int32
		b.content = counter(&ran)
		start()
		test(t, b, &ran)
	})
}

// hears waits for a message of the bot that has a text, and returns it.
func (b *bot) hears(text string) slacksim.Message {
	b.Helper()
	var found slacksim.Message
	testenv.Eventually(b, "the bot says "+text, func() bool {
		for _, m := range b.slack.Snapshot().Messages {
			if m.User == slacksim.BotUserID && strings.Contains(m.Text, text) {
				found = m
				return true
			}
		}
		return false
	})
	return found
}

func (b *bot) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func TestInteract_SlashCommand(t *testing.T) {
	t.Parallel()
	counters(t, func(t *testing.T, b *bot, _ *atomic.Int32) {
		b.must(b.slack.SlashCommand(t.Context(), ada, general, "/tea", "menu"))
		b.hears("What would you like?")
		b.must(b.slack.SlashCommand(t.Context(), ada, general, "/tea", "coffee"))
		if m := b.hears("I don't know anything about that"); m.EphemeralFor != ada {
			t.Errorf("%+v is for everybody", m)
		}
	})
}

func TestInteract_ButtonsAndForms(t *testing.T) {
	t.Parallel()
	counters(t, func(t *testing.T, b *bot, ran *atomic.Int32) {
		b.say(ada, general, "<@"+slacksim.BotUserID+"> menu")
		menu := b.hears("What would you like?")
		b.must(b.slack.Press(t.Context(), ada, general, menu.TS, "order"))
		modal := func(what string, is func(slacksim.Modal) bool) slacksim.Modal {
			t.Helper()
			var now slacksim.Modal
			testenv.Eventually(t, what, func() bool { now = b.slack.Modal(ada); return is(now) })
			return now
		}
		modal("the form is open", func(m slacksim.Modal) bool { return len(m.Views) == 1 })
		options, err := b.slack.Suggest(t.Context(), ada, "city", "?city", "Os")
		if err != nil || len(options) != 2 {
			t.Errorf("the cities are %v (%v)", options, err)
		}
		b.must(b.slack.Fill(t.Context(), ada, "kind", "kind", "coffee"))
		b.must(b.slack.Submit(t.Context(), ada))
		wrong := modal("the form is open", func(m slacksim.Modal) bool { return len(m.Views) == 1 })
		if errs := wrong.Views[0].Errors; errs["kind"] != "That is no tea." || ran.Load() != 0 {
			t.Errorf("the errors are %q, the form ran %d times", errs, ran.Load())
		}
		b.must(b.slack.Fill(t.Context(), ada, "kind", "kind", "Assam"))
		b.must(b.slack.Fill(t.Context(), ada, "city", "?city", "Osaka"))
		b.must(b.slack.Submit(t.Context(), ada))
		modal("the form is closed", func(m slacksim.Modal) bool { return len(m.Views) == 0 })
		b.hears("One Assam for Osaka at the counter")
		if ran.Load() != 1 {
			t.Errorf("the form ran %d times", ran.Load())
		}
		b.must(b.slack.Press(t.Context(), ada, general, menu.TS, "sold-out"))
		b.hears("Sold out, says <@" + ada + ">.")
	})
}

func TestInteract_Shortcuts(t *testing.T) {
	t.Parallel()
	counters(t, func(t *testing.T, b *bot, _ *atomic.Int32) {
		ts := b.say(ada, general, "The tea is good")
		b.must(b.slack.MessageShortcut(t.Context(), ada, general, ts, "praise"))
		b.hears("praised")
		b.must(b.slack.GlobalShortcut(t.Context(), ada, "order-now"))
		testenv.Eventually(t, "the form is open", func() bool { return len(b.slack.Modal(ada).Views) == 1 })
		b.must(b.slack.Fill(t.Context(), ada, "kind", "kind", "Oolong"))
		b.must(b.slack.Submit(t.Context(), ada))
		if m := b.hears("One Oolong"); m.Channel[0] != 'D' {
			t.Errorf("a form that was opened nowhere is answered in %s", m.Channel)
		}
	})
}

func TestInteract_HomeAndReactions(t *testing.T) {
	t.Parallel()
	counters(t, func(t *testing.T, b *bot, _ *atomic.Int32) {
		b.must(b.slack.OpenHome(ada))
		testenv.Eventually(t, "the home is published", func() bool { _, ok := b.slack.Home(ada); return ok })
		b.must(b.slack.PressHome(t.Context(), ada, "", "search-help"))
		testenv.Eventually(t, "the search is open", func() bool { return len(b.slack.Modal(ada).Views) == 1 })
		b.must(b.slack.Fill(t.Context(), ada, "topic", "topic", "menu"))
		b.must(b.slack.Submit(t.Context(), ada))
		testenv.Eventually(t, "the search has found the command", func() bool {
			views := b.slack.Modal(ada).Views
			return len(views) == 1 && strings.Contains(fmt.Sprint(views[0].Content), "shows the menu")
		})
		b.must(b.slack.Close(t.Context(), ada))

		b.say(ada, general, "<@"+slacksim.BotUserID+"> menu")
		menu := b.hears("What would you like?")
		b.must(b.slack.React(rob, general, menu.TS, "x")) // did not ask
		b.must(b.slack.React(ada, general, menu.TS, "x"))
		testenv.Eventually(t, "the answer is removed", func() bool {
			return !slices.ContainsFunc(b.slack.Snapshot().Messages, func(m slacksim.Message) bool { return m.TS == menu.TS })
		})
	})
}

// A button of a release long gone says so, and makes no dead letter.
func TestInteract_OldButton(t *testing.T) {
	t.Parallel()
	counters(t, func(t *testing.T, b *bot, _ *atomic.Int32) {
		b.say(ada, general, "<@"+slacksim.BotUserID+"> menu")
		menu := b.hears("What would you like?")
		b.must(b.slack.Press(t.Context(), ada, general, menu.TS, "of-last-year"))
		if m := b.hears("I no longer know what to do with this"); m.EphemeralFor != ada {
			t.Errorf("%+v is for everybody", m)
		}
		b.settled()
		inspector, err := workqueue.NewInspector(b.rdb, b.environ["GOPHER_APP"])
		b.must(err)
		dead, err := inspector.ListDeadLetters(t.Context(), event.Type(event.Slack, event.Interaction), "", 10)
		if err != nil || len(dead) > 0 {
			t.Errorf("dead letters: %v (%v)", dead, err)
		}
	})
}
