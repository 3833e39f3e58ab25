package slack_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/gateway/slack"
	"github.com/gobridge/gopherbot/workqueue"
)

// publisher is a Publisher that is a function.
type publisher func(context.Context, workqueue.Event) (workqueue.Result, error)

func (p publisher) Publish(ctx context.Context, e workqueue.Event) (workqueue.Result, error) {
	return p(ctx, e)
}

// TestWhoWatchesARequest gives it a context, in which it is published, and is
// told of its answer.
func TestWhoWatchesARequest(t *testing.T) {
	t.Parallel()
	type key struct{}
	var seen *http.Request
	var answers []slack.Answer
	published := 0
	h, err := slack.New(slack.Options{
		AppID: appID, TeamID: teamID, SigningSecrets: []string{secret}, Now: func() time.Time { return now },
		Publisher: publisher(func(ctx context.Context, e workqueue.Event) (workqueue.Result, error) {
			if published++; ctx.Value(key{}) != "watched" {
				t.Error("published in another context")
			}
			return workqueue.Queued, nil
		}),
		Watch: func(r *http.Request) (context.Context, func(slack.Answer)) {
			seen = r
			return context.WithValue(r.Context(), key{}, "watched"), func(a slack.Answer) { answers = append(answers, a) }
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, signature := range []string{secret, "another secret"} {
		body := envelope(message)
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/slack/event", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		slack.Sign(r.Header, []byte(body), signature, now)
		h.ServeHTTP(httptest.NewRecorder(), r)
		if seen != r {
			t.Error("the request was not seen")
		}
	}
	if published != 1 || len(answers) != 2 || answers[0].Outcome != slack.Queued || answers[0].Event.ID != "Ev1" || answers[1].Outcome != slack.Unauthorized {
		t.Errorf("published %d, answered %+v", published, answers)
	}
}
