package app

import (
	"context"
	"sync/atomic"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/workqueue"
)

// refusals counts, by type, the events that found the queue full when they were first
// delivered. Retries of the platform are not counted again.
type refusals map[string]*atomic.Int64

func newRefusals(types []string) refusals {
	r := refusals{}
	for _, eventType := range types {
		r[eventType] = &atomic.Int64{}
	}
	return r
}

// note counts the result of a request if the queue was full.
func (r refusals) note(a gateway.Result) {
	if n := r[a.Event.Type]; n != nil && a.Full && !a.Retry {
		n.Add(1)
	}
}

// byType returns the numbers so far.
func (r refusals) byType() map[string]int64 {
	numbers := map[string]int64{}
	for eventType, n := range r {
		numbers[eventType] = n.Load()
	}
	return numbers
}

// unanswered returns the numbers as reports for operators.
func (r refusals) unanswered() []presence.Unanswered {
	var list []presence.Unanswered
	for eventType, n := range r.byType() {
		list = append(list, presence.Unanswered{Type: eventType, Refused: n})
	}
	return list
}

// tooOld returns the numbers of events that consumers discarded for their age.
func tooOld(counts []workqueue.HandleCounts) []presence.Unanswered {
	var list []presence.Unanswered
	for _, n := range counts {
		list = append(list, presence.Unanswered{Type: n.Type, TooOld: n.TooOld})
	}
	return list
}

// tally publishes counts to operators until stop is called. It includes events that the
// process handles after ctx has ended.
func (a processRuntime) tally(ctx context.Context, e env, counts func() []presence.Unanswered) (stop func()) {
	return background(context.WithoutCancel(ctx), presence.NewTally(a.rdb, string(e.config.App), counts, e.log).Run)
}
