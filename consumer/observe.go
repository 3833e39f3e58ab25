package consumer

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/gobridge/gopherbot/handler"
)

// HandlerRun is a run of a handler.
type HandlerRun struct {
	// Handler is the name of the handler's declaration, or "announcement",
	// "notification" or "channel directory" for events that are handled without one.
	Handler string
	Outcome RunOutcome
	Err     error // nil if it went well
	Took    time.Duration
}

// RunOutcome is how a run ended, in a word that can be counted.
type RunOutcome string

// The outcomes of a run.
const (
	RunOK      RunOutcome = "ok"
	RunError   RunOutcome = "error"
	RunPanic   RunOutcome = "panic"
	RunTimeout RunOutcome = "timeout" // it had no more time, whether it noticed or not
	RunUnknown RunOutcome = "unknown" // it may have posted something, or not
	RunGone    RunOutcome = "gone"    // its target does not exist any more
)

// RunOutcomes returns all outcomes of a run.
func RunOutcomes() []RunOutcome {
	return []RunOutcome{RunOK, RunError, RunPanic, RunTimeout, RunUnknown, RunGone}
}

// The handler names of events that are handled without a declaration.
const (
	announcementHandler = "announcement"
	notificationHandler = "notification"
	directoryHandler    = "channel directory"
	homeHandler         = "home page"
	unknownHandler      = "unknown control"
)

// Handlers returns the names of the handlers that a dispatcher runs, as Run has
// them.
func Handlers(r *handler.Registry) []string {
	names := []string{announcementHandler, notificationHandler, directoryHandler, homeHandler, unknownHandler}
	for _, e := range r.Infos() {
		names = append(names, e.Name)
		if e.Kind == handler.FormInfo {
			for _, before := range []string{"validate ", "load ", "close ", string(Lookup) + " in ", string(Refresh) + " in "} {
				names = append(names, before+e.Name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// outcomeOf returns the outcome of a run on platform that returned err.
func outcomeOf(platform Platform, err error) RunOutcome {
	if err == nil {
		return RunOK
	}
	_, panicked := errors.AsType[*panicError](err)
	switch kind := classify(platform, err).Kind; {
	case panicked:
		return RunPanic
	case kind == Unknown:
		return RunUnknown
	case kind == Gone:
		return RunGone
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, errAbandoned):
		return RunTimeout
	default:
		return RunError
	}
}

// observed calls handle and reports its run to Options.Watch.
func (d *Dispatcher) observed(ctx context.Context, platform Platform, name string, handle func(context.Context) error) error {
	ended := func(HandlerRun) {}
	if d.opts.Watch != nil {
		ctx, ended = d.opts.Watch(ctx, name)
	}
	start, run := time.Now(), HandlerRun{name, RunPanic, errPanicked, 0}
	defer func() {
		run.Took = time.Since(start)
		ended(run)
	}()
	err := handle(ctx) // the queue catches a panic here
	run.Outcome, run.Err = outcomeOf(platform, err), err
	return err
}

// errPanicked is the Err of a run with a panic that is not caught yet.
var errPanicked = errors.New("it panicked")

// logFailure logs the failure of a task.
func (d *Dispatcher) logFailure(o request, t task, err error, outcome Outcome) {
	line, text := d.opts.Log.Error(), "an action failed"
	switch outcome.Kind {
	case Gone:
		line, text = d.opts.Log.Info(), "the target of an action is gone"
	case Unknown:
		line, text = d.opts.Log.Warn(), "it is not known whether an action has posted something; it is looked for before another try"
	}
	line = line.Err(err)
	if p, ok := errors.AsType[*panicError](err); ok {
		line = line.Bytes("stack", p.stack)
	}
	line.Str("event_id", o.ID).Str("request_id", o.RequestID).Str("action", t.Name).Str("kind", string(outcomeOf(o.platform, err))).
		Int("attempt", o.Attempt).Msg(text)
}
