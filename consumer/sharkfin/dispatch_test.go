package sharkfin_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/cooldown"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/receipt"
	wire "github.com/gobridge/gopherbot/internal/sharkfin"
	"github.com/gobridge/gopherbot/internal/sharkfin/sim"
	"github.com/gobridge/gopherbot/internal/subject"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// deployment is a consumer of a server's events, and a queue of them.
type deployment struct {
	*testing.T
	server    *server
	publisher *workqueue.Publisher
	receipts  *receipt.Store
	outcomes  chan error
	results   chan consumer.UnknownResult // of searches
}

// unhurried is an action's timeout that a slow machine keeps.
const unhurried = 20 * time.Second

// deploy runs a consumer whose bot replies to "ping", at length to "long", and to "help" for the
// author alone. timeout bounds an action.
func deploy(t *testing.T, s *server, timeout time.Duration) *deployment {
	t.Helper()
	rdb, app := redistest.New(t)
	d := &deployment{T: t, server: s, receipts: receipt.New(rdb, app), outcomes: make(chan error, 1000), results: make(chan consumer.UnknownResult, 1000)}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	reply := func(text string, method func(handler.Responder, context.Context, handler.Reply) error) func(context.Context, handler.Message, handler.Responder) error {
		return func(ctx context.Context, _ handler.Message, r handler.Responder) error {
			return method(r, ctx, handler.Text(text))
		}
	}
	registry, err := handler.NewRegistry(
		handler.Command{Trigger: "ping", Help: "h", Run: reply("pong", handler.Responder.Reply)},
		handler.Command{Trigger: "long", Help: "h", Run: reply(strings.Repeat(strings.Repeat("x", 999)+"\n", 150), handler.Responder.Reply)},
		handler.Command{Trigger: "tell me", Help: "h", Run: reply("a secret", handler.Responder.ReplyEphemeral)},
	)
	check(err)
	d.publisher, err = workqueue.NewPublisher(rdb, workqueue.PublisherOptions{App: app})
	check(err)
	queue, err := workqueue.NewConsumer(rdb, workqueue.ConsumerOptions{
		App: app, Name: "test", Hooks: workqueue.Hooks{OnFinish: func(_ *workqueue.Delivery, outcome error) { d.outcomes <- outcome }},
	})
	check(err)
	dispatcher, err := consumer.NewDispatcher(consumer.Options{
		Platforms: map[string]consumer.Platform{wire.Source: s.platform()}, Registry: registry, Deduper: cooldown.New(rdb, app), Settle: 50 * time.Millisecond,
		ActionTimeout: timeout, Receipts: d.receipts, Subjects: subject.New(rdb, app), Pace: time.Millisecond, Log: zerolog.Nop(),
		Unknown: func(r consumer.UnknownResult) { d.results <- r },
	})
	check(err)
	dispatcher.Register(queue)
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- queue.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := testenv.Next(t, stopped); err != nil {
			t.Error(err)
		}
	})
	return d
}

// hear has alice say something in town, and the bot read it.
func (d *deployment) hear(text string) consumer.Message {
	d.Helper()
	m := d.server.say(d, text)
	e := eventOf(d, wire.Message{ID: number(d, m.ID), Channel: "town", ChannelType: "channel", Public: true, From: "alice", FromType: "user", Body: text})
	e.Time = time.Now()
	if _, err := d.publisher.Publish(d.Context(), e); err != nil {
		d.Fatal(err)
	}
	return m
}

func number(t testing.TB, id string) int64 {
	t.Helper()
	ref, ok := wire.ParseRef(id)
	if !ok {
		t.Fatalf("%q is no id", id)
	}
	return ref.ID
}

// settled waits until an event needs no further attempt.
func (d *deployment) settled() error {
	d.Helper()
	for {
		if err := testenv.Next(d, d.outcomes); over(err) {
			return err
		}
	}
}

// over reports whether an outcome needs no further attempt.
func over(err error) bool {
	_, discarded := errors.AsType[*workqueue.DiscardError](err)
	_, rejected := errors.AsType[*workqueue.RejectError](err)
	return err == nil || discarded || rejected
}

// TestConsumer_SaysItOnce: whatever happens to the answers, a person reads each part of a reply
// once.
func TestConsumer_SaysItOnce(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		fault   sim.Fault
		results []consumer.UnknownResult // "" for a new unknown outcome
	}{
		{"the answer is lost", sim.Fault{Lose: true}, []consumer.UnknownResult{"", consumer.UnknownFound}},
		{"no answer in time", sim.Fault{Hang: true}, []consumer.UnknownResult{"", consumer.UnknownRepeated}},
		{"503", sim.Fault{Status: 503}, []consumer.UnknownResult{"", consumer.UnknownRepeated}},
		{"429", sim.Fault{Status: 429, Header: http.Header{"Retry-After": {"1"}}}, nil},
		{"a session that the server forgot", sim.Fault{Status: 404, Body: "Invalid session ID"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			timeout := unhurried
			if test.fault.Hang {
				timeout = 2 * time.Second
			}
			d := deploy(t, s, timeout)
			d.hear("@gopher ping") // begins a session, and knows who there is
			if err := d.settled(); err != nil {
				t.Fatal(err)
			}
			test.fault.Tool = "send_message"
			s.Fail(test.fault)
			d.hear("@gopher long")
			if err := d.settled(); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, m := range s.said("town")[1:] {
				got = append(got, m.Body)
			}
			if text := strings.Join(got, "\n"); len(got) != 3 || strings.Count(text, "x") != 150*999 {
				t.Errorf("it said %d messages with %d characters", len(got), strings.Count(text, "x"))
			}
			var results []consumer.UnknownResult
			for len(results) < len(test.results) {
				results = append(results, testenv.Next(t, d.results))
			}
			if !slices.Equal(results, test.results) || len(d.results) > 0 && !test.fault.Hang { // a slow machine may be late again
				t.Errorf("the searches found %q, want %q", results, test.results)
			}
		})
	}
}

// TestConsumer_FindsPrivateAnswers whose answer was lost, in the direct messages.
func TestConsumer_FindsPrivateAnswers(t *testing.T) {
	t.Parallel()
	s := start(t)
	d := deploy(t, s, unhurried)
	d.hear("@gopher tell me")
	if err := d.settled(); err != nil {
		t.Fatal(err)
	}
	s.Fail(sim.Fault{Tool: "send_message", Lose: true})
	d.hear("@gopher tell me")
	if err := d.settled(); err != nil {
		t.Fatal(err)
	}
	if said := s.said("dm-alice-gopher"); len(said) != 2 {
		t.Errorf("it said %d messages, want 2", len(said))
	}
	if got := testenv.Next(t, d.results); got != "" {
		t.Errorf("%q", got)
	}
	if got := testenv.Next(t, d.results); got != consumer.UnknownFound {
		t.Errorf("%q", got)
	}
}

// TestConsumer_SurvivesTheServer: it restarts, its identity service goes away, and a proxy hides its
// tools for a moment. Each message is answered once.
func TestConsumer_SurvivesTheServer(t *testing.T) {
	t.Parallel()
	s := start(t)
	d := deploy(t, s, unhurried)
	want := 0
	answered := func() {
		t.Helper()
		want++
		if err := d.settled(); err != nil {
			t.Error(err)
		}
		if n := len(s.said("town")); n != want {
			t.Errorf("%d answers, want %d", n, want)
		}
	}
	d.hear("@gopher ping")
	answered()
	s.Restart()
	d.hear("@gopher ping")
	answered()
	s.PassportDown(true)
	s.ForgetKeys()
	d.hear("@gopher ping")
	if err := testenv.Next(t, d.outcomes); err == nil || over(err) {
		t.Errorf("a refused key: %v", err)
	}
	s.PassportDown(false)
	answered()
	s.Fail(sim.Fault{Path: "/mcp", Status: 404, Body: "404 page not found\n"})
	d.hear("@gopher ping")
	answered()
}

// TestConsumer_PostsAnnouncements and updates, which it posts in a thread: nothing can be changed.
func TestConsumer_PostsAnnouncements(t *testing.T) {
	t.Parallel()
	s := start(t)
	d := deploy(t, s, unhurried)
	for i, text := range []string{"begun", "done"} {
		m := message(text)
		m.CreatedAt = time.Now()
		m.Subject = &event.Subject{Key: "deploy 42", On: event.Update}
		payload, err := m.Encode()
		if err != nil {
			t.Fatal(err)
		}
		e := workqueue.Event{ID: fmt.Sprintf("send-%d", i), Type: event.Type(wire.Source, event.Send), Source: wire.Source, Payload: payload, Time: time.Now()}
		if _, err := d.publisher.Publish(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		if err := d.settled(); err != nil {
			t.Fatal(err)
		}
	}
	said := s.said("town")
	if len(said) != 2 || said[0].Body != "begun" || said[1].Body != "done" || said[1].ThreadID == nil || *said[1].ThreadID != said[0].ID {
		t.Errorf("%+v", said)
	}
}

// TestConsumer_ManyAtOnce answers 100 messages whose answers are lost now and then.
func TestConsumer_ManyAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t)
	d := deploy(t, s, unhurried)
	const n = 100
	for i := range n {
		if i%10 == 0 {
			s.Fail(sim.Fault{Tool: "send_message", Lose: true})
		}
		d.hear("@gopher ping")
	}
	for range n {
		if err := d.settled(); err != nil {
			t.Error(err)
		}
	}
	if said := len(s.said("town")); said != n {
		t.Errorf("%d answers, want %d", said, n)
	}
}
