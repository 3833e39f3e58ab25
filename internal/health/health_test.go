package health_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gobridge/gopherbot/internal/health"
)

func TestPages(t *testing.T) {
	t.Parallel()
	figures := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "figures") })
	away := errors.New("away")
	for _, test := range []struct {
		path    string
		ready   error
		metrics http.Handler
		tokens  []string
		given   string
		status  int
		body    string
	}{
		{path: "/healthz", status: 200, body: "alive\n"},
		{path: "/healthz", ready: away, status: 200, body: "alive\n"},
		{path: "/readyz", status: 200, body: "ready\n"},
		{path: "/readyz", ready: away, status: 503, body: "not ready: the log says why\n"},
		{path: "/metrics", status: 404},
		{path: "/metrics", metrics: figures, status: 200, body: "figures"},
		{path: "/metrics", metrics: figures, tokens: []string{"new", "old"}, status: 401},
		{path: "/metrics", metrics: figures, tokens: []string{"new", "old"}, given: "older", status: 401},
		{path: "/metrics", metrics: figures, tokens: []string{"new", "old"}, given: "old", status: 200, body: "figures"},
	} {
		mux := http.NewServeMux()
		for pattern, page := range health.Pages(health.Options{
			Ready: func(context.Context) error { return test.ready }, Metrics: test.metrics, Tokens: test.tokens,
		}) {
			mux.Handle(pattern, page)
		}
		r := httptest.NewRequest("GET", test.path, nil)
		if test.given != "" {
			r.Header.Set("Authorization", "Bearer "+test.given)
		}
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		if w.Code != test.status || test.body != "" && w.Body.String() != test.body {
			t.Errorf("%s, ready: %v, tokens %q, given %q: %d %q, want %d %q", test.path, test.ready, test.tokens, test.given, w.Code, w.Body, test.status, test.body)
		}
	}
}
