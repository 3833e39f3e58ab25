package workqueue

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// claimStart is the cursor with which XAUTOCLAIM begins, and with which it says
// that it has seen all pending entries.
const claimStart = "0-0"

// reader takes the events of one type and runs their handler. One goroutine
// does the taking, so nothing else competes for the type's free workers.
type reader struct {
	consumer  *Consumer
	eventType string
	stream    string
	handle    HandlerFunc
	// slots holds a value for each worker that is busy or spoken for.
	slots chan struct{}
	// claimFrom is where the next look for a dead consumer's entries begins,
	// claimDue when it is to happen.
	claimFrom string
	claimDue  time.Time
}

// The lease in three parts. A handler must be done before its delivery may be
// taken over, with some time between for a slow clock or a paused process, and
// the look for such deliveries comes often enough that all of it together
// stays within the lease.
func (r *reader) handlingTime() time.Duration  { return r.consumer.opts.Lease * 7 / 10 }
func (r *reader) claimableIdle() time.Duration { return r.consumer.opts.Lease * 8 / 10 }
func (r *reader) claimEvery() time.Duration    { return r.consumer.opts.Lease / 10 }

// run takes events until ctx ends. It gives handlers the context handling and
// adds them to handlers.
func (r *reader) run(ctx, handling context.Context, handlers *sync.WaitGroup) {
	trouble := outage{log: r.consumer.opts.Log.With().Str("type", r.eventType).Logger()}
	for ctx.Err() == nil {
		free := r.reserve(ctx)
		if free == 0 {
			return
		}
		taken, err := r.take(ctx, free)
		r.release(free - len(taken))
		for _, d := range taken {
			handlers.Go(func() {
				defer r.release(1)
				r.work(handling, d)
			})
		}
		if err != nil && ctx.Err() == nil {
			trouble.wait(ctx, err)
			continue
		}
		trouble.over()
	}
}

// reserve waits for a free worker and reserves it and all others that are free.
// It returns how many, 0 when ctx ended first.
func (r *reader) reserve(ctx context.Context) int {
	select {
	case r.slots <- struct{}{}:
	case <-ctx.Done():
		return 0
	}
	for n := 1; ; n++ {
		select {
		case r.slots <- struct{}{}:
		default:
			return n
		}
	}
}

func (r *reader) release(n int) {
	for range n {
		<-r.slots
	}
}

// take returns up to n deliveries: first what dead consumers left, then what is
// new, for which it waits a while.
func (r *reader) take(ctx context.Context, n int) ([]*Delivery, error) {
	if time.Now().After(r.claimDue) {
		taken, err := r.claim(ctx, n)
		if len(taken) > 0 || err != nil {
			return taken, err
		}
	}
	return r.read(ctx, n)
}

// read returns new entries, none when there were none for a while.
func (r *reader) read(ctx context.Context, n int) ([]*Delivery, error) {
	streams, err := r.consumer.rdb.XReadGroup(ctx, &redis.XReadGroupArgs{
		Group:    group,
		Consumer: r.consumer.name,
		Streams:  []string{r.stream, ">"},
		Count:    int64(n),
		// Short, because ctx does not interrupt a read that blocks.
		Block: min(time.Second, r.claimEvery()),
	}).Result()
	switch {
	case errors.Is(err, redis.Nil):
		return nil, nil
	case isNoGroup(err):
		return nil, r.createGroup(ctx)
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", r.stream, err)
	}
	return r.deliveries(ctx, streams[0].Messages, false), nil
}

// claim takes over entries that their consumer did not finish within the lease.
func (r *reader) claim(ctx context.Context, n int) ([]*Delivery, error) {
	messages, next, err := r.consumer.rdb.XAutoClaim(ctx, &redis.XAutoClaimArgs{
		Stream:   r.stream,
		Group:    group,
		Consumer: r.consumer.name,
		MinIdle:  r.claimableIdle(),
		Start:    r.claimFrom,
		Count:    int64(n),
	}).Result()
	switch {
	case isNoGroup(err):
		return nil, r.createGroup(ctx)
	case err != nil:
		return nil, fmt.Errorf("claim from %s: %w", r.stream, err)
	}
	// One call looks at a part of what is pending; the cursor says where to go
	// on, and a full circle is made before the next pause.
	r.claimFrom = next
	if next == claimStart {
		r.claimDue = time.Now().Add(r.claimEvery())
	}
	return r.deliveries(ctx, messages, true), nil
}

func isNoGroup(err error) bool { return err != nil && strings.HasPrefix(err.Error(), "NOGROUP") }

// createGroup makes the group, and the stream if need be. It is called when
// Redis says that there is none: at the first start and after Redis lost its
// data. The group begins at 0: what is on the stream is then delivered, maybe
// for the second time, but not forgotten.
func (r *reader) createGroup(ctx context.Context) error {
	err := r.consumer.rdb.XGroupCreateMkStream(ctx, r.stream, group, "0").Err()
	if err != nil && !strings.HasPrefix(err.Error(), "BUSYGROUP") {
		return fmt.Errorf("create group of %s: %w", r.stream, err)
	}
	return nil
}

// deliveries decodes entries. One that cannot be read is logged and removed: no
// consumer could ever do anything with it.
func (r *reader) deliveries(ctx context.Context, messages []redis.XMessage, takenOver bool) []*Delivery {
	taken := time.Now()
	list := make([]*Delivery, 0, len(messages))
	for _, m := range messages {
		event, err := eventOf(r.eventType, m.Values)
		if err != nil {
			r.consumer.opts.Log.Error().Err(err).Str("type", r.eventType).Str("entry", m.ID).
				Msg("removed an entry that cannot be read")
			r.ack(ctx, m.ID)
			continue
		}
		list = append(list, &Delivery{
			Event:     event,
			EntryID:   m.ID,
			Queued:    entryTime(m.ID),
			Taken:     taken,
			TakenOver: takenOver,
		})
	}
	return list
}

// entryTime reads the time from an entry's id, which Redis makes of its clock's
// milliseconds and a sequence number.
func entryTime(id string) time.Time {
	ms, _, _ := strings.Cut(id, "-")
	n, err := strconv.ParseInt(ms, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(n)
}

// work runs the handler on one delivery and ends the event if its outcome does.
func (r *reader) work(handling context.Context, d *Delivery) {
	hooks := r.consumer.opts.Hooks
	if hooks.Taken != nil {
		hooks.Taken(d)
	}
	// Counted from when the entry was taken, as Redis counts its idle time.
	ctx, cancel := context.WithDeadline(handling, d.Taken.Add(r.handlingTime()))
	defer cancel()

	outcome := r.call(ctx, d)
	if finished(outcome) {
		r.ack(handling, d.EntryID)
	}
	if hooks.Done != nil {
		hooks.Done(d, outcome)
	}
}

// call runs the handler and turns a panic into an error.
func (r *reader) call(ctx context.Context, d *Delivery) (outcome error) {
	defer func() {
		if p := recover(); p != nil {
			outcome = fmt.Errorf("handler panicked: %v", p)
			r.consumer.opts.Log.Error().Str("type", r.eventType).Str("event_id", d.ID).Str("request_id", d.RequestID).
				Interface("panic", p).Bytes("stack", debug.Stack()).Msg("a handler panicked; the event will be delivered again")
		}
	}()
	return r.handle(ctx, d)
}

// ack ends an entry: it is neither pending nor on the stream afterwards. If it
// cannot, the event will be delivered again.
func (r *reader) ack(ctx context.Context, id string) {
	// A cancelled handler may still have finished its event.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.consumer.opts.Lease)
	defer cancel()
	_, err := r.consumer.rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.XAck(ctx, r.stream, group, id)
		p.XDel(ctx, r.stream, id)
		return nil
	})
	if err != nil {
		r.consumer.opts.Log.Error().Err(err).Str("type", r.eventType).Str("entry", id).
			Msg("could not acknowledge a handled event; it will be delivered again")
	}
}
