package consumer_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// settle is short, so that tests need not wait.
const settle = 20 * time.Millisecond

// results counts the results of posts with an unknown outcome.
type results struct {
	mu sync.Mutex
	n  map[consumer.UnknownResult]int
}

func (r *results) add(result consumer.UnknownResult) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.n == nil {
		r.n = map[consumer.UnknownResult]int{}
	}
	r.n[result]++
}

func (r *results) all() map[consumer.UnknownResult]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.n)
}

// ends receives outcomes until an event is done with.
func ends(t *testing.T, outcomes <-chan error) (last error) {
	t.Helper()
	for {
		err := testenv.Next(t, outcomes)
		_, discarded := errors.AsType[*workqueue.DiscardError](err)
		_, rejected := errors.AsType[*workqueue.RejectError](err)
		if err == nil || discarded || rejected {
			return err
		}
		if postponed, ok := errors.AsType[*workqueue.PostponeError](err); !ok || postponed.After > consumer.DefaultSettle {
			t.Errorf("an unknown outcome costs an attempt, or too much time: %v", err)
		}
	}
}

// TestDispatcher_UnknownOutcome loses the answer to a post, and checks the posts and the
// counts once the event has been handled.
func TestDispatcher_UnknownOutcome(t *testing.T) {
	t.Parallel()
	away := errors.New("away")
	joins := handler.Join{Platform: "slack", Workspace: "T1", User: "U1"}
	newbie := joins
	newbie.Channel = handler.Channel{ID: "C1", Name: "newbies"}
	direct := in("D1", "books")
	direct.Channel.Kind = handler.Direct
	kinds := []struct {
		name  string
		event any
		said  string
	}{
		{"an answer that is not repeated in the channel", in("C1", "books"), "some books"},
		{"an answer in a direct message", direct, "some books"},
		{"an answer to nobody in particular", in("C1", "he flipped it"), "put back"},
		{"a welcome", joins, "DM: welcome"},
		{"an announcement", toSend{1, event.Message{Origin: event.Announcement, Bot: "slack", Chat: event.Chat{Name: "general"}, Text: "hear, hear"}}, "hear, hear"},
	}
	for _, test := range []struct {
		name         string
		fails, looks []error
		said         int // how often
		want         map[consumer.UnknownResult]int
	}{
		{"posted", []error{errPosted}, nil, 1, map[consumer.UnknownResult]int{"": 1, consumer.UnknownFound: 1}},
		{"not posted", []error{errLost}, nil, 1, map[consumer.UnknownResult]int{"": 1, consumer.UnknownRepeated: 1}},
		{"posted, while looks fail", []error{errPosted}, []error{away, away, away}, 1,
			map[consumer.UnknownResult]int{"": 1, consumer.UnknownFound: 1}},
		{"not posted, and then posted", []error{errLost, errPosted}, nil, 1,
			map[consumer.UnknownResult]int{"": 2, consumer.UnknownRepeated: 1, consumer.UnknownFound: 1}},
		{"not posted, and the next try is rate limited", []error{errLost, &laterError{time.Millisecond}}, nil, 1,
			map[consumer.UnknownResult]int{"": 1, consumer.UnknownRepeated: 1}},
		{"never, by more tries than an event has", slices.Repeat([]error{errLost}, 12), nil, 1,
			map[consumer.UnknownResult]int{"": 12, consumer.UnknownRepeated: 12}},
		{"posted, and nobody can tell", []error{errPosted}, []error{fmt.Errorf("no scope: %w", consumer.ErrCannotTell)}, 1,
			map[consumer.UnknownResult]int{"": 1, consumer.UnknownLeft: 1}},
		{"not posted, and nobody can tell", []error{errLost}, []error{consumer.ErrCannotTell}, 0,
			map[consumer.UnknownResult]int{"": 1, consumer.UnknownLeft: 1}},
	} {
		for _, kind := range kinds {
			t.Run(test.name+", "+kind.name, func(t *testing.T) {
				t.Parallel()
				p := &platform{fails: slices.Clone(test.fails), looks: slices.Clone(test.looks)}
				var counted results
				outcomes := make(chan error, 100)
				opts := consumer.Options{Platforms: slackOnly(p), Cooldown: time.Hour, Settle: settle, Unknown: counted.add}
				d := deploy(t, opts, func(outcome error) { outcomes <- outcome }, answers...)
				d.publish(typeOf(kind.event), "Ev1", time.Now(), kind.event)
				if err := ends(t, outcomes); err != nil {
					t.Error(err)
				}
				if got := p.heard(); !slices.Equal(got, slices.Repeat([]string{kind.said}, test.said)) {
					t.Errorf("heard %q, want %q %d times", got, kind.said, test.said)
				}
				if got := counted.all(); !maps.Equal(got, test.want) {
					t.Errorf("counted %v, want %v", got, test.want)
				}
			})
		}
	}
}

// toSend is the payload of an event.Send.
type toSend struct {
	Version int `json:"v"`
	event.Message
}

func typeOf(what any) string {
	switch e := what.(type) {
	case toSend:
		return event.Type(event.Slack, event.Send)
	case handler.Join:
		if e.Channel.Name != "" {
			return event.Type(event.Slack, event.ChannelJoin)
		}
		return event.Type(event.Slack, event.WorkspaceJoin)
	default:
		return event.Type(event.Slack, event.MessagePublic)
	}
}

// TestDispatcher_UnknownOutcomeKeepsTheCooldown asks again while it is not known
// whether the first answer was given, and after that.
func TestDispatcher_UnknownOutcomeKeepsTheCooldown(t *testing.T) {
	t.Parallel()
	p := &platform{fails: []error{errPosted}, looks: []error{errors.New("away")}}
	outcomes := make(chan error, 100)
	opts := consumer.Options{Platforms: slackOnly(p), Cooldown: time.Hour, Settle: 300 * time.Millisecond}
	d := deploy(t, opts, func(outcome error) { outcomes <- outcome }, answers...)
	d.publish(event.Type(event.Slack, event.MessagePublic), "Ev1", time.Now(), in("C1", "books"))
	if err := testenv.Next(t, outcomes); err == nil {
		t.Fatal("that the outcome is unknown is no outcome")
	}
	d.publish(event.Type(event.Slack, event.MessagePublic), "Ev2", time.Now(), in("C1", "books"))
	for range 2 { // one of each event
		if err := ends(t, outcomes); err != nil {
			t.Error(err)
		}
	}
	d.publish(event.Type(event.Slack, event.MessagePublic), "Ev3", time.Now(), in("C1", "books"))
	if err := ends(t, outcomes); err != nil {
		t.Error(err)
	}
	want := []string{
		"some books", "(I said that in this channel a moment ago.)",
		"(I said that in this channel a moment ago: <link to what was found|here it is>.)",
	}
	if got := p.heard(); !slices.Equal(got, want) {
		t.Errorf("heard %q, want %q", got, want)
	}
}

// TestDispatcher_UnknownOutcomeOfAnOldMessage makes a message too old to be
// answered while it is not known whether it was.
func TestDispatcher_UnknownOutcomeOfAnOldMessage(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		fail error
		want consumer.UnknownResult
	}{
		{"that was answered", errPosted, consumer.UnknownFound},
		{"that was not", errLost, consumer.UnknownExpired},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := &platform{fails: []error{test.fail}, looks: []error{errors.New("away")}}
			var counted results
			var later atomic.Int64 // by how much the dispatcher's clock is ahead
			outcomes := make(chan error, 100)
			d := deploy(t, consumer.Options{
				Platforms: slackOnly(p), Cooldown: time.Hour, Settle: settle, Unknown: counted.add,
				Now: func() time.Time { return time.Now().Add(time.Duration(later.Load())) },
			}, func(outcome error) {
				later.Store(int64(31 * time.Second))
				outcomes <- outcome
			}, answers...)
			d.publish(event.Type(event.Slack, event.MessagePublic), "Ev1", time.Now(), in("C1", "books"))
			discard, discarded := errors.AsType[*workqueue.DiscardError](ends(t, outcomes))
			if !discarded || (discard.Kind == workqueue.TooOld) != (test.fail == errLost) {
				t.Errorf("a message that is too old ends with %+v", discard)
			}
			said := 0
			if test.fail == errPosted {
				said = 1
			}
			if got := p.heard(); len(got) != said {
				t.Errorf("heard %q", got)
			}
			if got, want := counted.all(), (map[consumer.UnknownResult]int{"": 1, test.want: 1}); !maps.Equal(got, want) {
				t.Errorf("counted %v, want %v", got, want)
			}
		})
	}
}

// TestDispatcher_NothingFollowsAnUnknownOutcome has a handler that goes on after an
// error, and one that does not notice anything.
func TestDispatcher_NothingFollowsAnUnknownOutcome(t *testing.T) {
	t.Parallel()
	for name, act := range map[string]func(context.Context, handler.Responder) error{
		"it hides the error": func(ctx context.Context, r handler.Responder) error {
			if r.Reply(ctx, handler.Text("one")) != nil {
				_ = r.ReplyEphemeral(ctx, handler.Text("Sorry, that failed"))
			}
			return nil
		},
		"it goes on in another goroutine": func(ctx context.Context, r handler.Responder) error {
			failed := make(chan error)
			go func() { failed <- r.Reply(ctx, handler.Text("one")) }()
			if testenv.Hold(t, failed) != nil {
				return r.DM(ctx, handler.Text("Sorry, that failed"))
			}
			return nil
		},
		"it panics over it": func(ctx context.Context, r handler.Responder) error {
			if err := r.Reply(ctx, handler.Text("one")); err != nil {
				panic(err)
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &platform{fails: []error{errPosted}}
			outcomes := make(chan error, 100)
			var seen runs
			d := deploy(t, consumer.Options{Platforms: slackOnly(p), Settle: settle, Watch: seen.watch}, func(outcome error) { outcomes <- outcome },
				handler.Command{Trigger: "act", Help: "h", Run: func(ctx context.Context, _ handler.Message, r handler.Responder) error { return act(ctx, r) }})
			d.publish(event.Type(event.Slack, event.MessagePublic), "Ev1", time.Now(), in("C1", "act"))
			if err := ends(t, outcomes); err != nil {
				t.Error(err)
			}
			if got := p.heard(); !slices.Equal(got, []string{"one"}) {
				t.Errorf("heard %q", got)
			}
			if n := seen.count(`command "act"`, consumer.RunUnknown); n != 1 {
				t.Errorf("%d runs ended with an unknown outcome", n)
			}
		})
	}
}

// TestDispatcher_PostsOfAFailedActionAreNotRepeated has an action post twice, and
// fail in between.
func TestDispatcher_PostsOfAFailedActionAreNotRepeated(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]error{"temporarily": errors.New("not now"), "with an unknown outcome": errLost, "with a lost answer": errPosted} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &platform{fails: []error{nil, fail}}
			outcomes := make(chan error, 100)
			d := deploy(t, consumer.Options{Platforms: slackOnly(p), Settle: settle}, func(outcome error) { outcomes <- outcome },
				handler.Phrase{Phrases: []string{"twice"}, Help: "h", Run: func(ctx context.Context, _ handler.Message, r handler.Responder) error {
					return errors.Join(r.Reply(ctx, handler.Text("one")), r.DM(ctx, handler.Text("two")))
				}})
			d.publish(event.Type(event.Slack, event.MessagePublic), "Ev1", time.Now(), handler.Message{Text: "twice"})
			for testenv.Next(t, outcomes) != nil {
			}
			if got := p.heard(); !slices.Equal(got, []string{"one", "DM: two"}) {
				t.Errorf("heard %q", got)
			}
		})
	}
}

// TestDispatcher_RefusalIsTriedOnce refuses one action of an event for good, and
// has another tried several times.
func TestDispatcher_RefusalIsTriedOnce(t *testing.T) {
	t.Parallel()
	var refused, tried atomic.Int32
	outcomes := make(chan error, 100)
	d := deploy(t, consumer.Options{Platforms: slackOnly(&platform{})}, func(outcome error) { outcomes <- outcome },
		on("a!", func(context.Context) error {
			refused.Add(1)
			return errFinal
		}),
		on("a!!", func(context.Context) error {
			if tried.Add(1) < 4 {
				return &laterError{time.Millisecond}
			}
			return nil
		}))
	d.say("a!!", time.Now())
	err := ends(t, outcomes)
	if _, rejected := errors.AsType[*workqueue.RejectError](err); !rejected {
		t.Errorf("the outcome of the event is %v", err)
	}
	if refused.Load() != 1 || tried.Load() != 4 {
		t.Errorf("the refused action was tried %d times, the other %d times", refused.Load(), tried.Load())
	}
}

// TestDispatcher_GoneTargetIsNoFailure discards the event, without a dead letter.
func TestDispatcher_GoneTargetIsNoFailure(t *testing.T) {
	t.Parallel()
	outcomes := make(chan error, 100)
	var seen runs
	d := deploy(t, consumer.Options{Platforms: slackOnly(&platform{fails: []error{errGone}}), Watch: seen.watch}, func(outcome error) { outcomes <- outcome },
		handler.Reaction{Words: []string{"bbq"}, Emoji: []string{"first"}})
	d.publish(event.Type(event.Slack, event.MessagePublic), "Ev1", time.Now(), handler.Message{Text: "bbq tonight? the door code is 4711"})
	if _, discarded := errors.AsType[*workqueue.DiscardError](ends(t, outcomes)); !discarded {
		t.Error("it is not discarded")
	}
	d.stop()
	if dead, err := d.inspector.ListDeadLetters(t.Context(), event.Type(event.Slack, event.MessagePublic), "", 10); err != nil || len(dead) > 0 {
		t.Errorf("dead letters: %+v (%v)", dead, err)
	}
	if n := seen.count(`reaction to "bbq"`, consumer.RunGone); n != 1 {
		t.Errorf("%d runs ended because the target is gone", n)
	}
}
