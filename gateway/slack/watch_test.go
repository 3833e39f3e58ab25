package slack_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/gateway/slack"
	"github.com/gobridge/gopherbot/workqueue"
)

// publisher is a Publisher that is a function.
type publisher func(context.Context, workqueue.Event) (workqueue.Result, error)

func (p publisher) Publish(ctx context.Context, e workqueue.Event) (workqueue.Result, error) {
	return p(ctx, e)
}

// TestSlackIngress_Observer gives it a context, in which it is published, and is
// told of its answer.
func TestSlackIngress_Observer(t *testing.T) {
	t.Parallel()
	type key struct{}
	var seen gateway.Meta
	var answers []gateway.Result
	published := 0
	g, err := slack.New(slack.Options{
		AppID: appID, TeamID: teamID, SigningSecrets: []string{secret}, Now: func() time.Time { return now },
		Publisher: publisher(func(ctx context.Context, e workqueue.Event) (workqueue.Result, error) {
			if published++; ctx.Value(key{}) != "watched" {
				t.Error("published in another context")
			}
			return workqueue.Queued, nil
		}),
		Observe: func(ctx context.Context, m gateway.Meta) (context.Context, func(gateway.Result)) {
			seen = m
			return context.WithValue(ctx, key{}, "watched"), func(a gateway.Result) { answers = append(answers, a) }
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, signature := range []string{secret, "another secret"} {
		body := envelope(message)
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/slack/event", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Pattern = "POST /slack/event"
		r.Header.Set("X-Request-Id", signature[:4])
		r.Header.Set("X-Slack-Retry-Num", "1")
		r.Header.Set("X-Slack-Retry-Reason", "http_timeout")
		slack.Sign(r.Header, []byte(body), signature, now)
		g.Routes()["POST /slack/event"].ServeHTTP(httptest.NewRecorder(), r)
		if want := (gateway.Meta{Platform: "slack", Route: "POST /slack/event", RequestID: signature[:4], Retry: "1", RetryReason: "http_timeout"}); seen != want {
			t.Errorf("observed %+v, want %+v", seen, want)
		}
	}
	if answers[0].Full || !answers[0].Retry {
		t.Errorf("answered %+v to a repeated request that was queued", answers[0])
	}
	if published != 1 || len(answers) != 2 || answers[0].Outcome != gateway.Queued || answers[0].Event.ID != "Ev1" || answers[1].Outcome != gateway.Unauthorized {
		t.Errorf("published %d, answered %+v", published, answers)
	}
}

// TestSlackIngress_ObserverLearnsOfRetries has the queue refuse a message, at its first
// request and at a repeated one.
func TestSlackIngress_ObserverLearnsOfRetries(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		err   error
		retry string
		full  bool
	}{
		{"the queue is full", fmt.Errorf("publish: %w", workqueue.ErrFull), "", true},
		{"the queue is full when it comes again", workqueue.ErrFull, "1", true},
		{"Redis is away", errors.New("no route to host"), "", false},
	} {
		d := open(t)
		d.queue.err = test.err
		r := d.signed(envelope(message))
		if test.retry != "" {
			r.Header.Set("X-Slack-Retry-Num", test.retry)
		}
		if status, _ := d.send(r); status != 503 || d.answers[0].Full != test.full || d.answers[0].Retry != (test.retry != "") {
			t.Errorf("%s: %d, %+v", test.name, status, d.answers[0])
		}
	}
}
