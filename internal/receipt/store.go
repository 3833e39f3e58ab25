package receipt

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/workqueue/batch"
)

// Store keeps receipts in Redis. It is safe for concurrent use.
//
// A receipt is a hash of two fields: "origin", which the gateway writes once, and "state",
// which whoever has the event's lease writes. So neither overwrites the other's.
type Store struct {
	rdb redis.UniversalClient
	app string
	now func() time.Time
	// creations share round trips: a gateway has few connections.
	creations *batch.Batcher[*creation]
}

// New returns the Store of a deployment, app. The caller closes rdb.
func New(rdb redis.UniversalClient, app string) *Store {
	s := &Store{rdb: rdb, app: app, now: time.Now}
	s.creations = batch.New(1, s.create)
	return s
}

// Entry is a receipt with its origin.
type Entry struct {
	Receipt
	Origin Origin
}

// ErrNone is the error for a request of which there is no receipt, or none any more.
var ErrNone = errors.New("no receipt of that request")

func (s *Store) key(id string) string { return s.app + ":receipt:" + id }

// createScript writes a receipt unless there is one, which it returns.
//
//	KEYS[1] the receipt   ARGV: origin, state, ms until it expires
var createScript = redis.NewScript(`
if redis.call('HSETNX', KEYS[1], 'origin', ARGV[1]) == 0 then
  return redis.call('HMGET', KEYS[1], 'origin', 'state')
end
redis.call('HSET', KEYS[1], 'state', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return false`)

// Create writes the receipt of a request that is about to be queued. If there is one, it
// changes nothing and returns it. After an error it may have been created: create it again.
func (s *Store) Create(ctx context.Context, id string, o Origin) (existing *Entry, err error) {
	origin, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	state, err := json.Marshal(Receipt{State: Queued, UpdatedAt: s.now().UTC()}.stored())
	if err != nil {
		return nil, err
	}
	call := &creation{key: s.key(id), origin: origin, state: state, open: o.keep(Queued)}
	if err := s.creations.Do(ctx, call); err != nil {
		return nil, fmt.Errorf("create the receipt of request %s: %w", id, err)
	}
	found, err := call.reply.StringSlice()
	switch {
	case errors.Is(err, redis.Nil):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("create the receipt of request %s: %w", id, err)
	}
	e, err := entryOf(id, found[0], found[1])
	if err != nil {
		return nil, err
	}
	return &e, nil
}

// creation is a call of Create. Its reply must not be read if its context ended before.
type creation struct {
	key           string
	origin, state []byte
	open          time.Duration
	reply         *redis.Cmd
}

// createTimeout bounds a round trip that several calls of Create share.
const createTimeout = 5 * time.Second

// create creates the receipts of several calls in one round trip, on a Redis Cluster one per
// node, and of one that does not know the script yet two.
func (s *Store) create(ctx context.Context, calls []*creation) {
	ctx, cancel := context.WithTimeout(ctx, createTimeout)
	defer cancel()
	if len(calls) == 1 {
		call := calls[0]
		call.reply = createScript.Run(ctx, s.rdb, []string{call.key}, call.origin, call.state, call.open.Milliseconds())
		return
	}
	run := func(calls []*creation, eval func(redis.Scripter, *creation) *redis.Cmd) {
		_, err := s.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, call := range calls {
				call.reply = eval(p, call)
			}
			return nil
		})
		for _, call := range calls {
			if err != nil && call.reply.Err() == nil && call.reply.Val() == nil {
				call.reply.SetErr(err) // of the connection: the commands do not have it
			}
		}
	}
	run(calls, func(p redis.Scripter, call *creation) *redis.Cmd {
		return createScript.EvalSha(ctx, p, []string{call.key}, call.origin, call.state, call.open.Milliseconds())
	})
	var unknown []*creation
	for _, call := range calls {
		if redis.HasErrorPrefix(call.reply.Err(), "NOSCRIPT") { // Redis is new, or was restarted
			unknown = append(unknown, call)
		}
	}
	if len(unknown) > 0 {
		run(unknown, func(p redis.Scripter, call *creation) *redis.Cmd {
			return createScript.Eval(ctx, p, []string{call.key}, call.origin, call.state, call.open.Milliseconds())
		})
	}
}

// Delete removes the receipt of a request that was certainly not queued.
func (s *Store) Delete(ctx context.Context, id string) error {
	if err := s.rdb.Del(ctx, s.key(id)).Err(); err != nil {
		return fmt.Errorf("delete the receipt of request %s: %w", id, err)
	}
	return nil
}

// Write sets the state of a receipt. Only the fields from State on are written, without
// CreatedAt, and UpdatedAt is now. o decides how long it is kept, and is written if the
// receipt has gone.
func (s *Store) Write(ctx context.Context, r Receipt, o Origin) error {
	origin, err := json.Marshal(o)
	if err != nil {
		return err
	}
	r.UpdatedAt = s.now().UTC()
	state, err := json.Marshal(r.stored())
	if err != nil {
		return err
	}
	key := s.key(r.RequestID)
	_, err = s.rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.HSetNX(ctx, key, "origin", origin)
		p.HSet(ctx, key, "state", state)
		p.PExpire(ctx, key, o.keep(r.State))
		return nil
	})
	if err != nil {
		return fmt.Errorf("write the receipt of request %s: %w", r.RequestID, err)
	}
	return nil
}

// Get returns the receipts of requests, nil for each of which there is none. All take one
// round trip, on a Redis Cluster one per node.
func (s *Store) Get(ctx context.Context, ids ...string) ([]*Entry, error) {
	calls := make([]*redis.SliceCmd, len(ids))
	_, err := s.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, id := range ids {
			calls[i] = p.HMGet(ctx, s.key(id), "origin", "state")
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read %d receipts: %w", len(ids), err)
	}
	list := make([]*Entry, len(ids))
	for i, call := range calls {
		origin, ok := call.Val()[0].(string)
		state, also := call.Val()[1].(string)
		if !ok || !also {
			continue
		}
		e, err := entryOf(ids[i], origin, state)
		if err != nil {
			return nil, err
		}
		list[i] = &e
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

// stored is a Receipt as the field "state" has it: without what the origin has.
type stored struct {
	State       State     `json:"state"`
	UpdatedAt   time.Time `json:"at"`
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

func entryOf(id, origin, state string) (Entry, error) {
	var o Origin
	var is stored
	if err := errors.Join(json.Unmarshal([]byte(origin), &o), json.Unmarshal([]byte(state), &is)); err != nil {
		return Entry{}, fmt.Errorf("the receipt of request %s cannot be read: %w", id, err)
	}
	warnings := append(o.Warnings[:len(o.Warnings):len(o.Warnings)], is.Warnings...)
	return Entry{Origin: o, Receipt: Receipt{
		RequestID: id, State: is.State, Chat: o.Chat, Bot: o.Bot, CreatedAt: o.CreatedAt, UpdatedAt: is.UpdatedAt,
		Attempts: is.Attempts, SyncID: is.SyncID, Link: is.Link, Parts: is.Parts, FileID: is.FileID, NextAt: is.NextAt,
		Error: is.Error, Code: is.Code, Warnings: warnings, DuplicateOf: is.DuplicateOf,
	}}, nil
}
