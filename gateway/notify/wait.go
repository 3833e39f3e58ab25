package notify

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/gateway/notify/problem"
	"github.com/gobridge/gopherbot/internal/receipt"
)

const (
	// maxWait is how long a request may wait for its message to be posted, and maxAnswer how
	// long after it came it is answered at the latest. Nothing else bounds it.
	maxWait   = 15 * time.Second
	maxAnswer = 18 * time.Second
	// maxWaiting is how many requests of a gateway may wait at once. Further ones are
	// answered as soon as they are queued.
	maxWaiting = 100
	// pollEvery is how often the receipts of all that wait are read, in one round trip.
	pollEvery = 100 * time.Millisecond
)

// waiting are the requests that wait for their messages to be posted. One goroutine reads
// all their receipts.
type waiting struct {
	receipts Receipts
	log      zerolog.Logger

	mu      sync.Mutex
	stopped bool
	byID    map[string][]chan receipt.Entry
	n       int
	// came receives when there is one to wait for. done is closed at the end.
	came, done chan struct{}
}

func newWaiting(receipts Receipts, log zerolog.Logger) *waiting {
	return &waiting{receipts: receipts, log: log, byID: map[string][]chan receipt.Entry{}, came: make(chan struct{}, 1), done: make(chan struct{})}
}

// run reads receipts while somebody waits, until ctx ends.
func (w *waiting) run(ctx context.Context) error {
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.stopped = true
		close(w.done)
	}()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-w.came:
		}
		for w.poll(ctx) {
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
			}
		}
	}
}

// poll reads the receipts of all that wait, tells those whose message is done with, and
// reports whether others remain.
func (w *waiting) poll(ctx context.Context) bool {
	w.mu.Lock()
	ids := make([]string, 0, len(w.byID))
	for id := range w.byID {
		ids = append(ids, id)
	}
	w.mu.Unlock()
	if len(ids) == 0 {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	entries, err := w.receipts.Get(ctx, ids...)
	if err != nil {
		w.log.Debug().Err(err).Int("waiting", len(ids)).Msg("read the receipts that requests wait for; they are read again")
		return true
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, e := range entries {
		if e == nil || !e.State.Final() {
			continue
		}
		for _, to := range w.byID[ids[i]] {
			to <- *e // it has room for the one
		}
		w.n -= len(w.byID[ids[i]])
		delete(w.byID, ids[i])
	}
	return len(w.byID) > 0
}

// join begins to wait for a message. It reports false if too many wait, or the gateway stops.
func (w *waiting) join(id string) (chan receipt.Entry, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped || w.n >= maxWaiting {
		return nil, false
	}
	to := make(chan receipt.Entry, 1)
	w.byID[id] = append(w.byID[id], to)
	w.n++
	select {
	case w.came <- struct{}{}:
	default:
	}
	return to, true
}

// leave ends the wait of one that was not told.
func (w *waiting) leave(id string, to chan receipt.Entry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, other := range w.byID[id] {
		if other == to {
			w.byID[id] = append(w.byID[id][:i:i], w.byID[id][i+1:]...)
			w.n--
			break
		}
	}
	if len(w.byID[id]) == 0 {
		delete(w.byID, id)
	}
}

// until waits for a message to be done with, until the time or the gateway ends: the server does
// not say when the client goes away.
// granted is false if there was no wait.
func (w *waiting) until(ctx context.Context, id string, at time.Time) (e receipt.Entry, done, granted bool) {
	to, ok := w.join(id)
	if !ok {
		return receipt.Entry{}, false, false
	}
	defer w.leave(id, to)
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case e := <-to:
		return e, true, true
	case <-timer.C:
	case <-ctx.Done():
	case <-w.done:
	}
	return receipt.Entry{}, false, true
}

// preferenceApplied is the header that says what of the header Prefer was granted.
const preferenceApplied = "Preference-Applied"

// waitFor returns how long a request wants to wait: as its query says, or its header Prefer,
// or the configuration.
func (a *API) waitFor(c *call) (time.Duration, *problem.Problem) {
	if given := c.query.Get("wait"); c.query.Has("wait") {
		wait, err := time.ParseDuration(given)
		if err != nil || wait < 0 || wait > maxWait {
			return 0, problem.New(problem.InvalidOption, "wait must be a time from 0s to %v, such as 5s", maxWait)
		}
		return wait, nil
	}
	if wait, ok := preferred(c.r.Header.Values("Prefer")); ok {
		c.w.Header().Set(preferenceApplied, "wait="+strconv.Itoa(int(wait/time.Second)))
		return wait, nil
	}
	return a.opts.Config.Wait, nil
}

// preferred returns the wait of the header Prefer, as far as it is granted. What it does not
// understand it ignores, as RFC 7240 has it.
func preferred(lines []string) (time.Duration, bool) {
	for _, line := range lines {
		for preference := range strings.SplitSeq(line, ",") {
			preference, _, _ = strings.Cut(preference, ";")
			name, value, _ := strings.Cut(preference, "=")
			if !strings.EqualFold(strings.TrimSpace(name), "wait") {
				continue
			}
			if seconds, err := strconv.Atoi(strings.Trim(strings.TrimSpace(value), `"`)); err == nil && seconds >= 0 {
				return time.Duration(min(seconds, int(maxWait/time.Second))) * time.Second, true
			}
		}
	}
	return 0, false
}
