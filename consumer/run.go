package consumer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/gobridge/gopherbot/handler"
)

func tasks(actions []handler.Match) []task {
	list := make([]task, len(actions))
	for i, action := range actions {
		list[i] = task{action, action.Run}
	}
	return list
}

// runAll runs the tasks in order, each even if earlier ones failed, and returns their
// names and the event's outcome. A completed task is recorded and not repeated when
// the event is delivered again; neither is a task that the platform refused for good.
// A task with an unknown outcome waits until the outcome is known. One whose handler is
// paused is not begun: the event is postponed for it, and its other tasks do not wait.
func (d *Dispatcher) runAll(ctx context.Context, o request, list []task) ([]string, error) {
	var names []string
	var failed failures
	waiting, after := d.resolve(ctx, o, true)
	for _, action := range slices.Sorted(maps.Keys(waiting)) {
		failed.add(waiting[action], Outcome{Kind: Unknown, After: after})
	}
	var refused []string
	for i, task := range list {
		// Two actions may have one name, such as two welcomes to one channel.
		if n := occurrence(list[:i], task.Name); n > 1 {
			task.Name = fmt.Sprintf("%s (%d)", task.Name, n)
		}
		name := task.Name
		names = append(names, name)
		switch {
		case o.completed(name), waiting[name] != nil:
			continue
		case o.completed(o.refusal(name)):
			failed.add(fmt.Errorf("%s: %w", name, errRefusedBefore), Outcome{Kind: Final})
			continue
		}
		if d.opts.Controls.HandlerPaused(list[i].Name) {
			failed.add(fmt.Errorf("%s: %w", name, errPaused), d.paused(o.Delivery))
			continue
		}
		if err := context.Cause(ctx); err != nil { // the lease is lost, or the consumer stops
			failed.add(fmt.Errorf("%s: not begun: %w", name, err), Outcome{})
			continue
		}
		if err := d.run(ctx, &call{request: o, task: task, steps: name}); err != nil {
			outcome := classify(o.platform, err)
			if outcome.Kind == Unknown {
				outcome.After = d.pause(o.progress)
			}
			d.logFailure(o, task, err, outcome)
			d.apologise(ctx, o, task, err, outcome)
			failed.add(fmt.Errorf("%s: %w", name, err), outcome)
			switch outcome.Kind {
			case Final:
				refused = append(refused, o.refusal(name))
				continue
			case Gone: // there is nothing left to do
			default:
				continue
			}
		}
		if i == len(list)-1 && failed.over() {
			break // the event is done with, and the record with it
		}
		if err := o.complete(ctx, name); err != nil {
			failed.add(err, Outcome{})
		}
	}
	if failed.again() {
		d.remember(ctx, o, refused, &failed)
	}
	return names, failed.outcome()
}

var errRefusedBefore = errors.New("refused by an earlier attempt")

// refusal is the name of the step that records a refused action. When an operator
// replays the event, the action is tried again.
func (o request) refusal(action string) string {
	if o.ReplayedAt.IsZero() {
		return action + ": refused"
	}
	return fmt.Sprintf("%s: refused after the replay of %d", action, o.ReplayedAt.UnixMilli())
}

// remember records the refused actions of an event that is retried, and that a
// consumer died while it handled the event.
func (d *Dispatcher) remember(ctx context.Context, o request, refused []string, failed *failures) {
	if o.Reclaimed {
		refused = append(refused, suspectMark)
	}
	for _, step := range refused {
		if o.completed(step) {
			continue
		}
		if err := o.complete(ctx, step); err != nil {
			failed.add(err, Outcome{})
		}
	}
}

// occurrence returns one more than the number of earlier tasks with the name.
func occurrence(earlier []task, name string) int {
	n := 1
	for _, t := range earlier {
		if t.Name == name {
			n++
		}
	}
	return n
}
