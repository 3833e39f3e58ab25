package app

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/workqueue"
)

// state is how far a process has come.
type state struct {
	working atomic.Bool // it has begun its work
	// refused is the latest error of a platform that has not identified the bot, nil if there
	// was none.
	refused atomic.Pointer[error]
}

var (
	errStarting = errors.New("starting, or waiting for a platform")
	errStopping = errors.New("about to stop")
)

// ready returns why the process cannot do its work, nil if it can.
func (a processRuntime) ready(ctx context.Context) error {
	if err := a.unready(ctx); err != nil {
		return err
	}
	if err := a.rdb.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("ping redis: %w", err)
	}
	return nil
}

// unready is like ready, and does not look whether Redis answers.
func (a processRuntime) unready(ctx context.Context) error {
	switch refused := a.state.refused.Load(); {
	case a.running.Err() != nil:
		return errStopping
	case !a.state.working.Load() && refused != nil:
		return fmt.Errorf("waiting for a platform: %w", *refused)
	case !a.state.working.Load():
		return errStarting
	}
	for _, check := range a.checks {
		if err := check(ctx); err != nil {
			return err
		}
	}
	return nil
}

// setReady records that the process has begun its work. A gateway and a consumer are ready
// when the first of their platforms is.
func (a processRuntime) setReady(e env) {
	if !a.state.working.Swap(true) && e.hooks.Serving != nil {
		e.hooks.Serving()
	}
}

// fullFor is how long the answer of Redis whether the queue is full holds. Anyone may ask a
// gateway whether it is ready, and as often as they like.
const fullFor = time.Second

// fullQueue knows whether the queue takes events.
type fullQueue struct {
	publisher *workqueue.Publisher
	types     []string

	asking sync.Mutex
	asked  time.Time
	answer error
}

// newFullQueue returns a fullQueue about what the platforms of e send.
func newFullQueue(e env, p *workqueue.Publisher) *fullQueue {
	var types []string
	for _, platform := range e.platforms() {
		types = append(types, event.Types(platform.source(), event.Incoming()...)...)
	}
	return &fullQueue{publisher: p, types: types}
}

// check returns why the gateway answers events with 503, nil if it does not or if Redis does not
// say.
func (q *fullQueue) check(ctx context.Context) error {
	q.asking.Lock()
	defer q.asking.Unlock()
	if time.Since(q.asked) < fullFor {
		return q.answer
	}
	if err := q.publisher.Full(ctx, q.types...); err == nil || errors.Is(err, workqueue.ErrFull) {
		q.asked, q.answer = time.Now(), err
		return err
	}
	return nil
}
