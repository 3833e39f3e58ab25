package vitals

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

// Unanswered is how many events of a type nobody answered in time, of the last 24
// hours.
type Unanswered struct {
	Type string `json:"type"`
	// Refused found their stream full when they first came; Slack sends them again.
	Refused int64 `json:"refused"`
	// TooOld were discarded for their age: nobody looked whether they ask something.
	// Those that were refused and came again too late are among them.
	TooOld int64 `json:"too_old"`
}

const (
	// unansweredWindow is how many hours are told of, the present one included.
	unansweredWindow = 24
	// unansweredKept is how long an hour's numbers are kept.
	unansweredKept = (unansweredWindow + 1) * time.Hour
)

// unanswered names a hash of the numbers of an hour, counted since 1970: by type and
// reason, such as "message_private/too_old".
func (k keys) unanswered(hour int64) string {
	return k.app + ":{vitals}:unanswered:" + strconv.FormatInt(hour, 10)
}

func hourOf(t time.Time) int64 { return t.Unix() / 3600 }

// The reasons for which an event is not answered.
const (
	refused = "refused"
	tooOld  = "too_old"
)

// Unanswered returns the types of which there are unanswered events, ordered by
// name.
func (r *Reader) Unanswered(ctx context.Context) ([]Unanswered, error) {
	hour := hourOf(time.Now())
	replies := make([]*redis.MapStringStringCmd, unansweredWindow)
	_, err := r.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i := range replies {
			replies[i] = p.HGetAll(ctx, r.keys.unanswered(hour-int64(i)))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read what was not answered: %w", err)
	}
	byType := map[string]*Unanswered{}
	for _, reply := range replies {
		for field, value := range reply.Val() {
			eventType, reason, _ := strings.Cut(field, "/")
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				continue // another release may write otherwise
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

// Tally adds what a process counts to the numbers that Reader.Unanswered returns.
type Tally struct {
	rdb     redis.UniversalClient
	keys    keys
	log     zerolog.Logger
	counts  func() []Unanswered
	written map[string]Unanswered // what of the counts is in Redis, by type
}

// NewTally returns a Tally on rdb, which stays the caller's to close. counts returns
// what the process has counted since it started.
func NewTally(rdb redis.UniversalClient, app string, counts func() []Unanswered, log zerolog.Logger) *Tally {
	return &Tally{rdb: rdb, keys: keys{app}, log: log, counts: counts, written: map[string]Unanswered{}}
}

// Run adds what is new every two seconds until ctx ends, and once more. What cannot
// be written is written later; it may count twice if only Redis's answer was lost.
func (t *Tally) Run(ctx context.Context) {
	tick := time.NewTicker(every)
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
	ctx, cancel := context.WithTimeout(ctx, patience)
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
			p.Expire(ctx, key, unansweredKept)
		}
		return nil
	})
	if err != nil {
		t.log.Debug().Err(err).Msg("what was not answered cannot be counted for operators yet")
		return
	}
	for _, n := range counts {
		t.written[n.Type] = n
	}
}
