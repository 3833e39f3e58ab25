package slack

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestIdentify learns what an operator has not set, and checks what is set.
func TestIdentify(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name      string
		set       Installation
		app       bool
		auth, bot string // the answers
		want      Installation
		err       string
	}{
		{"nothing is set", Installation{}, true, `{"ok":true,"team_id":"T0","bot_id":"B0"}`, `{"ok":true,"bot":{"app_id":"A0"}}`, Installation{"A0", "T0"}, ""},
		{"the app is not asked for", Installation{}, false, `{"ok":true,"team_id":"T0"}`, ``, Installation{"", "T0"}, ""},
		{"both are set", Installation{"A0", "T0"}, true, `{"ok":true,"team_id":"T0","bot_id":"B0"}`, `{"ok":true,"bot":{"app_id":"A0"}}`, Installation{"A0", "T0"}, ""},
		{"another workspace", Installation{"", "T1"}, false, `{"ok":true,"team_id":"T0"}`, ``, Installation{}, "GOPHER_SLACK_TEAM_ID is T1"},
		{"another app", Installation{"A1", ""}, true, `{"ok":true,"team_id":"T0","bot_id":"B0"}`, `{"ok":true,"bot":{"app_id":"A0"}}`, Installation{}, "GOPHER_SLACK_APP_ID is A1"},
		{"a bad token", Installation{}, true, `{"ok":false,"error":"invalid_auth"}`, ``, Installation{}, "GOPHER_SLACK_BOT_ACCESS_TOKEN: auth.test: invalid_auth"},
		{"no scope", Installation{}, true, `{"ok":true,"team_id":"T0","bot_id":"B0"}`, `{"ok":false,"error":"missing_scope"}`, Installation{}, "users:read"},
		{"no app in the answer", Installation{}, true, `{"ok":true,"team_id":"T0","bot_id":"B0"}`, `{"ok":true,"bot":{}}`, Installation{}, "set GOPHER_SLACK_APP_ID"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			mux := http.NewServeMux()
			mux.HandleFunc("POST /auth.test", func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") != "Bearer xoxb-secret" {
					t.Errorf("authorized by %q", r.Header.Get("Authorization"))
				}
				_, _ = w.Write([]byte(test.auth))
			})
			mux.HandleFunc("POST /bots.info", func(w http.ResponseWriter, r *http.Request) {
				if r.FormValue("bot") != "B0" {
					t.Errorf("asked for %q", r.FormValue("bot"))
				}
				_, _ = w.Write([]byte(test.bot))
			})
			server := httptest.NewServer(mux)
			defer server.Close()
			transport := &http.Transport{DisableKeepAlives: true}
			got, err := Identify(t.Context(), test.set, test.app, IdentifyOptions{"xoxb-secret", server.URL + "/", transport, zerolog.Nop()})
			if got != test.want || (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("%+v, %v; want %+v, %q", got, err, test.want, test.err)
			}
		})
	}
}

// TestIdentify_Retries while Slack is away, and ends with its context.
func TestIdentify_Retries(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		switch calls.Add(1) {
		case 1:
			w.WriteHeader(http.StatusBadGateway)
		case 2:
			_ = json.NewEncoder(w).Encode(map[string]any{"ok": true, "team_id": "T0"})
		default:
			cancel()
			_ = json.NewEncoder(w).Encode(map[string]any{"ok": false, "error": "internal_error"})
		}
	}))
	defer server.Close()
	log := &testenv.Log{}
	opts := IdentifyOptions{"xoxb-secret", server.URL + "/", &http.Transport{DisableKeepAlives: true}, zerolog.New(log)}
	if got, err := Identify(ctx, Installation{}, false, opts); err != nil || got.TeamID != "T0" || calls.Load() != 2 {
		t.Errorf("%+v, %v after %d calls", got, err, calls.Load())
	}
	if _, err := Identify(ctx, Installation{}, false, opts); err == nil {
		t.Error("no error after the context has ended")
	}
	if !strings.Contains(log.String(), "status 502") || strings.Contains(log.String(), "xoxb") {
		t.Errorf("logged %s", log)
	}
}
