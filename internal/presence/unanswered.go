package presence

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"
)

// Unanswered counts the events of a type in the last 24 hours that were not answered
// in time.
type Unanswered struct {
	Type string `json:"type"`
	// Refused events found their stream full when they were first delivered. The
	// platform sends them again.
	Refused int64 `json:"refused"`
	// TooOld events were discarded for their age, without a look at their text. Refused
	// events that came again too late are among them.
	TooOld int64 `json:"too_old"`
}

const (
	// unansweredHours is how many hours Reader.Unanswered sums up, the current one
	// included.
	unansweredHours = 24
	// unansweredTTL is how long the counts of an hour are kept.
	unansweredTTL = (unansweredHours + 1) * time.Hour
)

func hourOf(t time.Time) int64 { return t.Unix() / 3600 }

// The reasons for which an event is not answered.
const (
	refused = "refused"
	tooOld  = "too_old"
)

// Unanswered returns the counts of the types that have unanswered events, ordered by
// type.
func (r *Reader) Unanswered(ctx context.Context) ([]Unanswered, error) {
	hour := hourOf(time.Now())
	replies := make([]*redis.MapStringStringCmd, unansweredHours)
	_, err := r.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i := range replies {
			replies[i] = p.HGetAll(ctx, r.keys.unanswered(hour-int64(i)))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the counts of unanswered events: %w", err)
	}
	byType := map[string]*Unanswered{}
	for _, reply := range replies {
		for field, value := range reply.Val() {
			eventType, reason, _ := strings.Cut(field, "/")
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				continue // a release with another format wrote it
			}
			u := byType[eventType]
			if u == nil {
				u = &Unanswered{Type: eventType}
				byType[eventType] = u
			}
			switch reason {
			case refused:
				u.Refused += n
			case tooOld:
				u.TooOld += n
			}
		}
	}
	list := make([]Unanswered, 0, len(byType))
	for _, u := range byType {
		list = append(list, *u)
	}
	slices.SortFunc(list, func(a, b Unanswered) int { return cmp.Compare(a.Type, b.Type) })
	return list, nil
}

// Tally adds the counts of a process to those that Reader.Unanswered returns.
type Tally struct {
	rdb     redis.UniversalClient
	keys    keys
	log     zerolog.Logger
	counts  func() []Unanswered
	written map[string]Unanswered // the part of the counts that is in Redis, by type
}

// NewTally returns a Tally on rdb, which the caller closes. counts returns the counts
// since the process started.
func NewTally(rdb redis.UniversalClient, app string, counts func() []Unanswered, log zerolog.Logger) *Tally {
	return &Tally{rdb: rdb, keys: keys{app}, log: log, counts: counts, written: map[string]Unanswered{}}
}

// Run adds new counts every 2 s until ctx ends, and once more then. Counts that cannot
// be written are written later. They count twice if Redis wrote them and only its reply
// was lost.
func (t *Tally) Run(ctx context.Context) {
	tick := time.NewTicker(reportInterval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			t.add(ctx)
		case <-ctx.Done():
			t.add(context.WithoutCancel(ctx))
			return
		}
	}
}

func (t *Tally) add(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	counts, key := t.counts(), t.keys.unanswered(hourOf(time.Now()))
	_, err := t.rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
		for _, n := range counts {
			before := t.written[n.Type]
			for reason, more := range map[string]int64{refused: n.Refused - before.Refused, tooOld: n.TooOld - before.TooOld} {
				if more > 0 {
					p.HIncrBy(ctx, key, n.Type+"/"+reason, more)
				}
			}
		}
		if p.Len() > 0 {
			p.Expire(ctx, key, unansweredTTL)
		}
		return nil
	})
	if err != nil {
		t.log.Debug().Err(err).Msg("count unanswered events: Redis does not accept the counts; retrying")
		return
	}
	for _, n := range counts {
		t.written[n.Type] = n
	}
}
