package demo

import (
	"errors"
	"fmt"
	"time"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/gateway"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/workqueue"
)

// journeys reports the steps of events to the workspace, while the process is alive.
func (d *demo) journeys(alive func() bool) app.Hooks {
	w := d.workspace
	return app.Hooks{
		Answered: func(a gateway.Result) {
			if a.Outcome == gateway.Duplicate && d.duplicates {
				w.Note(a.Event.ID, "the gateway knew it already")
			}
			if a.Event.ID == "" || a.Queued.IsZero() {
				return // the workspace has seen the refusal itself
			}
			if d.accepted != nil {
				d.accepted(a.Event)
			}
			w.Step(a.Event.ID, slacksim.Accepted, a.Accepted)
			w.Step(a.Event.ID, slacksim.Queued, a.Queued)
		},
		Consumer: workqueue.Hooks{
			OnStart: func(e *workqueue.Delivery) {
				if e.Reclaimed {
					w.Note(e.ID, "another consumer took it over")
				}
				w.Step(e.ID, slacksim.Taken, e.ReceivedAt)
			},
			OnFinish: func(e *workqueue.Delivery, outcome error) {
				if alive() { // a dead one tells nobody
					finish(w, e.ID, outcome)
				}
			},
		},
	}
}

// finish reports the outcome of an attempt to handle an event.
func finish(w workspace, eventID string, outcome error) {
	discard, discarded := errors.AsType[*workqueue.DiscardError](outcome)
	rejected, isRejected := errors.AsType[*workqueue.RejectError](outcome)
	postponed, isPostponed := errors.AsType[*workqueue.PostponeError](outcome)
	switch {
	case outcome == nil:
		w.Step(eventID, slacksim.Handled, time.Now())
	case discarded:
		w.Step(eventID, slacksim.Handled, time.Now())
		w.Outcome(eventID, "dropped: "+discard.Reason)
	case isRejected:
		w.Step(eventID, slacksim.Handled, time.Now())
		w.Outcome(eventID, "failed permanently: "+rejected.Err.Error())
	case isPostponed:
		w.Note(eventID, fmt.Sprintf("postponed by %v", postponed.After.Round(100*time.Millisecond)))
	default:
		w.Note(eventID, "failed, and is retried: "+outcome.Error())
	}
}
