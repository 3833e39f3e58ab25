package slackapi_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"github.com/gobridge/gopherbot/internal/slackapi"
)

// TestEveryCallIsTold lets Slack answer in each way that there is. What the
// client makes of it does not change.
func TestEveryCallIsTold(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		answer http.HandlerFunc
		want   slackapi.Call
		fails  string
	}{
		{"success", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"channel":"C1","ok":true,"ts":"1.2"}`))
		},
			slackapi.Call{Status: slackapi.OK}, ""},
		{"a refusal", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"ok":false,"error":"is_archived"}`))
		},
			slackapi.Call{Status: slackapi.Refused}, "is_archived"},
		{"no JSON", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`<html>`)) },
			slackapi.Call{Status: slackapi.Refused}, "invalid character '<' looking for beginning of value"},
		{"a rate limit", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "30")
			w.WriteHeader(http.StatusTooManyRequests)
		}, slackapi.Call{Status: slackapi.RateLimited, Wait: 30 * time.Second}, "slack rate limit exceeded, retry after 30s"},
		{"a rate limit that says nothing", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "soon")
			w.WriteHeader(http.StatusTooManyRequests)
		}, slackapi.Call{Status: slackapi.RateLimited}, ""},
		{"a server error", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) },
			slackapi.Call{Status: slackapi.Failed}, "slack server error: 502 Bad Gateway"},
		{"an answer that is cut", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte(`{"ok":true,"ts":`))
		}, slackapi.Call{Status: slackapi.Unreachable}, "unexpected EOF"},
		{"no answer", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
			slackapi.Call{Status: slackapi.Unreachable}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(test.answer)
			defer server.Close()
			var calls []slackapi.Call
			transport := slackapi.Watch(&http.Transport{DisableKeepAlives: true}, func(c slackapi.Call) { calls = append(calls, c) })
			api := slack.New("xoxb-1", slack.OptionAPIURL(server.URL+"/"), slack.OptionHTTPClient(&http.Client{Transport: transport}))
			_, ts, err := api.PostMessageContext(t.Context(), "C1", slack.MsgOptionText("hi", false))
			if len(calls) != 1 || calls[0].Method != "chat.postMessage" || calls[0].Status != test.want.Status || calls[0].Wait != test.want.Wait || calls[0].Took <= 0 {
				t.Errorf("told of %+v, want %+v", calls, test.want)
			}
			switch {
			case test.want.Status == slackapi.OK && (err != nil || ts != "1.2"):
				t.Errorf("the client got %q (%v)", ts, err)
			case test.want.Status != slackapi.OK && err == nil:
				t.Error("the client noticed nothing")
			case test.fails != "" && err.Error() != test.fails:
				t.Errorf("the client says %q, want %q", err, test.fails)
			}
		})
	}
}
