package app

import (
	"context"
	"net/http"
	"time"

	"github.com/gobridge/gopherbot/bgtasks"
	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/internal/receipt"
	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
	"github.com/gobridge/gopherbot/internal/tracing"
	"github.com/gobridge/gopherbot/workqueue"
)

// These adapters connect metrics and tracing to the packages, which know neither. The
// tracer is nil if traces are not exported.

// watchRequests counts and traces requests, counts refused ones by event type, records them for
// operators, and calls the hook.
func watchRequests(e env, a processRuntime, refused refusals, operators *presence.RequestLog) func(context.Context, gateway.Meta) (context.Context, func(gateway.Result)) {
	var names []string
	for _, o := range gateway.Outcomes() {
		names = append(names, string(o))
	}
	count, ofPlatform := a.metrics.Requests(names...), watchPlatforms(e, a)
	return func(ctx context.Context, m gateway.Meta) (context.Context, func(gateway.Result)) {
		end := func(int, string, workqueue.Event) {}
		if e.tracer != nil {
			ctx, end = e.tracer.Request(ctx, m.Route)
		}
		return ctx, func(answer gateway.Result) {
			end(answer.Status, string(answer.Outcome), answer.Event)
			count(string(answer.Outcome), time.Since(answer.Received))
			refused.note(answer)
			noteRequest(operators, m.Platform, answer)
			ofPlatform(m.Platform, answer)
			if e.hooks.Answered != nil {
				e.hooks.Answered(answer)
			}
		}
	}
}

// noteRequest records a request for operators.
func noteRequest(operators *presence.RequestLog, platform string, r gateway.Result) {
	switch {
	case r.Authentic():
		operators.Authentic(platform, time.Now())
	case r.Refused():
		operators.Refused(platform, time.Now(), r.Reason, r.WrongSecret)
	}
}

// watchHandlers counts and traces the runs of handlers.
func watchHandlers(e env, a processRuntime, registry *handler.Registry) func(context.Context, string) (context.Context, func(consumer.HandlerRun)) {
	var outcomes []string
	for _, o := range consumer.RunOutcomes() {
		outcomes = append(outcomes, string(o))
	}
	count := a.metrics.Handlers(consumer.Handlers(registry), outcomes)
	return func(ctx context.Context, name string) (context.Context, func(consumer.HandlerRun)) {
		end := func(error) {}
		if e.tracer != nil {
			ctx, end = e.tracer.Action(ctx, name)
		}
		return ctx, func(r consumer.HandlerRun) {
			end(r.Err)
			count(r.Handler, string(r.Outcome), r.Took)
		}
	}
}

// countUnknown counts posts with an unknown outcome.
func countUnknown(a processRuntime) func(consumer.UnknownResult) {
	var results []string
	for _, r := range consumer.UnknownResults() {
		results = append(results, string(r))
	}
	occurred, resolved := a.metrics.UnknownOutcomes(results...)
	return func(r consumer.UnknownResult) {
		if r == "" {
			occurred()
			return
		}
		resolved(string(r))
	}
}

// countSends counts attempts at posting announcements and messages of the API. Operators see
// the latter.
func countSends(e env, a processRuntime, operators *presence.Notifier) func(consumer.SendReport) {
	var bots, states []string
	for _, p := range e.platforms() {
		bots = append(bots, p.source())
	}
	for _, s := range receipt.States() {
		if s != receipt.Queued && s != receipt.Sending {
			states = append(states, string(s))
		}
	}
	ended, postponed := a.metrics.Sends(bots, states)
	return func(r consumer.SendReport) {
		if r.Postponed {
			postponed(r.Bot)
			return
		}
		ended(r.Bot, string(r.State), r.Waited)
		if r.RequestID != "" {
			reportSend(operators, r)
		}
	}
}

// reportSend reports an attempt at posting a message of the API to operators.
func reportSend(to *presence.Notifier, r consumer.SendReport) {
	to.Ended(r.Bot, string(r.State))
	switch r.State {
	case receipt.Sent:
		to.Posted(r.Bot, r.Waited)
	case receipt.Failed, receipt.Unknown, receipt.Expired:
		to.Failed(presence.Unsent{
			At: time.Now(), RequestID: r.RequestID, State: string(r.State), Code: r.Code, Error: r.Error, Chat: r.Chat, KeyName: r.KeyName,
		})
	}
}

// watchAPI returns base with the calls of a platform's API counted and traced.
func watchAPI(platform string, e env, a processRuntime, base http.RoundTripper) http.RoundTripper {
	count := a.metrics.WebAPI(platform)
	watchers := []slackapi.Watcher{func(string, *http.Request) func(slackapi.Call) {
		return func(c slackapi.Call) { count(c.Method, string(c.Status), c.Took, c.Wait) }
	}}
	if e.tracer != nil {
		watchers = append(watchers, e.tracer.Call)
	}
	return slackapi.Watch(base, watchers...)
}

// wrapHandlers traces the handling of events.
func wrapHandlers(t *tracing.Tracer) func(workqueue.HandlerFunc) workqueue.HandlerFunc {
	if t == nil {
		return nil
	}
	return t.Handler
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
