// Package subject keeps in Redis what a chat shows of each evolving thing: a deploy, or a
// group of alerts. With it a later message about the thing goes into the thread of the first,
// or replaces it, and a message that comes late is recognised.
//
// It knows no platform, and no text of a message.
package subject

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// How long a State is kept.
const (
	// Keep is for a subject that goes on. One takes about 300 bytes.
	Keep = 7 * 24 * time.Hour
	// KeepResolved is for a group of alerts that is resolved.
	KeepResolved = time.Hour
)

// State is what a chat shows of a subject.
type State struct {
	// ID is the platform's id of the first message, "" if the messages do not belong
	// together. Thread is the one that it is in, "" for none.
	ID     string `json:"id,omitempty"`
	Thread string `json:"thread,omitempty"`
	// Whole says that the first message is all that was posted then, so that an update can
	// replace it.
	Whole bool `json:"whole,omitempty"`
	// Newest is the time of the newest message, by the clock of its sender's gateway.
	Newest time.Time `json:"newest"`
	// Resolved says that it told of the end.
	Resolved bool `json:"resolved,omitempty"`
	// Lines are hashes of the lines about firing alerts that the newest message had.
	Lines []string `json:"lines,omitempty"`
}

// Store keeps States. It is safe for concurrent use.
type Store struct {
	rdb redis.UniversalClient
	app string
}

// New returns the Store of a deployment, app. The caller closes rdb.
func New(rdb redis.UniversalClient, app string) *Store { return &Store{rdb, app} }

// key is a hash: what senders call things may be long, and may be secret.
func (s *Store) key(parts []string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return s.app + ":subject:" + hex.EncodeToString(sum[:16])
}

// Get returns the State of the subject that key names, the zero State if there is none.
func (s *Store) Get(ctx context.Context, key ...string) (State, error) {
	text, err := s.rdb.HGet(ctx, s.key(key), "state").Bytes()
	if errors.Is(err, redis.Nil) {
		return State{}, nil
	}
	if err != nil {
		return State{}, fmt.Errorf("read the state of a subject: %w", err)
	}
	var state State
	if json.Unmarshal(text, &state) != nil {
		return State{}, nil // another release's: the next message begins anew
	}
	return state, nil
}

// putScript writes a state unless there is a newer one.
//
//	KEYS[1] the state   ARGV: its time in microseconds, state, ms until it expires
var putScript = redis.NewScript(`
local newest = tonumber(redis.call('HGET', KEYS[1], 'newest') or '0')
if newest > tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'newest', ARGV[1], 'state', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1`)

// Put writes the State of the subject that key names, unless there is a newer one, by
// State.Newest.
func (s *Store) Put(ctx context.Context, state State, key ...string) error {
	text, err := json.Marshal(state)
	if err != nil {
		return err
	}
	keep := Keep
	if state.Resolved {
		keep = KeepResolved
	}
	if err := putScript.Run(ctx, s.rdb, []string{s.key(key)}, state.Newest.UnixMicro(), text, keep.Milliseconds()).Err(); err != nil {
		return fmt.Errorf("write the state of a subject: %w", err)
	}
	return nil
}
