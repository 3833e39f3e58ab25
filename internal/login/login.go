// Package login keeps the sessions of operators in Redis, and limits guesses at their
// token. So all gateways of a deployment share both. It must not know HTTP.
package login

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	_ "embed" // for the scripts
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// SessionLength is how long an operator stays logged in, unless they log out.
const SessionLength = 12 * time.Hour

// ErrNoSession is the error of Find for a session that does not exist: it has ended, or its
// token was removed.
var ErrNoSession = errors.New("no such session")

// Store keeps the sessions and the counts of attempts of a deployment. It is safe for
// concurrent use.
type Store struct {
	rdb    redis.UniversalClient
	app    string
	tokens []string
}

// New returns the Store of a deployment, app, on rdb, which the caller closes. tokens are
// those with which operators log in: one, or during a rotation two.
func New(rdb redis.UniversalClient, app string, tokens []string) *Store {
	return &Store{rdb, app, tokens}
}

// session is a session by its id. Whoever reads Redis learns no id from the key.
func (s *Store) session(id string) string {
	sum := sha256.Sum256([]byte(id))
	return s.app + ":{ops}:session:" + hex.EncodeToString(sum[:])
}

// Session is one login of an operator.
type Session struct {
	// Who is the operator's name, as they gave it, and From the address that they logged in
	// from.
	Who  string `json:"who"`
	From string `json:"from"`
	// Began is when they logged in.
	Began time.Time `json:"began"`
	// Proof proves that the session was opened with the token: whoever can write to Redis
	// cannot make one without it. It ends the session, too, when the token is removed.
	Proof string `json:"proof"`
}

//go:embed lua/open.lua
var openSource string

var openScript = redis.NewScript(openSource)

// Open begins a session of the operator named who, at the address from, with the token
// that they gave, and returns its id, a secret. It works if Redis is full, too: an operator
// is needed then.
func (s *Store) Open(ctx context.Context, who, from, token string) (id string, err error) {
	id = rand.Text()
	value, err := json.Marshal(Session{Who: who, From: from, Began: time.Now().UTC().Truncate(time.Second), Proof: proof(token, id)})
	if err != nil {
		return "", err // never: these are texts and a time
	}
	if err := openScript.Run(ctx, s.rdb, []string{s.session(id)}, value, SessionLength.Milliseconds()).Err(); err != nil {
		return "", fmt.Errorf("store the session of %s: %w", who, err)
	}
	return id, nil
}

// Find returns the session of an id, or ErrNoSession. Another error says that Redis does not
// answer.
func (s *Store) Find(ctx context.Context, id string) (Session, error) {
	value, err := s.rdb.Get(ctx, s.session(id)).Bytes()
	switch {
	case errors.Is(err, redis.Nil):
		return Session{}, ErrNoSession
	case err != nil:
		return Session{}, fmt.Errorf("look for a session: %w", err)
	}
	var found Session
	if json.Unmarshal(value, &found) != nil {
		return Session{}, ErrNoSession
	}
	for _, token := range s.tokens {
		if hmac.Equal([]byte(found.Proof), []byte(proof(token, id))) {
			return found, nil
		}
	}
	return Session{}, ErrNoSession
}

// End ends the session of an id, at all gateways. One that does not exist is no error.
func (s *Store) End(ctx context.Context, id string) error {
	if err := s.rdb.Del(ctx, s.session(id)).Err(); err != nil {
		return fmt.Errorf("end a session: %w", err)
	}
	return nil
}

// proof returns what only somebody with the token can make of a session's id.
func proof(token, id string) string {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write([]byte("gopherbot /ops session " + id)) // a Hash never returns an error
	return hex.EncodeToString(mac.Sum(nil))
}
