// Package receipt keeps in Redis what became of each message that somebody asked the bot to
// send. A gateway creates a receipt before it queues the message, consumers write the
// states, and whoever asked reads it.
//
// A receipt never holds a text, the name of a file, or a mention. The package does not know
// how messages are sent.
package receipt

import (
	"time"

	"github.com/gobridge/gopherbot/internal/event"
)

// State is how far a message has come.
type State string

// The states of a message.
const (
	Queued     State = "queued"
	Sending    State = "sending"
	Sent       State = "sent"
	Retrying   State = "retrying"   // an attempt failed, and NextAt is the time of the next
	Unknown    State = "unknown"    // it may have been posted, and no search can tell
	Failed     State = "failed"     // it is a dead letter, which an operator may replay
	Expired    State = "expired"    // its time to live ended before it could be posted
	Suppressed State = "suppressed" // nothing is posted: in shadow mode, or in a silenced channel, for which Code says so
	Superseded State = "superseded" // a newer message told all that it would have
)

// States returns all states.
func States() []State {
	return []State{Queued, Sending, Sent, Retrying, Unknown, Failed, Expired, Suppressed, Superseded}
}

// Final reports whether a message in this state is done with, unless an operator replays
// it.
func (s State) Final() bool {
	switch s {
	case Queued, Sending, Retrying:
		return false
	}
	return true
}

// Receipt is what became of a message.
type Receipt struct {
	// RequestID identifies the message, and State is how far it has come.
	RequestID string `json:"request_id"`
	State     State  `json:"state"`
	// Chat is the alias, name or id of the place, and Bot the source that posts there.
	Chat string `json:"chat"`
	Bot  string `json:"bot"`
	// CreatedAt is the time of the request, and UpdatedAt of the latest state.
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	// Attempts is how many attempts at posting have begun.
	Attempts int `json:"attempts"`
	// SyncID is the platform's id of the message, and Link leads to it.
	SyncID string `json:"sync_id,omitempty"`
	Link   string `json:"link,omitempty"`
	// Parts is how many messages a long text became, 0 for one.
	Parts int `json:"parts,omitempty"`
	// FileID is the platform's id of the file.
	FileID string `json:"file_id,omitempty"`
	// NextAt is the time of the next attempt, if the state is Retrying.
	NextAt time.Time `json:"next_at,omitzero"`
	// Error says in words why the latest attempt failed, and Code in one word.
	Error string `json:"error,omitempty"`
	Code  string `json:"code,omitempty"`
	// Warnings are codes of things that were left out.
	Warnings []string `json:"warnings,omitempty"`
	// DuplicateOf is the request of the same message that was posted instead.
	DuplicateOf string `json:"duplicate_of,omitempty"`
}

// Origin is what the gateway knows of a request. It does not change.
type Origin struct {
	// KeyName is the name of the API key. Only keys with that name may read the receipt.
	KeyName string `json:"key_name"`
	// Hash identifies what was asked for, "" if the request had no idempotency key.
	Hash string `json:"hash,omitempty"`
	// Chat, Bot and CreatedAt are those of the Receipt.
	Chat      string    `json:"chat"`
	Bot       string    `json:"bot"`
	CreatedAt time.Time `json:"created_at"`
	// Warnings are those that the gateway gave.
	Warnings []string `json:"warnings,omitempty"`
	// Keep is how long the receipt is kept once the message is done with, if that is longer than
	// the default of its state. Open is how long while it is not.
	Keep time.Duration `json:"keep,omitempty"`
	Open time.Duration `json:"open"`
}

const (
	// KeepSent is how long the receipt of a message that was posted, or is not to be, is
	// kept by default. One takes about 660 bytes of Redis (BenchmarkMemory): one a second
	// for an hour is 2.4 MB.
	KeepSent = time.Hour
	// KeepFailed is how long that of a message which was not posted, or perhaps not, is
	// kept, and KeepIdempotent that of a request with an idempotency key.
	KeepFailed     = 24 * time.Hour
	KeepIdempotent = 24 * time.Hour
	// openMargin is how much longer than its time to live the receipt of a message that
	// waits is kept: its last attempt has to end.
	openMargin = time.Hour
)

// OpenFor returns Origin.Open of a message with a time to live.
func OpenFor(ttl time.Duration) time.Duration { return ttl + openMargin }

// OriginOf returns the origin of a message that has its times.
func OriginOf(m event.Message) Origin {
	return Origin{
		KeyName: m.KeyName, Hash: m.Hash, Chat: m.Chat.String(), Bot: m.Bot, CreatedAt: m.CreatedAt, Warnings: m.Warnings,
		Keep: time.Duration(m.KeepReceipt) * time.Second, Open: OpenFor(m.ExpiresAt.Sub(m.CreatedAt)),
	}
}

// keep returns how long a receipt in a state is kept.
func (o Origin) keep(state State) time.Duration {
	switch {
	case !state.Final():
		return max(o.Open, openMargin)
	case state == Failed, state == Unknown:
		return max(o.Keep, KeepFailed)
	default:
		return max(o.Keep, KeepSent)
	}
}
