package api_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/slack-go/slack"

	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestWatch_SeesEveryCall lets Slack answer in each possible way. The client's result
// does not change.
func TestWatch_SeesEveryCall(t *testing.T) {
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
			slackapi.Call{Status: slackapi.OK, HTTP: 200}, ""},
		{"a refusal", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"ok":false,"error":"is_archived"}`))
		},
			slackapi.Call{Status: slackapi.Refused, HTTP: 200, Code: "is_archived"}, "is_archived"},
		{"no JSON", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`<html>`)) },
			slackapi.Call{Status: slackapi.Refused, HTTP: 200, Code: "_OTHER"}, "invalid character '<' looking for beginning of value"},
		{"a rate limit", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "30")
			w.WriteHeader(http.StatusTooManyRequests)
		}, slackapi.Call{Status: slackapi.RateLimited, HTTP: 429, Wait: 30 * time.Second}, "slack rate limit exceeded, retry after 30s"},
		{"a rate limit that says nothing", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "soon")
			w.WriteHeader(http.StatusTooManyRequests)
		}, slackapi.Call{Status: slackapi.RateLimited, HTTP: 429, Wait: time.Second}, ""},
		{"a server error", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) },
			slackapi.Call{Status: slackapi.Failed, HTTP: 502}, "slack server error: 502 Bad Gateway"},
		{"an answer that is cut", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte(`{"ok":true,"ts":`))
		}, slackapi.Call{Status: slackapi.Unreachable, HTTP: 200}, "unexpected EOF"},
		{"no answer", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
			slackapi.Call{Status: slackapi.Unreachable}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(test.answer)
			defer server.Close()
			var begun []string
			var calls []slackapi.Call
			transport := slackapi.Watch(&http.Transport{DisableKeepAlives: true}, func(method string, _ *http.Request) func(slackapi.Call) {
				begun = append(begun, method)
				return func(c slackapi.Call) { calls = append(calls, c) }
			})
			api := slack.New("xoxb-1", slack.OptionAPIURL(server.URL+"/"), slack.OptionHTTPClient(&http.Client{Timeout: testenv.Timeout, Transport: transport}))
			_, ts, err := api.PostMessageContext(t.Context(), "C1", slack.MsgOptionText("hi", false))
			if !slices.Equal(begun, []string{"chat.postMessage"}) || len(calls) != 1 {
				t.Fatalf("reported %q and %+v", begun, calls)
			}
			got := calls[0]
			if (got.Err != nil) != (got.Status == slackapi.Unreachable) || got.Took <= 0 {
				t.Errorf("reported %+v", got)
			}
			got.Err, got.Took, got.Method = nil, 0, ""
			if got != test.want {
				t.Errorf("reported %+v, want %+v", got, test.want)
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

// TestClient_RedirectIsNotFollowed: where it leads would be counted as a method.
func TestClient_RedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/whatever-somebody-chose", http.StatusFound)
	}))
	defer server.Close()
	var calls []string
	api := slackapi.New("xoxb-1", server.URL+"/", slackapi.Watch(&http.Transport{DisableKeepAlives: true}, func(method string, _ *http.Request) func(slackapi.Call) {
		return func(c slackapi.Call) { calls = append(calls, method+" "+string(c.Status)) }
	}))
	if _, err := api.AuthTestContext(t.Context()); err == nil || !slices.Equal(calls, []string{"auth.test failed"}) {
		t.Errorf("calls %q (%v)", calls, err)
	}
}
