// Package health is what a process answers to those who watch it: that it
// lives, whether it can do its work, and its metrics.
//
// It must not know what the process does, nor what is measured.
package health

import (
	"context"
	"net/http"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/bearer"
)

// Options configures what is answered.
type Options struct {
	// Ready says whether the process can do its work; /readyz asks it. Required.
	Ready func(context.Context) error
	// Metrics answers /metrics; nil: there is no such page.
	Metrics http.Handler
	// Tokens are what those who want the metrics must know one of. Without any,
	// everybody may have them.
	Tokens []string
	Log    zerolog.Logger
}

// readyTimeout is how long Redis may take to answer before /readyz says no.
const readyTimeout = 2 * time.Second

// Pages are the answers, by pattern of net/http.ServeMux.
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
			if id := r.Header.Get("X-Request-ID"); id != "" { // which the gateway's have
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
	_, _ = w.Write([]byte(body)) // whoever asked may have gone
}
