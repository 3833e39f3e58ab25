package presence

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

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

// The reasons for which an event is not answered.
const (
	refused = "refused"
	tooOld  = "too_old"
)

// Unanswered returns the counts of the types that have unanswered events, ordered by
// type.
func (r *Reader) Unanswered(ctx context.Context) ([]Unanswered, error) {
	var sums func() map[string]int64
	_, err := r.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		sums = lastDay(ctx, p, r.keys.unanswered)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the counts of unanswered events: %w", err)
	}
	byType := map[string]*Unanswered{}
	for field, n := range sums() {
		eventType, reason, _ := strings.Cut(field, "/")
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
	list := make([]Unanswered, 0, len(byType))
	for _, u := range byType {
		list = append(list, *u)
	}
	slices.SortFunc(list, func(a, b Unanswered) int { return cmp.Compare(a.Type, b.Type) })
	return list, nil
}

// Tally adds the counts of a process to those that Reader.Unanswered returns.
type Tally struct {
	hourly *hourly
	log    zerolog.Logger
	counts func() []Unanswered
}

// NewTally returns a Tally on rdb, which the caller closes. counts returns the counts
// since the process started.
func NewTally(rdb redis.UniversalClient, app string, counts func() []Unanswered, log zerolog.Logger) *Tally {
	return &Tally{hourly: newHourly(rdb, keys{app}.unanswered), log: log, counts: counts}
}

// Run adds new counts every 2 s until ctx ends, and once more then. Counts that cannot
// be written are written later. They count twice if Redis wrote them and only its reply
// was lost.
func (t *Tally) Run(ctx context.Context) { publish(ctx, t.add) }

func (t *Tally) add(ctx context.Context) {
	counts := map[string]int64{}
	for _, n := range t.counts() {
		counts[n.Type+"/"+refused], counts[n.Type+"/"+tooOld] = n.Refused, n.TooOld
	}
	if err := t.hourly.add(ctx, counts, nil); err != nil {
		t.log.Debug().Err(err).Msg("count unanswered events: Redis does not accept the counts; retrying")
	}
}
