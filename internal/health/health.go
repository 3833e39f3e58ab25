// Package health serves the health pages of a process: /healthz (it runs), /readyz (it
// can do its work) and /metrics.
//
// It must not know the process's work, nor the metrics.
package health

import (
	"context"
	"net/http"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/bearer"
)

// Options configures the pages.
type Options struct {
	// Ready returns nil if the process can do its work. /readyz calls it. Required.
	Ready func(context.Context) error
	// Metrics answers /metrics. nil: there is no such page.
	Metrics http.Handler
	// Tokens are the valid bearer tokens of /metrics. Without any, it is public.
	Tokens []string
	Log    zerolog.Logger
}

// readyTimeout bounds Options.Ready. When it expires the process is not ready.
const readyTimeout = 2 * time.Second

// Pages returns the handlers of the pages by their patterns for net/http.ServeMux.
func Pages(opts Options) map[string]http.Handler {
	pages := map[string]http.Handler{
		"GET /healthz": http.HandlerFunc(alive),
		"GET /readyz":  ready(opts),
	}
	switch {
	case opts.Metrics == nil:
	case len(opts.Tokens) > 0:
		pages["GET /metrics"] = bearer.Bearer(opts.Tokens, opts.Metrics)
	default:
		pages["GET /metrics"] = opts.Metrics
	}
	return pages
}

func alive(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "alive\n") }

func ready(opts Options) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
		defer cancel()
		if err := opts.Ready(ctx); err != nil {
			line := opts.Log.Warn().Err(err)
			if id := r.Header.Get("X-Request-ID"); id != "" { // requests to the gateway have one
				line = line.Str("request_id", id)
			}
			line.Msg("not ready")
			answer(w, http.StatusServiceUnavailable, "not ready: the log says why\n")
			return
		}
		answer(w, http.StatusOK, "ready\n")
	})
}

func answer(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body)) // the client may have closed the connection
}
