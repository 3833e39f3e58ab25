package process

import (
	"context"
	"net/http"

	"github.com/gobridge/gopherbot/bgtasks"
	gatewayslack "github.com/gobridge/gopherbot/gateway/slack"
	"github.com/gobridge/gopherbot/internal/tracing"
	"github.com/gobridge/gopherbot/workqueue"
)

// What follows ties a tracer to the rooms, none of which knows of it. Where there
// is none, nothing is tied: nil is not called.

func watchRequests(t *tracing.Tracer) func(*http.Request) (context.Context, func(gatewayslack.Answer)) {
	if t == nil {
		return nil
	}
	return func(r *http.Request) (context.Context, func(gatewayslack.Answer)) {
		ctx, end := t.Request(r)
		return ctx, func(a gatewayslack.Answer) { end(a.Status, string(a.Outcome), a.Event) }
	}
}

func wrapHandlers(t *tracing.Tracer) func(workqueue.HandlerFunc) workqueue.HandlerFunc {
	if t == nil {
		return nil
	}
	return t.Handler
}

func watchHandlers(t *tracing.Tracer) func(context.Context, string) (context.Context, func(error)) {
	if t == nil {
		return nil
	}
	return t.Action
}

// traced returns the jobs with a trace around each run.
func traced(t *tracing.Tracer, list []bgtasks.Job) []bgtasks.Job {
	if t == nil {
		return list
	}
	for i, j := range list {
		list[i].Run = func(ctx context.Context, s bgtasks.State) error {
			return t.Job(ctx, j.Name, func(ctx context.Context) error { return j.Run(ctx, s) })
		}
	}
	return list
}
