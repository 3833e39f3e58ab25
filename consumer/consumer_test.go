package consumer_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/eventtype"
	"github.com/gobridge/gopherbot/internal/redistest"
	"github.com/gobridge/gopherbot/internal/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

func TestMain(m *testing.M) { os.Exit(redistest.Main(m)) }

// platform is a chat platform whose events are the text of a message, said to
// the bot. It writes down what is answered.
type platform struct {
	mu   sync.Mutex
	said []string
	done chan struct{} // gets a value when "end" is said
}

func (p *platform) Message(e workqueue.Event) (handler.Message, error) {
	return handler.Message{Text: string(e.Payload), Mentioned: true, Time: e.Time}, nil
}
func (p *platform) TeamJoin(workqueue.Event) (handler.Join, error) { return handler.Join{}, nil }
func (p *platform) ChannelJoin(context.Context, workqueue.Event) (handler.Join, error) {
	return handler.Join{}, nil
}
func (p *platform) Responder(handler.Message, string) handler.Responder  { return p }
func (p *platform) JoinResponder(handler.Join, string) handler.Responder { return p }

func (p *platform) Classify(err error) (final bool, after time.Duration) {
	if later, ok := errors.AsType[*laterError](err); ok {
		return false, later.after
	}
	return errors.Is(err, errFinal), 0
}

var errFinal = errors.New("no such channel")

func (p *platform) React(_ context.Context, emoji string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.said = append(p.said, emoji)
	if emoji == "end" {
		p.done <- struct{}{}
	}
	return nil
}
func (p *platform) Reply(context.Context, handler.Reply) error          { return errors.New("unused") }
func (p *platform) ReplyEphemeral(context.Context, handler.Reply) error { return errors.New("unused") }
func (p *platform) DM(context.Context, handler.Reply) error             { return errors.New("unused") }

func TestOneHandlersFailureIsNoOthers(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	p := &platform{done: make(chan struct{}, 10)}
	var log strings.Builder
	outcomes := make(chan error, 1)
	var attempts atomic.Int32

	prefix := func(prefix string, run func(context.Context) error) handler.Prefix {
		return handler.Prefix{Prefix: prefix, Argument: "rest", Help: "h",
			Run: func(ctx context.Context, _ handler.Message, _ string, _ handler.Responder) error { return run(ctx) }}
	}
	registry, err := handler.NewRegistry(
		handler.Reaction{Words: []string{"bbq"}, Emoji: []string{"first"}},
		prefix("bbq!", func(context.Context) error { panic("not today") }),
		prefix("bbq!!", func(context.Context) error { return errors.New("not today either") }),
		prefix("bbq!!!", func(ctx context.Context) error {
			if deadline, bounded := ctx.Deadline(); !bounded || time.Until(deadline) > 5*time.Second {
				t.Error("an action has no timeout of its own")
			}
			return nil
		}),
		handler.Reaction{Words: []string{"bbq"}, Emoji: []string{"last", "end"}},
	)
	if err != nil {
		t.Fatal(err)
	}
	queue, err := workqueue.NewConsumer(rdb, workqueue.ConsumerOptions{
		App: app, Name: "test", Hooks: workqueue.Hooks{Done: func(_ *workqueue.Delivery, outcome error) {
			attempts.Add(1)
			select {
			case outcomes <- outcome:
			default: // a later try
			}
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	dispatcher, err := consumer.NewDispatcher(consumer.Options{Platform: p, Registry: registry, Log: zerolog.New(zerolog.SyncWriter(&log))})
	if err != nil {
		t.Fatal(err)
	}
	dispatcher.Register(queue)
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- queue.Run(ctx) }()

	publisher, err := workqueue.NewPublisher(rdb, workqueue.PublisherOptions{App: app})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := publisher.Publish(t.Context(), workqueue.Event{Type: eventtype.MessagePublic, ID: "Ev1", Time: time.Now(), Payload: []byte("bbq!!!")}); err != nil {
		t.Fatal(err)
	}
	testenv.Next(t, p.done)
	outcome := testenv.Next(t, outcomes)
	// The second attempt leaves out what the first has completed.
	testenv.Eventually(t, "the event is tried again", func() bool { return attempts.Load() >= 2 })
	cancel()
	if err := testenv.Next(t, stopped); err != nil {
		t.Error(err)
	}

	if want := []string{"first", "last", "end"}; !slices.Equal(p.said, want) {
		t.Errorf("said %q, want %q", p.said, want)
	}
	for _, want := range []string{`prefix "bbq!": panic: not today`, `prefix "bbq!!": not today either`} {
		if outcome == nil || !strings.Contains(outcome.Error(), want) {
			t.Errorf("the outcome does not tell of %s: %v", want, outcome)
		}
	}
	for _, want := range []string{
		`"actions":["reaction to \"bbq\"","prefix \"bbq!\"","prefix \"bbq!!\"","prefix \"bbq!!!\"","reaction to \"bbq\" (2)"],"outcome":"failed"`,
		`"action":"prefix \"bbq!\"","panic":"not today"`,
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("not in the log: %s\n%s", want, log.String())
		}
	}
}

// TestWhatFailuresMeanForTheEvent gives one event two actions and looks at what
// the queue is told.
func TestWhatFailuresMeanForTheEvent(t *testing.T) {
	t.Parallel()
	later := &laterError{time.Minute}
	broken := errors.New("broken")
	for _, test := range []struct {
		name          string
		first, second error
		want          string // how the outcome's type and text begin
	}{
		{"both are done", nil, nil, ""},
		{"one can never be done", errFinal, nil, "rejected: prefix \"a!\": no such channel"},
		{"one may be done later", broken, nil, "prefix \"a!\": broken"},
		{"one never, the other later", errFinal, broken, "prefix \"a!!\": broken\nprefix \"a!\": no such channel"},
		{"one not before", broken, later, "retry after 1m0s: prefix \"a!\": broken"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			rdb, app := redistest.New(t)
			outcome := make(chan error, 10)
			failing := func(prefix string, err error) handler.Prefix {
				return handler.Prefix{Prefix: prefix, Argument: "rest", Help: "h",
					Run: func(context.Context, handler.Message, string, handler.Responder) error { return err }}
			}
			registry, err := handler.NewRegistry(failing("a!", test.first), failing("a!!", test.second))
			if err != nil {
				t.Fatal(err)
			}
			queue, err := workqueue.NewConsumer(rdb, workqueue.ConsumerOptions{
				App: app, Name: "test", Hooks: workqueue.Hooks{Done: func(_ *workqueue.Delivery, err error) { outcome <- err }},
			})
			if err != nil {
				t.Fatal(err)
			}
			dispatcher, err := consumer.NewDispatcher(consumer.Options{Platform: &platform{}, Registry: registry})
			if err != nil {
				t.Fatal(err)
			}
			dispatcher.Register(queue)
			publisher, err := workqueue.NewPublisher(rdb, workqueue.PublisherOptions{App: app})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := publisher.Publish(t.Context(), workqueue.Event{Type: eventtype.MessagePublic, Time: time.Now(), Payload: []byte("a!!")}); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			stopped := make(chan error, 1)
			go func() { stopped <- queue.Run(ctx) }()
			got := testenv.Next(t, outcome)
			cancel()
			if err := testenv.Next(t, stopped); err != nil {
				t.Error(err)
			}
			if test.want == "" && got != nil || test.want != "" && (got == nil || !strings.HasPrefix(got.Error(), test.want)) {
				t.Errorf("%v, want %s", got, test.want)
			}
		})
	}
}

// laterError is an error that says when to try again.
type laterError struct{ after time.Duration }

func (e *laterError) Error() string { return "later" }

// TestAReplayDoesWhatWasRefused gives an event an action that is refused for
// good and one that succeeds, mends the first, and replays the dead letter.
func TestAReplayDoesWhatWasRefused(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	var mended atomic.Bool
	var refused, succeeded atomic.Int32
	registry, err := handler.NewRegistry(
		handler.Prefix{Prefix: "a!", Argument: "rest", Help: "h", Run: func(context.Context, handler.Message, string, handler.Responder) error {
			refused.Add(1)
			if !mended.Load() {
				return errFinal
			}
			return nil
		}},
		handler.Prefix{Prefix: "a!!", Argument: "rest", Help: "h", Run: func(context.Context, handler.Message, string, handler.Responder) error {
			succeeded.Add(1)
			return nil
		}},
	)
	if err != nil {
		t.Fatal(err)
	}
	queue, err := workqueue.NewConsumer(rdb, workqueue.ConsumerOptions{App: app, Name: "test"})
	if err != nil {
		t.Fatal(err)
	}
	// It is old by the time that it is replayed.
	var later atomic.Int64
	dispatcher, err := consumer.NewDispatcher(consumer.Options{
		Platform: &platform{}, Registry: registry,
		Now: func() time.Time { return time.Now().Add(time.Duration(later.Load())) },
	})
	if err != nil {
		t.Fatal(err)
	}
	dispatcher.Register(queue)
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- queue.Run(ctx) }()
	publisher, err := workqueue.NewPublisher(rdb, workqueue.PublisherOptions{App: app})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := publisher.Publish(t.Context(), workqueue.Event{Type: eventtype.MessagePublic, Time: time.Now().Add(-5 * time.Second), Payload: []byte("a!!")}); err != nil {
		t.Fatal(err)
	}
	inspector, err := workqueue.NewInspector(rdb, app)
	if err != nil {
		t.Fatal(err)
	}
	var dead []workqueue.DeadLetter
	testenv.Eventually(t, "it is a dead letter", func() bool {
		dead, err = inspector.Dead(t.Context(), eventtype.MessagePublic, "", 10)
		return err == nil && len(dead) == 1
	})
	mended.Store(true)
	later.Store(int64(27 * time.Second))
	if err := inspector.Replay(t.Context(), eventtype.MessagePublic, dead[0].DeadID); err != nil {
		t.Fatal(err)
	}
	testenv.Eventually(t, "the refused action is done", func() bool { return refused.Load() == 2 })
	cancel()
	if err := testenv.Next(t, stopped); err != nil {
		t.Error(err)
	}
	if n := succeeded.Load(); n != 1 {
		t.Errorf("the other action ran %d times", n)
	}
}
