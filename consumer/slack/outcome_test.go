package slack_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	slackgo "github.com/slack-go/slack"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/consumer/slack"
	"github.com/gobridge/gopherbot/handler"
	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// TestPlatform_Outcome checks the outcome of each error of a call that posts nothing.
func TestPlatform_Outcome(t *testing.T) {
	t.Parallel()
	p := slack.New(slack.Options{Bot: bot})
	for want, codes := range map[consumer.OutcomeKind][]string{
		consumer.Temporary: {
			"fatal_error", "internal_error", "request_timeout", "service_unavailable", "team_added_to_org", "accesslimited", // pass
			"invalid_auth", "token_revoked", "missing_scope", "account_inactive", "token_expired", "not_authed", // an operator's
		},
		consumer.RateLimited: {"ratelimited", "rate_limited", "message_limit_exceeded"},
		consumer.Gone: {
			"message_not_found", "thread_not_found", "is_archived", "channel_not_found", "user_not_found", "user_disabled", "not_in_channel", "user_not_in_channel",
			"not_found", "used_url", "expired_url",
		},
		consumer.Final: {
			"restricted_action", "restricted_action_read_only_channel", "restricted_action_thread_locked", "restricted_action_non_threadable_channel",
			"cannot_reply_to_message", "thread_locked", "messages_tab_disabled", "not_reactable", "too_many_reactions", "invalid_name", "msg_too_long",
			"no_text", "cannot_dm_bot", "ekm_access_denied", "invalid_blocks", "an_error_of_next_year",
		},
	} {
		for _, code := range codes {
			if got := p.Outcome(fmt.Errorf("react: %w", slackgo.SlackErrorResponse{Err: code})); got.Kind != want {
				t.Errorf("%s: %v, want %v", code, got.Kind, want)
			}
		}
	}
	for _, test := range []struct {
		err  error
		want consumer.Outcome
	}{
		{fmt.Errorf("reply: %w", &slackgo.RateLimitedError{RetryAfter: 20 * time.Second}), consumer.Outcome{Kind: consumer.RateLimited, After: 20 * time.Second}},
		{&slackgo.RateLimitedError{RetryAfter: -1}, consumer.Outcome{Kind: consumer.RateLimited, After: workqueue.MaxDelay}},
		{slackgo.StatusCodeError{Code: 429}, consumer.Outcome{Kind: consumer.RateLimited, After: 10 * time.Second}},
		{slackgo.StatusCodeError{Code: 502}, consumer.Outcome{}},
		{slackgo.StatusCodeError{Code: 408}, consumer.Outcome{}},
		{slackgo.StatusCodeError{Code: 302}, consumer.Outcome{}},
		{slackgo.StatusCodeError{Code: 413}, consumer.Outcome{Kind: consumer.Final}},
		{errors.New("connection reset"), consumer.Outcome{}},
		{context.DeadlineExceeded, consumer.Outcome{}},
	} {
		if got := p.Outcome(test.err); got != test.want {
			t.Errorf("%v: %+v, want %+v", test.err, got, test.want)
		}
	}
}

// posts are the ways to post.
var posts = map[string]func(context.Context, consumer.Responder) error{
	"a reply": func(ctx context.Context, r consumer.Responder) error { return r.Reply(ctx, handler.Text("hi")) },
	"an ephemeral reply": func(ctx context.Context, r consumer.Responder) error {
		return r.ReplyEphemeral(ctx, handler.Text("hi"))
	},
	"a direct message": func(ctx context.Context, r consumer.Responder) error { return r.DM(ctx, handler.Text("hi")) },
}

// TestResponder_OutcomeOfAPost lets posts end in all kinds of ways.
func TestResponder_OutcomeOfAPost(t *testing.T) {
	t.Parallel()
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	body := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
	}
	refused := func(code string) http.HandlerFunc { return body(`{"ok":false,"error":"` + code + `"}`) }
	for _, test := range []struct {
		name   string
		answer http.HandlerFunc
		want   consumer.OutcomeKind
	}{
		{"no answer", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, consumer.Unknown},
		{"cut off", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, consumer.Unknown},
		{"cut off within the answer", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `{"ok":`)
		}, consumer.Unknown},
		{"408", status(408), consumer.Unknown},
		{"500", status(500), consumer.Unknown},
		{"502", status(502), consumer.Unknown},
		{"503", status(503), consumer.Unknown},
		{"204", status(204), consumer.Unknown},
		{"HTML", body("<!DOCTYPE html>"), consumer.Unknown},
		{"nothing", body(""), consumer.Unknown},
		{"JSON of another kind", body(`["ok"]`), consumer.Unknown},
		{"JSON that says nothing", body(`{}`), consumer.Unknown},
		{"no success, and no reason", body(`{"ok":false}`), consumer.Unknown},
		{"success, and no message", body(`{"ok":true}`), consumer.Unknown},
		{"fatal_error", refused("fatal_error"), consumer.Unknown},
		{"internal_error", refused("internal_error"), consumer.Unknown},
		{"request_timeout", refused("request_timeout"), consumer.Unknown},
		{"restricted_action", refused("restricted_action"), consumer.Final},
		{"is_archived", refused("is_archived"), consumer.Gone},
		{"invalid_auth", refused("invalid_auth"), consumer.Temporary},
		{"a redirect", status(302), consumer.Temporary},
		{"404", status(404), consumer.Final},
		{"429", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "30")
			w.WriteHeader(429)
		}, consumer.RateLimited},
		{"429 for a moment, again and again", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(429)
		}, consumer.Temporary}, // the action's time is up while it waits
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/conversations.open" {
					_, _ = io.WriteString(w, `{"ok":true,"channel":{"id":"D1"}}`)
					return
				}
				_, _ = io.Copy(io.Discard, r.Body)
				test.answer(w, r)
			}))
			defer server.Close()
			transport := &http.Transport{}
			defer transport.CloseIdleConnections()
			p := slack.New(slack.Options{API: slackapi.NewWithTimeout("xoxb-1", server.URL+"/", transport, 300*time.Millisecond), Bot: bot})
			for name, post := range posts {
				ctx, cancel := context.WithTimeout(t.Context(), 600*time.Millisecond)
				err := post(ctx, p.Responder(consumer.Message{Message: handler.Message{User: "U1", Channel: handler.Channel{ID: "C1"}}}, ""))
				cancel()
				if err == nil || p.Outcome(err).Kind != test.want {
					t.Errorf("%s: %v: %v, want %v", name, err, p.Outcome(err).Kind, test.want)
				}
			}
		})
	}
}

// TestResponder_PostThatWasNeverSent fails before anything of a post reaches Slack.
func TestResponder_PostThatWasNeverSent(t *testing.T) {
	t.Parallel()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, test := range []struct {
		name, address string
		ctx           context.Context
	}{
		{"nobody listens", "http://" + closed.Addr().String() + "/", t.Context()},
		{"no such host", "http://slack.invalid/", t.Context()},
		{"no TLS", "https" + plain.URL[len("http"):] + "/", t.Context()},
		{"ended before", plain.URL + "/", ended},
	} {
		t.Run(test.name, func(t *testing.T) {
			transport := &http.Transport{}
			defer transport.CloseIdleConnections()
			p := slack.New(slack.Options{API: slackapi.New("xoxb-1", test.address, transport), Bot: bot})
			for name, post := range posts {
				err := post(test.ctx, p.Responder(consumer.Message{Message: handler.Message{User: "U1", Channel: handler.Channel{ID: "C1"}}}, ""))
				if err == nil || p.Outcome(err).Kind != consumer.Temporary {
					t.Errorf("%s: %v: %v", name, err, p.Outcome(err).Kind)
				}
			}
		})
	}
}

// TestResponder_PostThatIsCancelled cancels a post that has reached Slack.
func TestResponder_PostThatIsCancelled(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{}, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		arrived <- struct{}{}
		<-r.Context().Done()
	}))
	defer server.Close()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	p := slack.New(slack.Options{API: slackapi.New("xoxb-1", server.URL+"/", transport), Bot: bot})
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() {
		failed <- p.Responder(consumer.Message{Message: handler.Message{Channel: handler.Channel{ID: "C1"}}}, "").Reply(ctx, handler.Text("hi"))
	}()
	testenv.Next(t, arrived)
	cancel()
	if err := testenv.Next(t, failed); p.Outcome(err).Kind != consumer.Unknown {
		t.Errorf("%v: %v", err, p.Outcome(err).Kind)
	}
}
