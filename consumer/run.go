package consumer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/workqueue"
)

// run runs the actions in order, each whatever became of those before it, and
// returns their names and what went wrong. An action that is done is recorded,
// and left out when the event is delivered again.
func (d *Dispatcher) run(ctx context.Context, o occasion, actions []handler.Action) ([]string, error) {
	var names []string
	var failed failures
	for i, action := range actions {
		// Two actions may have one name, such as two welcomes to one channel.
		if n := occurrence(actions[:i], action.Name); n > 1 {
			action.Name = fmt.Sprintf("%s (%d)", action.Name, n)
		}
		name := action.Name
		names = append(names, name)
		if o.completed(name) {
			continue
		}
		if err := context.Cause(ctx); err != nil { // the lease is lost, or the consumer stops
			failed.add(fmt.Errorf("%s: not begun: %w", name, err), false, 0)
			continue
		}
		if err := d.once(ctx, o, action); err != nil {
			final, after := d.opts.Platform.Classify(err)
			d.note(o, action, err)
			d.apologise(ctx, o, action, err, final, after)
			failed.add(fmt.Errorf("%s: %w", name, err), final, after)
			continue
		}
		if i == len(actions)-1 && failed.none() {
			break // the event is done with, and the record with it
		}
		if err := o.complete(ctx, name); err != nil {
			failed.add(err, false, 0)
		}
	}
	return names, failed.outcome()
}

// occurrence says how often a name comes among earlier actions and once more.
func occurrence(earlier []handler.Action, name string) int {
	n := 1
	for _, a := range earlier {
		if a.Name == name {
			n++
		}
	}
	return n
}

// failures are the errors of an event's actions.
type failures struct {
	final, temporary []error
	after            time.Duration // the longest that was asked for
}

func (f *failures) add(err error, final bool, after time.Duration) {
	if final {
		f.final = append(f.final, err)
		return
	}
	f.temporary = append(f.temporary, err)
	f.after = max(f.after, after)
}

func (f *failures) none() bool { return len(f.temporary) == 0 && len(f.final) == 0 }

// outcome is what the queue is told: while there is an action that another try
// may help, there is another try.
func (f *failures) outcome() error {
	err := errors.Join(append(f.temporary, f.final...)...)
	switch {
	case err == nil:
		return nil
	case len(f.temporary) == 0:
		return workqueue.Reject(err)
	case f.after > 0:
		return workqueue.RetryAfter(f.after, err)
	default:
		return err
	}
}

// progress is what of an event is done. A handler that was given up may still
// be at work when the next one runs, so it is safe for concurrent use.
type progress struct {
	*workqueue.Delivery
	mu sync.Mutex
}

func (p *progress) completed(step string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.Completed(step)
}

func (p *progress) complete(ctx context.Context, step string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.Complete(ctx, step)
}
