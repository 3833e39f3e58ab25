package presence

import (
	"context"
	"maps"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// dayHours is how many hours operators see the sums of, the current one included.
	dayHours = 24
	// hourTTL is how long the counts of an hour are kept.
	hourTTL = (dayHours + 1) * time.Hour
)

func hourOf(t time.Time) int64 { return t.Unix() / 3600 }

// hourly adds the counts of a process to those of the current hour, a hash in Redis that all
// processes of the deployment share. It must not be used concurrently.
type hourly struct {
	rdb     redis.UniversalClient
	key     func(hour int64) string
	written map[string]int64 // the part of the counts that is in Redis, by field
}

func newHourly(rdb redis.UniversalClient, key func(hour int64) string) *hourly {
	return &hourly{rdb, key, map[string]int64{}}
}

// add writes the increase of counts, which are those since the process started by field, in
// one transaction with the commands of also. Counts that cannot be written are written by a
// later call. They count twice if Redis wrote them and only its reply was lost.
func (h *hourly) add(ctx context.Context, counts map[string]int64, also func(context.Context, redis.Pipeliner)) error {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	key := h.key(hourOf(time.Now()))
	_, err := h.rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
		for field, n := range counts {
			if more := n - h.written[field]; more > 0 {
				p.HIncrBy(ctx, key, field, more)
			}
		}
		if p.Len() > 0 {
			p.Expire(ctx, key, hourTTL)
		}
		if also != nil {
			also(ctx, p)
		}
		return nil
	})
	if err == nil {
		maps.Copy(h.written, counts)
	}
	return err
}

// lastDay has p read the counts of the last 24 hours. The returned function adds them up by
// field, once p was executed.
func lastDay(ctx context.Context, p redis.Pipeliner, key func(hour int64) string) (sums func() map[string]int64) {
	now := hourOf(time.Now())
	replies := make([]*redis.MapStringStringCmd, dayHours)
	for i := range replies {
		replies[i] = p.HGetAll(ctx, key(now-int64(i)))
	}
	return func() map[string]int64 {
		sums := map[string]int64{}
		for _, reply := range replies {
			for field, value := range reply.Val() {
				if n, err := strconv.ParseInt(value, 10, 64); err == nil { // else a release with another format wrote it
					sums[field] += n
				}
			}
		}
		return sums
	}
}

// publish calls write every 2 s until ctx ends, and once more then.
func publish(ctx context.Context, write func(context.Context)) {
	tick := time.NewTicker(reportInterval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			write(ctx)
		case <-ctx.Done():
			write(context.WithoutCancel(ctx))
			return
		}
	}
}
