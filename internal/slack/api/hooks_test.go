package api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
)

// TestHooks_PostToSlackAlone by the address.
func TestHooks_PostToSlackAlone(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"https://hooks.slack.com/commands/T1/2/3":      true,
		"https://hooks.slack.com/actions/T1/2/3":       true,
		"https://hooks.slack-gov.com/commands/1":       true,
		"http://127.0.0.1:8080/response/1":             true, // where the Web API is
		"https://127.0.0.1:8080/response/1":            false,
		"http://127.0.0.1:8081/response/1":             false,
		"http://hooks.slack.com/commands/1":            false,
		"https://hooks.slack.com:8443/commands/1":      false,
		"https://hooks.slack.com.example.org/1":        false,
		"https://hooks.slack.com@example.org/1":        false,
		"https://user@hooks.slack.com/commands/1":      false,
		"https://slack.com/api/chat.delete":            false,
		"https://HOOKS.slack.com.":                     false,
		"//hooks.slack.com/commands/1":                 false,
		"":                                             false,
		"%":                                            false,
		"https://169.254.169.254/latest/meta-data":     false,
		"https://hooks.slack.com\\@example.org/":       false,
		"https://example.org/?https://hooks.slack.com": false,
	} {
		var sent string
		hooks, err := slackapi.NewHooks("http://127.0.0.1:8080/api/", roundTripper(func(r *http.Request) (*http.Response, error) {
			sent = r.URL.String()
			return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("ok")), Request: r}, nil
		}))
		if err != nil {
			t.Fatal(err)
		}
		err = hooks.Post(t.Context(), address, "x")
		if (err == nil) != want || (sent != "") != want || !want && !errors.Is(err, slackapi.ErrHookAddress) {
			t.Errorf("%q: sent to %q (%v)", address, sent, err)
		}
	}
	if _, err := slackapi.NewHooks("%", nil); err == nil {
		t.Error("the Web API has an address that is none, and no error")
	}
}

// TestHooks_Answers: each answer, and whether it means that the address is spent.
func TestHooks_Answers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status int
		body   string
		want   string // of the error
		spent  bool
	}{
		{200, "ok", "<nil>", false},
		{200, `{"ok":true}`, "<nil>", false},
		{200, "", "<nil>", false},
		{200, `{"ok":false,"error":"used_url"}`, "slack.SlackErrorResponse", true},
		{404, "used_url", "slack.SlackErrorResponse", true},
		{404, "expired_url\n", "slack.SlackErrorResponse", true},
		{404, `{"ok":false,"error":"a_word_of_next_year"}`, "slack.SlackErrorResponse", true},
		{404, "<html>", "slack.StatusCodeError", true},
		{410, "", "slack.StatusCodeError", true},
		{401, "", "slack.StatusCodeError", false},
		{407, "", "slack.StatusCodeError", false},
		{408, "late", "slack.StatusCodeError", false},
		{429, "slow", "*slack.RateLimitedError", false},
		{500, "oops", "slack.StatusCodeError", false},
		{503, `{"ok":false,"error":"service_unavailable"}`, "slack.StatusCodeError", false},
		{302, "moved", "slack.StatusCodeError", false},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "https://example.org/")
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(test.status)
			_, _ = io.WriteString(w, test.body)
		}))
		transport := &http.Transport{}
		hooks, err := slackapi.NewHooks(server.URL, transport)
		if err != nil {
			t.Fatal(err)
		}
		err = hooks.Post(t.Context(), server.URL+"/the-secret", map[string]string{"text": "hi"})
		kind := fmt.Sprintf("%T", err)
		if limited, ok := errors.AsType[*slack.RateLimitedError](err); ok {
			kind = fmt.Sprintf("%T", limited)
		}
		if kind != test.want || slackapi.HookSpent(err) != test.spent {
			t.Errorf("%d %s: %s %v, spent %v", test.status, test.body, kind, err, slackapi.HookSpent(err))
		}
		server.Close()
		transport.CloseIdleConnections()
	}
}

// TestHooks_KeepTheAddressSecret in errors, and in what is counted.
func TestHooks_KeepTheAddressSecret(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/cut/the-secret":
			panic(http.ErrAbortHandler)
		case "/refused/the-secret":
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, "used_url")
		default:
			_, _ = io.WriteString(w, "ok")
		}
	}))
	defer server.Close()
	var calls []slackapi.Call
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	hooks, err := slackapi.NewHooks(server.URL, slackapi.Watch(transport, func(method string, _ *http.Request) func(slackapi.Call) {
		if method != slackapi.HookMethod {
			t.Errorf("the call is one of %q", method)
		}
		return func(c slackapi.Call) { calls = append(calls, c) }
	}))
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range []error{
		hooks.Post(t.Context(), server.URL+"/cut/the-secret", "x"),
		hooks.Post(ended, server.URL+"/the-secret", "x"),
		hooks.Post(t.Context(), "https://example.org/the-secret", "x"),
		hooks.Post(t.Context(), server.URL+"/refused/the-secret", "x"),
		hooks.Post(t.Context(), server.URL+"/the-secret", func() {}),
	} {
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("the error is %v", err)
		}
	}
	if err := hooks.Post(t.Context(), server.URL+"/the-secret", "x"); err != nil {
		t.Error(err)
	}
	var got []string
	for _, c := range calls {
		got = append(got, c.Method+" "+string(c.Status))
	}
	if s := strings.Join(got, ", "); s != "response_url unreachable, response_url unreachable, response_url failed, response_url ok" {
		t.Errorf("the calls are %s", s)
	}
}

func TestReader_Message(t *testing.T) {
	t.Parallel()
	const found = `{"ok":true,"messages":[{"ts":"0.9"},{"ts":"1.2","text":"hi","blocks":7}]}`
	for name, test := range map[string]struct {
		history, replies string
		text             string // "" for none
		calls            int32
		fails            bool
	}{
		"in the channel":     {found, "", "hi", 1, false},
		"in a thread":        {`{"ok":true,"messages":[{"ts":"0.9"}]}`, found, "hi", 2, false},
		"nowhere":            {`{"ok":true,"messages":[]}`, `{"ok":false,"error":"thread_not_found"}`, "", 2, false},
		"without the scope":  {`{"ok":false,"error":"missing_scope"}`, `{"ok":false,"error":"missing_scope"}`, "", 2, false},
		"not a member":       {`{"ok":false,"error":"not_in_channel"}`, `{"ok":false,"error":"not_in_channel"}`, "", 2, false},
		"Slack breaks":       {`{"ok":false,"error":"internal_error"}`, "", "", 1, true},
		"Slack breaks later": {`{"ok":true,"messages":[]}`, `{"ok":false,"error":"internal_error"}`, "", 2, true},
		"of another shape":   {`{"ok":true,"messages":{}}`, `{"ok":true}`, "", 2, false},
	} {
		reader, calls := newReader(t, func(w http.ResponseWriter, r *http.Request) {
			answer := test.history
			if strings.HasSuffix(r.URL.Path, "conversations.replies") {
				answer = test.replies
			}
			if r.Form.Get("channel") != "C1" || r.Form.Get("latest") != "1.2" || r.Form.Get("limit") != "1" {
				t.Errorf("%s: asked for %v", name, r.Form)
			}
			_, _ = io.WriteString(w, answer)
		})
		m, err := reader.Message(t.Context(), "C1", "1.2")
		if (err != nil) != test.fails || string(m.GetStringBytes("text")) != test.text || (m != nil) != (test.text != "") || calls.Load() != test.calls {
			t.Errorf("%s: %v (%v), %d calls", name, m, err, calls.Load())
		}
	}
}
