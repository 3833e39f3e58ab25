package consumer_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/cooldown"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// lease is short, so that a consumer that is cut off is soon held to be dead.
const lease = 400 * time.Millisecond

// consume runs a dispatcher on a connection to Redis of its own until the test
// ends, and returns the outcomes that it came to.
func consume(t *testing.T, rdb redis.UniversalClient, app string, opts consumer.Options, declarations ...handler.Declaration) <-chan error {
	t.Helper()
	outcomes := make(chan error, 100)
	queue, err := workqueue.NewConsumer(rdb, workqueue.ConsumerOptions{
		App: app, Name: "test", Lease: lease, Hooks: workqueue.Hooks{OnFinish: func(_ *workqueue.Delivery, outcome error) { outcomes <- outcome }},
	})
	if err != nil {
		t.Fatal(err)
	}
	if opts.Registry, err = handler.NewRegistry(declarations...); err != nil {
		t.Fatal(err)
	}
	opts.Deduper = cooldown.New(rdb, app)
	d, err := consumer.NewDispatcher(opts)
	if err != nil {
		t.Fatal(err)
	}
	d.Register(queue)
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- queue.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		_ = testenv.Next(t, stopped) // one that lost Redis may say so
	})
	return outcomes
}

// TestDispatcher_TakesOverWhatWasPosted cuts a consumer off from Redis while it
// posts, so that it can record nothing, and has another take the event over.
func TestDispatcher_TakesOverWhatWasPosted(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		posted bool    // by the first consumer
		looks  []error // that the second one meets
		want   []string
	}{
		{"posted", true, nil, []string{"one", "two"}},
		{"not posted", false, nil, []string{"one", "two"}},
		{"posted, while a look fails", true, []error{errors.New("away")}, []string{"one", "two"}},
		{"not posted, and nobody can tell", false, []error{consumer.ErrCannotTell}, []string{"one", "two"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			mine, app := redistest.New(t)
			address, err := redis.ParseURL(redistest.URL(t))
			if err != nil {
				t.Fatal(err)
			}
			address.ContextTimeoutEnabled = true
			first := redis.NewClient(address)
			publisher, err := workqueue.NewPublisher(mine, workqueue.PublisherOptions{App: app})
			if err != nil {
				t.Fatal(err)
			}
			p := &platform{looks: test.looks}
			var once sync.Once
			cutOff := make(chan struct{})
			says := handler.Phrase{Phrases: []string{"twice"}, Help: "h", Run: func(ctx context.Context, _ handler.Message, r handler.Responder) error {
				dies := false
				once.Do(func() { dies = true })
				if dies && test.posted {
					if err := r.Reply(ctx, handler.Text("one")); err != nil {
						return err
					}
				}
				if dies {
					close(cutOff)
					<-ctx.Done()
					return context.Cause(ctx)
				}
				return errors.Join(r.Reply(ctx, handler.Text("one")), r.Reply(ctx, handler.Text("two")))
			}}
			opts := consumer.Options{Platforms: slackOnly(p), Settle: settle}
			consume(t, first, app, opts, says)
			payload := []byte(`{"Text":"twice"}`)
			event := workqueue.Event{Type: event.Type(event.Slack, event.MessagePublic), Source: "slack", ID: "Ev1", Time: time.Now(), Payload: payload}
			if _, err := publisher.Publish(t.Context(), event); err != nil {
				t.Fatal(err)
			}
			testenv.Next(t, cutOff)
			if err := first.Close(); err != nil {
				t.Fatal(err)
			}
			outcomes := consume(t, mine, app, opts, says)
			for testenv.Next(t, outcomes) != nil {
			}
			if got := p.heard(); !slices.Equal(got, test.want) {
				t.Errorf("heard %q, want %q", got, test.want)
			}
		})
	}
}

// TestDispatcher_HungHandlerWithAnUnfinishedPost abandons a handler whose post does not
// end, and searches for the post.
func TestDispatcher_HungHandlerWithAnUnfinishedPost(t *testing.T) {
	t.Parallel()
	p := &platform{}
	release := make(chan struct{})
	outcomes := make(chan error, 100)
	var counted results
	var hang sync.Once
	d := deploy(t, consumer.Options{Platforms: slackOnly(stuck{t, p, &hang, release}), ActionTimeout: 50 * time.Millisecond, Settle: settle, Unknown: counted.add},
		func(outcome error) { outcomes <- outcome }, answers...)
	d.publish(event.Type(event.Slack, event.MessagePublic), "Ev1", time.Now(), in("C1", "flipped"))
	if err := ends(t, outcomes); err != nil {
		t.Error(err)
	}
	close(release)
	if got := counted.all(); got[""] != 1 || got[consumer.UnknownFound] != 1 {
		t.Errorf("counted %v", got)
	}
	if got := p.heard(); !slices.Equal(got, []string{"put back"}) {
		t.Errorf("heard %q", got)
	}
}

// stuck is a platform that makes its first post, and does not return from it.
type stuck struct {
	t *testing.T
	*platform
	once    *sync.Once
	release chan struct{}
}

func (s stuck) Responder(consumer.Incoming, string) consumer.Responder {
	return stuckResponder{&responder{platform: s.platform}, s}
}

type stuckResponder struct {
	*responder
	stuck stuck
}

func (s stuckResponder) Post(ctx context.Context, kind consumer.PostKind, m consumer.Rendered) error {
	err := s.responder.Post(ctx, kind, m)
	s.stuck.once.Do(func() { testenv.Hold(s.stuck.t, s.stuck.release) })
	return err
}
