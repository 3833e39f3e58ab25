package await

import (
	"crypto/rand"
	"slices"
	"time"
)

// keptFor is how long a wait that has ended is kept for a repetition of its event.
const keptFor = 10 * time.Second

// wait is the wait for the answer to one event, by one request or several.
type wait struct {
	token, key string
	waiting    int       // requests; 0 once it has ended
	ended      time.Time // when the last of them left

	decided  chan struct{} // closed when the verdict is known; the fields below are set then
	answer   []byte
	answered bool // a consumer won
}

func (w *wait) isDecided() bool {
	select {
	case <-w.decided:
		return true
	default:
		return false
	}
}

// decide sets the verdict. The first one stands.
func (w *wait) decide(answer []byte, answered bool) {
	if !w.isDecided() {
		w.answer, w.answered = answer, answered
		close(w.decided)
	}
}

// table holds the waits of a gateway. It is not safe for concurrent use. None of its
// methods blocks.
type table struct {
	limit   int
	byToken map[string]*wait
	byKey   map[string]*wait
	ended   []*wait // that no request waits for, the oldest first
}

func newTable(limit int) table {
	return table{limit: limit, byToken: map[string]*wait{}, byKey: map[string]*wait{}}
}

// waiting is how many waits have not ended.
func (t *table) waiting() int { return len(t.byToken) - len(t.ended) }

// join adds a request to the wait of a key, or to a new one. It returns nil if the table
// is full.
func (t *table) join(key string, now time.Time) *wait {
	t.expire(now)
	if one := t.byKey[key]; one != nil {
		if one.waiting == 0 {
			t.ended = slices.DeleteFunc(t.ended, func(other *wait) bool { return other == one })
		}
		one.waiting++
		return one
	}
	if len(t.byToken) >= t.limit {
		if len(t.ended) == 0 {
			return nil
		}
		t.forget(1)
	}
	one := &wait{token: rand.Text(), key: key, waiting: 1, decided: make(chan struct{})}
	t.byToken[one.token] = one
	if key != "" {
		t.byKey[key] = one
	}
	return one
}

// leave removes a request from its wait, which ends with the last.
func (t *table) leave(one *wait, now time.Time) {
	if one.waiting == 0 {
		return // it has ended already
	}
	if one.waiting--; one.waiting > 0 {
		return
	}
	if one.key == "" { // nobody can repeat it
		delete(t.byToken, one.token)
		return
	}
	one.ended = now
	t.ended = append(t.ended, one)
}

// expire forgets the waits that ended keptFor ago.
func (t *table) expire(now time.Time) {
	n := 0
	for n < len(t.ended) && now.Sub(t.ended[n].ended) >= keptFor {
		n++
	}
	t.forget(n)
}

// forget forgets the n waits that ended first.
func (t *table) forget(n int) {
	for _, one := range t.ended[:n] {
		delete(t.byToken, one.token)
		delete(t.byKey, one.key)
	}
	t.ended = slices.Delete(t.ended, 0, n)
}
