package await

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"
)

// DefaultMaxWaits leaves room for a hundred requests a second that all wait 2.2 seconds
// for consumers that are down. With answers of the largest size it is 64 MB.
const DefaultMaxWaits = 256

var (
	// ErrBusy is the error of Register if MaxWaits requests wait already.
	ErrBusy = errors.New("too many requests wait for an answer")
	// ErrStopped is the error of Register once Run has returned.
	ErrStopped = errors.New("the gateway is stopping and waits for no more answers")
)

// Options configures a Waiter.
type Options struct {
	// App is the deployment's name, the prefix of every key. Required.
	App string
	// MaxWaits is how many waits there are at most, including those that ended within the
	// last 10 seconds if there is room. Defaults to DefaultMaxWaits.
	MaxWaits int
	Log      zerolog.Logger
}

// Waiter is the gateways' side: it waits for answers to the addresses that it registers.
// Each gateway process has one. It is safe for concurrent use.
type Waiter struct {
	rdb  redis.UniversalClient
	opts Options
	name string // of this gateway, in its addresses
	keys keys

	wake     chan struct{} // receives when a request waits
	stopping chan struct{} // closed when Run returns
	failing  bool          // Run's last call failed; its own

	mu        sync.Mutex
	table     table
	undecided []*wait // that Redis gave no verdict about
}

// New returns a Waiter on rdb, which stays the caller's to close.
func New(rdb redis.UniversalClient, opts Options) *Waiter {
	if opts.MaxWaits == 0 {
		opts.MaxWaits = DefaultMaxWaits
	}
	name := strings.ToLower(rand.Text()[:12])
	return &Waiter{
		rdb: rdb, opts: opts, name: name, keys: keysOf(opts.App, name),
		wake: make(chan struct{}, 1), stopping: make(chan struct{}), table: newTable(opts.MaxWaits),
	}
}

// Register returns an address for the answer to an event. Each call must be followed by
// one call of Await or Cancel with the address. key is the event's deduplication key, ""
// if it is never repeated. A repetition of the same event, until 10 seconds after the last
// wait for it ended, shares the wait and its verdict. One that reaches another gateway
// process does not: it gets no answer.
//
// The error is ErrBusy or ErrStopped.
func (w *Waiter) Register(key string) (address string, err error) {
	select {
	case <-w.stopping:
		return "", ErrStopped
	default:
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	one := w.table.join(key, time.Now())
	if one == nil {
		return "", ErrBusy
	}
	w.wakeUp()
	return w.name + "/" + one.token, nil
}

// wakeUp has Run look for work.
func (w *Waiter) wakeUp() {
	select {
	case w.wake <- struct{}{}:
	default: // it will
	}
}

// Cancel ends a registration without a verdict. It is for an event that was certainly not
// queued.
func (w *Waiter) Cancel(address string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if one := w.find(address); one != nil {
		w.table.leave(one, time.Now())
	}
}

// Await waits until the time for the answer to an address of Register, then takes the wait
// itself, for which Redis has the grace: it returns at until plus grace at the latest, or
// grace after the call if until has passed. It takes the wait at once when ctx or Run ends.
//
// It returns the answer, which may be empty and must not be changed, and true; or false if
// the gateway won, and then every Give fails. An error means that Redis did not say who
// won within the grace, or that ctx ended while another request waits for the same answer.
// In the first case Run tries on to take the wait.
func (w *Waiter) Await(ctx context.Context, address string, until time.Time, grace time.Duration) (answer []byte, answered bool, err error) {
	w.mu.Lock()
	one := w.find(address)
	w.mu.Unlock()
	if one == nil {
		return nil, false, fmt.Errorf("wait for an answer: %.64q is not registered", address)
	}
	defer w.Cancel(address)
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-one.decided:
		return one.answer, one.answered, nil
	case <-timer.C:
	case <-w.stopping:
	case <-ctx.Done():
		if w.shared(one) {
			return nil, false, ctx.Err()
		}
	}
	if err := w.take(context.WithoutCancel(ctx), one, grace); err != nil {
		w.retakeLater(one)
		return nil, false, err
	}
	return one.answer, one.answered, nil
}

// shared reports whether others wait for the same answer, too.
func (w *Waiter) shared(one *wait) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return one.waiting > 1
}

// find returns the wait of an address of this gateway, nil if there is none. w.mu is held.
func (w *Waiter) find(address string) *wait {
	if name, token, ok := strings.Cut(address, "/"); ok && name == w.name {
		return w.table.byToken[token]
	}
	return nil
}
