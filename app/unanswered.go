package app

import (
	"context"
	"sync/atomic"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/vitals"
	"github.com/gobridge/gopherbot/workqueue"
)

// refusals counts, by type, the events that found the queue full when they first
// came. Those that Slack sends again are not counted again.
type refusals map[string]*atomic.Int64

func newRefusals() refusals {
	r := refusals{}
	for _, eventType := range event.Types(event.Slack) {
		r[eventType] = &atomic.Int64{}
	}
	return r
}

// note counts an answer.
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

// unanswered returns the same for operators.
func (r refusals) unanswered() []vitals.Unanswered {
	var list []vitals.Unanswered
	for eventType, n := range r.byType() {
		list = append(list, vitals.Unanswered{Type: eventType, Refused: n})
	}
	return list
}

// tooOld returns what a consumer discarded for its age.
func tooOld(queue *workqueue.Consumer) func() []vitals.Unanswered {
	return func() []vitals.Unanswered {
		var list []vitals.Unanswered
		for _, n := range queue.Counts() {
			list = append(list, vitals.Unanswered{Type: n.Type, TooOld: n.TooOld})
		}
		return list
	}
}

// tally has counts shown to operators until stop is called: what a process still does
// after ctx has ended counts, too.
func (a processRuntime) tally(ctx context.Context, e Env, counts func() []vitals.Unanswered) (stop func()) {
	return background(context.WithoutCancel(ctx), vitals.NewTally(a.rdb, string(e.Config.App), counts, e.Log).Run)
}
