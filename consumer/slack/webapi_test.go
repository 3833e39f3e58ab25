package slack_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/consumer/slack"
	eventkind "github.com/gobridge/gopherbot/internal/event"
	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
)

// webAPI is a Web API and a response_url that note what they are sent. Each call succeeds,
// unless it has an answer of its own.
type webAPI struct {
	url       string
	transport *http.Transport
	api       *slackapi.Reader
	platform  *slack.Platform

	mu      sync.Mutex
	calls   []apiCall
	answers map[string][]string
}

// apiCall is a call, and its fields: those of the form or the JSON.
type apiCall struct {
	method string
	fields map[string]string
}

const hookPath = "/commands/T1/the-secret"

// newWebAPI returns a Web API. answers are by method, "response_url" for that: those of the
// first calls, the last also of all others. One is a status and a body, or "cut".
func newWebAPI(t *testing.T, answers map[string][]string) *webAPI {
	t.Helper()
	a := &webAPI{answers: answers, transport: &http.Transport{}}
	server := httptest.NewServer(http.HandlerFunc(a.serve))
	t.Cleanup(func() {
		server.Close()
		a.transport.CloseIdleConnections()
	})
	a.url = server.URL + "/"
	hooks, err := slackapi.NewHooks(a.url, a.transport)
	if err != nil {
		t.Fatal(err)
	}
	a.api = slackapi.NewReader("xoxb-1", a.url, a.transport)
	a.platform = slack.New(slack.Options{
		API: slackapi.NewWithTimeout("xoxb-1", a.url, a.transport, 2*time.Second), Hooks: hooks, Conversations: a.api, Channels: channels, Bot: bot,
	})
	return a
}

func (a *webAPI) hook() string { return strings.TrimSuffix(a.url, "/") + hookPath }

func (a *webAPI) serve(w http.ResponseWriter, r *http.Request) {
	call := apiCall{strings.TrimPrefix(r.URL.Path, "/"), map[string]string{}}
	if r.URL.Path == hookPath {
		call.method = "response_url"
	}
	body, _ := io.ReadAll(r.Body)
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(body, &fields); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		for name, value := range fields {
			call.fields[name] = string(value)
			var text string
			if json.Unmarshal(value, &text) == nil {
				call.fields[name] = text
			}
		}
	} else {
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		if err := r.ParseForm(); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		for name := range r.Form {
			call.fields[name] = r.Form.Get(name)
		}
	}
	status, answer := a.answer(call)
	if status == 0 {
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, answer)
}

func (a *webAPI) answer(call apiCall) (status int, body string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls = append(a.calls, call)
	if list := a.answers[call.method]; len(list) > 0 {
		if len(list) > 1 {
			a.answers[call.method] = list[1:]
		}
		if list[0] == "cut" {
			return 0, ""
		}
		if list[0] != "" {
			n, body, _ := strings.Cut(list[0], " ")
			_, _ = fmt.Sscan(n, &status)
			return status, body
		}
	}
	switch call.method {
	case "response_url":
		return http.StatusOK, "ok"
	case "conversations.open":
		return http.StatusOK, `{"ok":true,"channel":{"id":"D1"}}`
	case "views.open", "views.push", "views.update", "views.publish":
		return http.StatusOK, `{"ok":true,"view":{"id":"V9","hash":"9.shown"}}`
	case "chat.postEphemeral":
		return http.StatusOK, `{"ok":true,"message_ts":"1763660009.000100"}`
	default:
		return http.StatusOK, fmt.Sprintf(`{"ok":true,"channel":%q,"ts":"176366%04d.000100"}`, call.fields["channel"], len(a.calls))
	}
}

// made returns the calls so far, as lines of the method and those of its fields that say
// where a message goes.
func (a *webAPI) made() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var lines []string
	for _, c := range a.calls {
		line := c.method
		for _, field := range []string{
			"channel", "ts", "thread_ts", "user", "users", "response_type", "replace_original", "delete_original", "trigger_id", "view_id", "hash", "user_id", "text",
		} {
			if value := c.fields[field]; value != "" && value != "false" {
				line += " " + field + "=" + value
			}
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// last returns the fields of the last call.
func (a *webAPI) last() map[string]string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.calls[len(a.calls)-1].fields
}

// used returns the Responder of an interaction that has just arrived. HOOK in its body is
// the response_url.
func (a *webAPI) used(t *testing.T, body string) consumer.Responder {
	t.Helper()
	return a.platform.Responder(a.decoded(t, body, time.Now()), "req-1")
}

func (a *webAPI) decoded(t *testing.T, body string, at time.Time) consumer.Interaction {
	t.Helper()
	body = strings.ReplaceAll(body, "HOOK", a.hook())
	payload, err := eventkind.InteractionRequest{Transport: "http", Body: []byte(body)}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	e := event(string(payload))
	e.Type, e.Time = "interaction", at
	in, err := a.platform.Decode(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	return in.(consumer.Interaction)
}
