package consumer_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestDispatcher_AbandonsHandlersThatIgnoreTheirContext has a handler that does not return when its time is
// up, and looks at the one after it.
func TestDispatcher_AbandonsHandlersThatIgnoreTheirContext(t *testing.T) {
	t.Parallel()
	p := &platform{done: make(chan struct{}, 10)}
	var log strings.Builder
	release, late := make(chan struct{}), make(chan error, 10)
	outcomes := make(chan error, 10)
	var seen runs
	d := deploy(t, consumer.Options{Platforms: slackOnly(p), ActionTimeout: 50 * time.Millisecond, Watch: seen.watch, Log: zerolog.New(zerolog.SyncWriter(&log))},
		func(outcome error) { outcomes <- outcome },
		handler.Phrase{Phrases: []string{"hangs"}, Help: "h", Run: func(ctx context.Context, _ handler.Message, r handler.Responder) error {
			testenv.Hold(t, release)
			ctx = context.WithoutCancel(ctx) // and it tries to speak all the same
			late <- errors.Join(r.Reply(ctx, handler.Text("late")), r.React(ctx, "late"))
			return nil
		}},
		handler.Reaction{Words: []string{"hangs"}, Emoji: []string{"end"}},
	)
	d.publish(event.Type(event.Slack, event.MessagePublic), "Ev1", time.Now(), handler.Message{Text: "hangs"})
	testenv.Next(t, p.done)
	if err := testenv.Next(t, outcomes); err == nil || !strings.Contains(err.Error(), `phrase "hangs": abandoned`) {
		t.Errorf("outcome %v", err)
	}
	d.stop()
	close(release)
	if err := testenv.Next(t, late); !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled) {
		t.Errorf("what it says late: %v", err)
	}
	if got := p.heard(); !slices.Equal(got, []string{"end"}) {
		t.Errorf("heard %q", got)
	}
	if n := seen.count(`phrase "hangs"`, consumer.RunTimeout); n == 0 || !strings.Contains(log.String(), `"kind":"timeout"`) {
		t.Errorf("%d runs that took too long\n%s", n, log.String())
	}
}

func TestDispatcher_Apologizes(t *testing.T) {
	t.Parallel()
	const apology = "(Sorry, something went wrong while I worked on that. If there is no answer from me within half a minute, please ask again later.)"
	once := errors.New("not now")
	for _, test := range []struct {
		name string
		run  func() error
		m    handler.Message
		// attempts is how many are waited for.
		attempts int
		want     []string
	}{
		{"a panic, at once", func() error { panic("not today") }, in("C1", "command"), 2, []string{apology}},
		{"not of a refusal, which will last", func() error { return errFinal }, in("C1", "command"), 1, nil},
		{"not of a target that is gone", func() error { return errGone }, in("C1", "command"), 1, nil},
		{"not before an answer is of no use", func() error { return &laterError{time.Minute} }, in("C1", "command"), 1, []string{apology}},
		{"not if the next attempt may succeed", func() error { return once }, in("C1", "command"), 1, nil},
		{"if it did not", func() error { return once }, in("C1", "command"), 2, []string{apology}},
		{"a prefix, to the bot", func() error { panic("not today") }, in("C1", "prefix: x"), 1, []string{apology}},
		{"a prefix, to nobody in particular", func() error { panic("not today") }, handler.Message{Text: "prefix: x"}, 1, nil},
		{"nothing that was not asked for", func() error { panic("not today") }, in("C1", "a phrase"), 1, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := &platform{}
			outcomes := make(chan error, 10)
			d := deploy(t, consumer.Options{Platforms: slackOnly(p)}, func(outcome error) { outcomes <- outcome },
				handler.Command{Trigger: "command", Help: "h", Run: func(context.Context, handler.Message, handler.Responder) error { return test.run() }},
				on("prefix:", func(context.Context) error { return test.run() }),
				handler.Phrase{Phrases: []string{"phrase"}, Help: "h", Run: func(context.Context, handler.Message, handler.Responder) error { return test.run() }},
			)
			d.publish(event.Type(event.Slack, event.MessagePublic), "Ev1", time.Now(), test.m)
			for range test.attempts {
				testenv.Next(t, outcomes)
			}
			if got := p.heard(); !slices.Equal(got, test.want) {
				t.Errorf("heard %q, want %q", got, test.want)
			}
		})
	}
}

// TestDispatcher_ResumesLongReplies has a reply of three parts fail in its
// second, and another of two in its first.
func TestDispatcher_ResumesLongReplies(t *testing.T) {
	t.Parallel()
	p := &platform{fails: []error{nil, errors.New("not now"), nil, nil, errors.New("not now")}}
	outcomes := make(chan error, 10)
	d := deploy(t, consumer.Options{Platforms: slackOnly(p)}, func(outcome error) { outcomes <- outcome },
		handler.Phrase{Phrases: []string{"long"}, Help: "h", Run: func(ctx context.Context, _ handler.Message, r handler.Responder) error {
			if err := r.Reply(ctx, handler.Text("one\ntwo\nthree")); err != nil {
				return err
			}
			return r.ReplyEphemeral(ctx, handler.Text("four\nfive"))
		}},
	)
	d.publish(event.Type(event.Slack, event.MessagePublic), "Ev1", time.Now(), handler.Message{Text: "long"})
	for outcome := testenv.Next(t, outcomes); outcome != nil; {
		outcome = testenv.Next(t, outcomes)
	}
	if got, want := p.heard(), []string{"one", "two", "three", "(four)", "(five)"}; !slices.Equal(got, want) {
		t.Errorf("heard %q, want %q", got, want)
	}
}
