package consumer_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestDispatcher_ReplyWithNoLineLeft posts nothing for a reply that renders to no
// message, and posts the replies after it.
func TestDispatcher_ReplyWithNoLineLeft(t *testing.T) {
	t.Parallel()
	p := &platform{}
	outcomes := make(chan error, 100)
	d := deploy(t, consumer.Options{Platforms: slackOnly(p)}, func(outcome error) { outcomes <- outcome }, says("", "two"))
	d.publish(event.Type(event.Slack, event.MessagePublic), "Ev1", time.Now(), handler.Message{Text: "say"})
	if err := testenv.Next(t, outcomes); err != nil {
		t.Error(err)
	}
	if got := p.heard(); !slices.Equal(got, []string{"two"}) {
		t.Errorf("heard %q", got)
	}
}

// TestDispatcher_RetriesRendering fails to render the second reply, once: the first
// is not repeated.
func TestDispatcher_RetriesRendering(t *testing.T) {
	t.Parallel()
	p := &platform{renders: []error{nil, errors.New("the channel directory cannot be read")}}
	outcomes := make(chan error, 100)
	d := deploy(t, consumer.Options{Platforms: slackOnly(p)}, func(outcome error) { outcomes <- outcome }, says("one", "two"))
	d.publish(event.Type(event.Slack, event.MessagePublic), "Ev1", time.Now(), handler.Message{Text: "say"})
	failed := 0
	for testenv.Next(t, outcomes) != nil {
		failed++
	}
	if got := p.heard(); failed != 1 || !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("heard %q after %d failures", got, failed)
	}
}

// says returns a declaration that replies to "say" with texts, and stops at an error.
func says(texts ...string) handler.Declaration {
	return handler.Phrase{Phrases: []string{"say"}, Help: "h", Run: func(ctx context.Context, _ handler.Message, r handler.Responder) error {
		for _, text := range texts {
			if err := r.Reply(ctx, handler.Text(text)); err != nil {
				return err
			}
		}
		return nil
	}}
}
