package receipt

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

//go:embed lua/first.lua
var firstLua string

var firstScript = redis.NewScript(firstLua)

// Report is the state of a subject, such as a group of alerts, as a sender reports it. A
// sender repeats its reports, and a cluster of senders has several that report the same.
type Report struct {
	// Subject and State identify what is reported: hashes, or other short texts without
	// spaces. No State is "of".
	Subject, State string
	// Of is the time that the state is of: that of the latest change in it.
	Of time.Time
	// Window is how long a repetition is recognised.
	Window time.Duration
}

// First returns the id of the first request with a report, within a window from that. If
// there is none yet it is id. So a sender that repeats itself gets the id by which its first
// request is queued once, if that came so far: nothing else need be remembered.
//
// Senders in a cluster may go back to an older state, and next report the newer one again.
// Alertmanager 0.25 does if an alert ends while its second process waits for the first: it
// notifies firing, resolved, firing, resolved. If the older state is not known any more, it
// is posted, so from then on the newer one is no repetition either: otherwise a chat would
// show the older state until something else happens. For that it does not matter whether
// the older state is ever queued.
func (s *Store) First(ctx context.Context, r Report, id string) (string, error) {
	first, err := firstScript.Run(ctx, s.rdb, []string{s.reported(r)}, r.State, r.Of.UnixMicro(), id, r.Window.Milliseconds()).Text()
	if err != nil {
		return "", fmt.Errorf("look for an earlier request like %s: %w", id, err)
	}
	return first, nil
}

// extendScript begins the window of a state anew.
//
//	KEYS[1] as in first.lua   ARGV: state, its id, window in ms
var extendScript = redis.NewScript(`
local clock = redis.call('TIME')
local now = string.format('%d', clock[1] * 1000 + math.floor(clock[2] / 1000))
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' ' .. now)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1`)

// Extend begins the window of First anew. It is for a report whose first request, id, could
// not be queued at once, so that its repetitions are recognised as long as others'.
func (s *Store) Extend(ctx context.Context, r Report, id string) error {
	err := extendScript.Run(ctx, s.rdb, []string{s.reported(r)}, r.State, id, r.Window.Milliseconds()).Err()
	if err != nil {
		return fmt.Errorf("extend the window in which a repeated request is recognised: %w", err)
	}
	return nil
}

func (s *Store) reported(r Report) string { return s.app + ":reported:" + r.Subject }
