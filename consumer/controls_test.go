package consumer_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// board has the controls of a test.
type board struct {
	mu                        sync.Mutex
	paused, silenced, ignored []string
}

func (b *board) has(list *[]string, name string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Contains(*list, name)
}

func (b *board) HandlerPaused(name string) bool { return b.has(&b.paused, name) }

func (b *board) Silenced(source, channel string) bool {
	return b.has(&b.silenced, source+":"+channel)
}

func (b *board) Ignored(source, person string) bool { return b.has(&b.ignored, source+":"+person) }

func (b *board) resume() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.paused = nil
}

// TestDispatcher_PausedHandler postpones an event for a paused handler, at no cost of an
// attempt. Another handler of the event runs at once, and only once.
func TestDispatcher_PausedHandler(t *testing.T) {
	t.Parallel()
	p, b := &platform{}, &board{paused: []string{`phrase "tea"`}}
	outcomes := make(chan error, 10)
	d := deploy(t, consumer.Options{Platforms: slackOnly(p), Controls: b}, func(outcome error) { outcomes <- outcome },
		handler.Phrase{Phrases: []string{"tea"}, Help: "h", Text: "tea is served"},
		handler.Phrase{Phrases: []string{"cake"}, Help: "h", Text: "cake is served"},
	)
	d.say("tea and cake", time.Now())
	outcome := testenv.Next(t, outcomes)
	postponed, ok := errors.AsType[*workqueue.PostponeError](outcome)
	if !ok || postponed.After != 5*time.Second || !strings.Contains(outcome.Error(), `phrase "tea": its handler is paused by an operator`) {
		t.Fatalf("outcome: %v", outcome)
	}
	if got := p.heard(); !slices.Equal(got, []string{"cake is served"}) {
		t.Errorf("said %q while it was paused", got)
	}
	b.resume()
	if outcome := testenv.Next(t, outcomes); outcome != nil {
		t.Errorf("after the pause: %v", outcome)
	}
	if got := p.heard(); !slices.Equal(got, []string{"cake is served", "tea is served"}) {
		t.Errorf("said %q in all", got)
	}
	if dead, err := d.inspector.ListDeadLetters(t.Context(), "message_public", "", 10); err != nil || len(dead) > 0 {
		t.Errorf("dead letters: %+v (%v)", dead, err)
	}
}

// TestDispatcher_PausedTooLong discards a message that is too old when its handler is
// resumed. A join waits as long as it takes.
func TestDispatcher_PausedTooLong(t *testing.T) {
	t.Parallel()
	const name = "channel join newbies"
	b := &board{paused: []string{`phrase "tea"`}}
	welcome := handler.ChannelJoin{Channel: "newbies", Run: func(context.Context, handler.Join, handler.Responder) error { return nil }}
	registry, err := handler.NewRegistry(welcome)
	if err != nil {
		t.Fatal(err)
	}
	b.paused = append(b.paused, registry.Infos()[0].Name)
	outcomes := make(chan error, 10)
	d := deploy(t, consumer.Options{Platforms: slackOnly(&platform{}), Controls: b}, func(outcome error) { outcomes <- outcome },
		handler.Phrase{Phrases: []string{"tea"}, Help: "h", Text: "tea is served"}, welcome)
	d.say("tea", time.Now().Add(-29*time.Second))
	if outcome := testenv.Next(t, outcomes); !isPostponed(outcome) {
		t.Errorf("a message: %v", outcome)
	}
	discard, ok := errors.AsType[*workqueue.DiscardError](testenv.Next(t, outcomes))
	if !ok || discard.Kind != workqueue.TooOld {
		t.Errorf("a message that is too old: %v", discard)
	}
	d.publish(event.Type(event.Slack, event.ChannelJoin), "Ev2", time.Now().Add(-time.Hour), handler.Join{User: "U1", Channel: handler.Channel{ID: "C1", Name: "newbies"}})
	if outcome := testenv.Next(t, outcomes); !isPostponed(outcome) {
		t.Errorf("%s: %v", name, outcome)
	}
}

func isPostponed(outcome error) bool {
	_, ok := errors.AsType[*workqueue.PostponeError](outcome)
	return ok
}

// TestDispatcher_TurnsDown runs nothing for an ignored person, and nothing in a silenced
// channel.
func TestDispatcher_TurnsDown(t *testing.T) {
	t.Parallel()
	const ignored = "discarded: an operator has the bot ignore this person"
	const silenced = "discarded: an operator has silenced the bot in this channel"
	message := func(user, channel string) handler.Message {
		return handler.Message{Text: "tea", User: user, Channel: handler.Channel{ID: channel}}
	}
	join := func(user, channel string) handler.Join {
		return handler.Join{User: user, Channel: handler.Channel{ID: channel, Name: "newbies"}}
	}
	for _, test := range []struct {
		name string
		kind event.Kind
		what any
		want string // the outcome, "" for none
	}{
		{"anybody's message", event.MessagePublic, message("U1", "C1"), ""},
		{"an ignored person's message", event.MessagePublic, message("U2", "C1"), ignored},
		{"in private, too", event.MessagePrivate, message("U2", "D1"), ignored},
		{"a message in a silenced channel", event.MessagePublic, message("U1", "C2"), silenced},
		{"an ignored person's arrival", event.WorkspaceJoin, join("U2", ""), ignored},
		{"in a channel", event.ChannelJoin, join("U2", "C1"), ignored},
		{"in a silenced channel", event.ChannelJoin, join("U1", "C2"), silenced},
		{"a slash command", event.Interaction, use{Kind: consumer.SlashCommand, ID: "weather", User: "U2"}, ignored},
		{"a reaction", event.ReactionAdded, use{Emoji: "x", User: "U2"}, ignored},
		{"the bot's page", event.HomeOpened, use{User: "U2"}, ignored},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := &interactive{platform: &platform{}}
			outcomes := make(chan error, 10)
			b := &board{ignored: []string{"slack:U2"}, silenced: []string{"slack:C2"}}
			d := deploy(t, consumer.Options{Platforms: map[string]consumer.Platform{event.Slack: p}, Answers: &waiting{}, Controls: b},
				func(outcome error) { outcomes <- outcome },
				append(controls(), handler.Phrase{Phrases: []string{"tea"}, Help: "h", Text: "tea is served"},
					handler.WorkspaceJoin{Text: "welcome"}, handler.ChannelJoin{Channel: "newbies", Text: "welcome"})...)
			d.publish(event.Type(event.Slack, test.kind), "Ev1", time.Now(), test.what)
			got := ""
			if outcome := testenv.Next(t, outcomes); outcome != nil {
				got = outcome.Error()
			}
			if said := p.heard(); got != test.want || (test.want == "") != (len(said) > 0) || p.page != "" {
				t.Errorf("outcome %q, want %q; said %q and %q", got, test.want, said, p.page)
			}
		})
	}
}

// TestDispatcher_SwitchedOffForm tells a person who submits a form at once that nothing
// takes it: the gateway waits for an answer.
func TestDispatcher_SwitchedOffForm(t *testing.T) {
	t.Parallel()
	const off = `{"":"This is switched off for now. Please try again later."}`
	for name, b := range map[string]*board{
		"its handler is paused": {paused: []string{testForm.Name()}},
		"the person is ignored": {ignored: []string{"slack:U2"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, gateway, outcomes := &interactive{platform: &platform{}}, &waiting{}, make(chan error, 10)
			d := deploy(t, consumer.Options{Platforms: map[string]consumer.Platform{event.Slack: p}, Answers: gateway, Controls: b},
				func(outcome error) { outcomes <- outcome }, controls()...)
			d.publish(event.Type(event.Slack, event.Interaction), "Ev1", time.Now(),
				use{Kind: consumer.Submit, ID: "test", User: "U2", AnswerTo: "g/1", Values: handler.Values{"word": {"yes"}}})
			discard, ok := errors.AsType[*workqueue.DiscardError](testenv.Next(t, outcomes))
			if got := gateway.all(); !ok || !slices.Equal(got, []string{off}) || len(p.heard()) > 0 {
				t.Errorf("answered %q, said %q: %v", got, p.heard(), discard)
			}
		})
	}
}

// TestDispatcher_SilencedSends leaves out what a handler posts in a silenced channel, an
// announcement for it, and one that names it otherwise.
func TestDispatcher_SilencedSends(t *testing.T) {
	t.Parallel()
	t.Run("PostIn", func(t *testing.T) {
		t.Parallel()
		p, outcomes := &platform{}, make(chan error, 10)
		d := deploy(t, consumer.Options{Platforms: slackOnly(p), Controls: &board{silenced: []string{"slack:general"}}}, func(outcome error) { outcomes <- outcome },
			handler.Phrase{Phrases: []string{"tea"}, Help: "h", Run: func(ctx context.Context, _ handler.Message, r handler.Responder) error {
				return errors.Join(r.PostIn(ctx, "general", handler.Text("tea!")), r.Reply(ctx, handler.Text("told them")))
			}})
		d.say("tea", time.Now())
		if outcome := testenv.Next(t, outcomes); outcome != nil || !slices.Equal(p.heard(), []string{"told them"}) {
			t.Errorf("said %q: %v", p.heard(), outcome)
		}
	})
	for name, silenced := range map[string]string{"by its name": "slack:general", "by its id": "slack:C1"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &inChannel{platform: &platform{}, id: "C1"}
			got := handled(t, consumer.Options{Platforms: slackOnly(w), Controls: &board{silenced: []string{silenced}}}, announcement)
			if got != nil || len(w.heard()) > 0 {
				t.Errorf("said %q: %v", w.heard(), got)
			}
		})
	}
}

var announcement = workqueue.Event{
	Type: event.Type(event.Slack, event.Send), Source: "bgtasks", ID: "news/1",
	Payload: []byte(`{"v":1,"source":"announcement","bot":"slack","chat":{"name":"general"},"text":"hear, hear"}`),
}

// inChannel is a Poster that knows the id of its chat.
type inChannel struct {
	*platform
	id string
}

func (p *inChannel) Compose(ctx context.Context, n consumer.Notice, requestID string) (consumer.Composed, error) {
	c, err := p.platform.Compose(ctx, n, requestID)
	c.Chat = p.id
	return c, err
}

// TestDispatcher_PausedSends postpones announcements while their handler is paused.
func TestDispatcher_PausedSends(t *testing.T) {
	t.Parallel()
	w := &wall{platform: &platform{}}
	got := handled(t, consumer.Options{Platforms: slackOnly(w), Controls: &board{paused: []string{"announcement"}}}, announcement)
	if !isPostponed(got) || !strings.Contains(got.Error(), "paused by an operator") || len(w.got) > 0 {
		t.Errorf("posted %+v: %v", w.got, got)
	}
}
