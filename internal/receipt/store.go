package receipt

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/workqueue"
)

// Store keeps receipts in Redis, each in a string. It is safe for concurrent use.
//
// A gateway creates a receipt, and after that only whoever has the event's lease writes it.
// Several gateways may get the same request at once. Each has an attempt of its own, whose name
// is in the receipt until a consumer writes it, so none deletes a receipt that another needs.
type Store struct {
	rdb redis.UniversalClient
	app string
	now func() time.Time
}

// New returns the Store of a deployment, app. The caller closes rdb.
func New(rdb redis.UniversalClient, app string) *Store {
	return &Store{rdb: rdb, app: app, now: time.Now}
}

// Entry is a receipt with its origin.
type Entry struct {
	Receipt
	Origin  Origin
	attempt string
}

// ErrNone is the error for a request of which there is no receipt, or none any more.
var ErrNone = errors.New("no receipt of that request")

func (s *Store) key(id string) string { return s.app + ":receipt:" + id }

// Create writes the receipt of a request that an attempt is about to queue. If there is one, it
// changes nothing and returns it. After an error it may have been created: create it again.
func (s *Store) Create(ctx context.Context, id, attempt string, o Origin) (existing *Entry, err error) {
	value, err := encode(attempt, o, stored{State: Queued})
	if err != nil {
		return nil, fmt.Errorf("encode the receipt of request %s: %w", id, err)
	}
	for { // until it exists, or one that did has not just expired
		err := s.rdb.SetArgs(ctx, s.key(id), value, redis.SetArgs{Mode: "NX", TTL: o.keep(Queued)}).Err()
		if err == nil {
			return nil, nil
		}
		if !errors.Is(err, redis.Nil) {
			return nil, fmt.Errorf("create the receipt of request %s: %w", id, err)
		}
		list, err := s.Get(ctx, id)
		if err != nil || list[0] != nil {
			return list[0], err
		}
	}
}

// Creation returns the command that writes the receipt of a request whose id no other can
// have, for whoever queues its message in the same round trip. It changes nothing in a receipt
// that a consumer has written by then, and may be repeated.
func (s *Store) Creation(ctx context.Context, id string, o Origin) (workqueue.Companion, error) {
	value, err := encode("", o, stored{State: Queued})
	if err != nil {
		return nil, fmt.Errorf("encode the receipt of request %s: %w", id, err)
	}
	return func(p redis.Pipeliner) {
		p.SetArgs(ctx, s.key(id), value, redis.SetArgs{Mode: "NX", TTL: o.keep(Queued)})
	}, nil
}

// ifBegins ends a script that is run for a receipt which does not begin with ARGV[1].
const ifBegins = `
local value = redis.call('GET', KEYS[1])
if not value or string.sub(value, 1, #ARGV[1]) ~= ARGV[1] then return 0 end
`

// adoptScript replaces the begin of a receipt, which names its attempt.
//
//	KEYS[1] the receipt   ARGV: its begin as it must be, and as it is to be
var adoptScript = redis.NewScript(ifBegins + `
redis.call('SET', KEYS[1], ARGV[2] .. string.sub(value, #ARGV[1] + 1), 'KEEPTTL')
return 1`)

// Adopt puts the name of an attempt into the receipt that Create has returned for it, whose
// message may or may not be on the queue. It reports false if the receipt has changed since:
// call Create again.
func (s *Store) Adopt(ctx context.Context, existing *Entry, attempt string) (bool, error) {
	adopted, err := adoptScript.Run(ctx, s.rdb, []string{s.key(existing.RequestID)}, begin(existing.attempt), begin(attempt)).Bool()
	if err != nil {
		return false, fmt.Errorf("adopt the receipt of request %s: %w", existing.RequestID, err)
	}
	return adopted, nil
}

// deleteScript deletes a receipt that has the name of an attempt.
//
//	KEYS[1] the receipt   ARGV: its begin
var deleteScript = redis.NewScript(ifBegins + `
return redis.call('DEL', KEYS[1])`)

// Delete removes the receipt of a request that was certainly not queued by its attempt, nor by
// one before it, unless another attempt has adopted it meanwhile. The attempt is "" for the
// receipt of a Creation.
func (s *Store) Delete(ctx context.Context, id, attempt string) error {
	if err := deleteScript.Run(ctx, s.rdb, []string{s.key(id)}, begin(attempt)).Err(); err != nil {
		return fmt.Errorf("delete the receipt of request %s: %w", id, err)
	}
	return nil
}

// Write sets the state of a receipt. Only the fields from State on are written, without
// CreatedAt, and UpdatedAt is now. o decides how long it is kept.
func (s *Store) Write(ctx context.Context, r Receipt, o Origin) error {
	r.UpdatedAt = s.now().UTC()
	value, err := encode("", o, r.stored())
	if err == nil {
		err = s.rdb.Set(ctx, s.key(r.RequestID), value, o.keep(r.State)).Err()
	}
	if err != nil {
		return fmt.Errorf("write the receipt of request %s: %w", r.RequestID, err)
	}
	return nil
}

// Get returns the receipts of requests, nil for each of which there is none. All take one
// round trip, on a Redis Cluster one per node.
func (s *Store) Get(ctx context.Context, ids ...string) ([]*Entry, error) {
	calls := make([]*redis.StringCmd, len(ids))
	_, err := s.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, id := range ids {
			calls[i] = p.Get(ctx, s.key(id))
		}
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return nil, fmt.Errorf("read %d receipts: %w", len(ids), err)
	}
	list := make([]*Entry, len(ids))
	for i, call := range calls {
		value, err := call.Bytes()
		if errors.Is(err, redis.Nil) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read the receipt of request %s: %w", ids[i], err)
		}
		if list[i], err = decode(ids[i], value); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// One returns the receipt of a request, or ErrNone.
func (s *Store) One(ctx context.Context, id string) (Entry, error) {
	list, err := s.Get(ctx, id)
	if err != nil {
		return Entry{}, err
	}
	if list[0] == nil {
		return Entry{}, ErrNone
	}
	return *list[0], nil
}

// record is a receipt as Redis has it.
type record struct {
	// Attempt comes first, where the scripts look for it: see begin.
	Attempt string `json:"attempt,omitempty"`
	Origin  Origin `json:"origin"`
	State   stored `json:"state"`
}

// begin returns how the JSON of a record with this attempt begins.
func begin(attempt string) string {
	if attempt == "" {
		return `{"origin":`
	}
	return `{"attempt":"` + attempt + `","origin":`
}

// stored is a Receipt without what the origin has.
type stored struct {
	State State `json:"state"`
	// UpdatedAt is the zero time until the state changes.
	UpdatedAt   time.Time `json:"at,omitzero"`
	Attempts    int       `json:"n,omitempty"`
	SyncID      string    `json:"sync_id,omitempty"`
	Link        string    `json:"link,omitempty"`
	Parts       int       `json:"parts,omitempty"`
	FileID      string    `json:"file_id,omitempty"`
	NextAt      time.Time `json:"next,omitzero"`
	Error       string    `json:"error,omitempty"`
	Code        string    `json:"code,omitempty"`
	Warnings    []string  `json:"warnings,omitempty"`
	DuplicateOf string    `json:"duplicate_of,omitempty"`
}

func (r Receipt) stored() stored {
	return stored{r.State, r.UpdatedAt, r.Attempts, r.SyncID, r.Link, r.Parts, r.FileID, r.NextAt, r.Error, r.Code, r.Warnings, r.DuplicateOf}
}

func encode(attempt string, o Origin, is stored) ([]byte, error) {
	return json.Marshal(record{attempt, o, is})
}

func decode(id string, value []byte) (*Entry, error) {
	var r record
	if err := json.Unmarshal(value, &r); err != nil {
		return nil, fmt.Errorf("the receipt of request %s cannot be read: %w", id, err)
	}
	o, is := r.Origin, r.State
	if is.UpdatedAt.IsZero() {
		is.UpdatedAt = o.CreatedAt
	}
	warnings := append(o.Warnings[:len(o.Warnings):len(o.Warnings)], is.Warnings...)
	return &Entry{attempt: r.Attempt, Origin: o, Receipt: Receipt{
		RequestID: id, State: is.State, Chat: o.Chat, Bot: o.Bot, CreatedAt: o.CreatedAt, UpdatedAt: is.UpdatedAt,
		Attempts: is.Attempts, SyncID: is.SyncID, Link: is.Link, Parts: is.Parts, FileID: is.FileID, NextAt: is.NextAt,
		Error: is.Error, Code: is.Code, Warnings: warnings, DuplicateOf: is.DuplicateOf,
	}}, nil
}
