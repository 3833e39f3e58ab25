package workqueue

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/redis/go-redis/v9"
)

// Completed reports whether this delivery of the event, or an earlier one, has
// completed the step of that name, so that it must not be repeated.
func (d *Delivery) Completed(step string) bool {
	return d.steps != nil && d.steps.has(step)
}

// CompletedActions returns the names of the steps that earlier deliveries of this event,
// and this one, have completed, in alphabetical order.
func (d *Delivery) CompletedActions() []string {
	if d.steps == nil {
		return nil
	}
	return d.steps.all()
}

// Complete records that a step of this event is completed and must not be repeated,
// should the event be delivered again. When it returns an error, the step may be
// repeated. It also succeeds when Redis is out of memory: the name of the step is
// recorded beyond maxmemory.
func (d *Delivery) Complete(ctx context.Context, step string) error {
	if d.steps == nil {
		return fmt.Errorf("record that %q is completed: %w", step, errNotDelivered)
	}
	// The step is completed even if the handler was cancelled meanwhile.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	return d.steps.add(ctx, step)
}

// errNotDelivered is returned for a Delivery that no consumer made.
var errNotDelivered = errors.New("no consumer delivered this event")

// steps are the completed steps of one event, in Redis and as far as this delivery
// knows them. A handler and the goroutines that it leaves behind may use them at once.
type steps struct {
	rdb     redis.Cmdable
	scripts scripts
	origin  string // the id of the event's first entry

	mu    sync.Mutex
	names map[string]bool // nil if none is known
}

// stepsRetention is how long completed steps are kept: as long as the event may
// still be delivered, dead letters included.
const stepsRetention = deadLetterRetention

func (s *steps) has(step string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.names[step]
}

func (s *steps) all() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.names))
}

// known reports whether there are any.
func (s *steps) known() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.names != nil
}

func (s *steps) add(ctx context.Context, step string) error {
	if err := s.scripts.completeStep(ctx, s.origin, step); err != nil {
		return fmt.Errorf("record that %q is completed: %w", step, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.names == nil {
		s.names = map[string]bool{}
	}
	s.names[step] = true
	return nil
}

// load reads the steps that earlier deliveries completed.
func (s *steps) load(ctx context.Context) error {
	names, err := s.rdb.SMembers(ctx, s.scripts.shard.done(s.origin)).Result()
	if err != nil {
		return fmt.Errorf("read the completed steps of the event: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.names = make(map[string]bool, len(names))
	for _, name := range names {
		s.names[name] = true
	}
	return nil
}
