package consumer_test

import (
	"context"
	"errors"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestDispatcher_ObservesHandlers gives each handler its context, and reports its outcome,
// a panic included.
func TestDispatcher_ObservesHandlers(t *testing.T) {
	t.Parallel()
	type key struct{}
	var mu sync.Mutex
	ended := map[string]string{}
	watch := func(ctx context.Context, handler string) (context.Context, func(consumer.HandlerRun)) {
		return context.WithValue(ctx, key{}, handler), func(r consumer.HandlerRun) {
			mu.Lock()
			defer mu.Unlock()
			ended[r.Handler] = string(r.Outcome)
			if r.Err != nil {
				ended[r.Handler] += ": " + r.Err.Error()
			}
		}
	}
	says := func(word string, does func() error) handler.Phrase {
		return handler.Phrase{Phrases: []string{word}, Help: "h", Run: func(ctx context.Context, _ handler.Message, _ handler.Responder) error {
			if name := ctx.Value(key{}); name != `phrase "`+word+`"` {
				t.Errorf("%s runs in the context of %v", word, name)
			}
			return does()
		}}
	}
	outcomes := make(chan error, 10)
	d := deploy(t, consumer.Options{Platforms: slackOnly(&platform{}), Watch: watch}, func(outcome error) { outcomes <- outcome },
		says("succeeds", func() error { return nil }),
		says("fails", func() error { return errors.New("broken") }),
		says("panics", func() error { panic("at the disco") }),
	)
	d.say("succeeds, fails, panics", time.Now())
	if err := testenv.Next(t, outcomes); err == nil {
		t.Error("the errors are lost")
	}
	d.stop()
	mu.Lock()
	defer mu.Unlock()
	want := map[string]string{`phrase "succeeds"`: "ok", `phrase "fails"`: "error: broken", `phrase "panics"`: "panic: panic: a value of type string"}
	if !maps.Equal(ended, want) {
		t.Errorf("ended %q, want %q", ended, want)
	}
}
