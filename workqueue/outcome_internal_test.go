package workqueue

import (
	"errors"
	"fmt"
	"math"
	"testing"
	"time"
)

func TestDisposition_Decides(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	opts := defaultHandling(1)
	opts.attempts = 3
	opts.backoff = func(n int) time.Duration { return time.Duration(n) * time.Second }
	for _, test := range []struct {
		name    string
		outcome error
		attempt int
		want    disposition
	}{
		{"no error", nil, 1, disposition{kind: done}},
		{"a discard", fmt.Errorf("wrapped: %w", Discard("not ours")), 1, disposition{kind: done}},
		{"an error", broken, 2, disposition{kind: retry, delay: 2 * time.Second}},
		{"the last error", broken, 3, disposition{kind: dead, dead: Exhausted}},
		{"the last panic", &panicError{value: "x"}, 3, disposition{kind: dead, dead: Panicked}},
		{"a panic that is not the last", &panicError{value: "x"}, 1, disposition{kind: retry, delay: time.Second}},
		{"a reject", Reject(broken), 1, disposition{kind: dead, dead: Rejected}},
		{"after a minute", RetryAfter(time.Minute, broken), 1, disposition{kind: retry, delay: time.Minute}},
		{"after the last attempt", RetryAfter(time.Minute, broken), 3, disposition{kind: dead, dead: Exhausted}},
		{"at once", RetryAfter(0, broken), 1, disposition{kind: retry, delay: time.Millisecond}},
		{"after centuries", RetryAfter(math.MaxInt64, broken), 1, disposition{kind: retry, delay: MaxDelay}},
		{"a rate limit", Postpone(time.Minute, broken), 1, disposition{kind: postpone, delay: time.Minute}},
		{"a rate limit at the last attempt", Postpone(time.Minute, broken), 3, disposition{kind: postpone, delay: time.Minute}},
		{"a rate limit of centuries", Postpone(math.MaxInt64, broken), 1, disposition{kind: postpone, delay: MaxDelay}},
		{"an expired rate limit", Postpone(-time.Second, broken), 1, disposition{kind: postpone, delay: time.Millisecond}},
		{"a rate limit and an error", errors.Join(Postpone(time.Minute, broken), broken), 1, disposition{kind: retry, delay: time.Second}},
		{"a stop", errors.Join(errRequeue, broken), 3, disposition{kind: requeue}},
		{"a wrapped reject", fmt.Errorf("wrapped: %w", Reject(broken)), 1, disposition{kind: dead, dead: Rejected}},
		{"a discard and an error", errors.Join(Discard("not ours"), broken), 1, disposition{kind: retry, delay: time.Second}},
		{"a reject and an error", errors.Join(Reject(broken), broken), 1, disposition{kind: retry, delay: time.Second}},
	} {
		if got := dispositionOf(test.outcome, test.attempt, opts); got != test.want {
			t.Errorf("%s: %+v, want %+v", test.name, got, test.want)
		}
	}
}

func TestBackoff_Bounds(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]time.Duration{1: time.Second, 2: 2 * time.Second, 9: 256 * time.Second, 10: 512 * time.Second, 11: 10 * time.Minute, 1000: 10 * time.Minute} {
		for range 100 {
			if got := exponential(n); got < want/2 || got > want {
				t.Errorf("after attempt %d: %v, want between %v and %v", n, got, want/2, want)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(string(entry{Event: Event{Key: "k", ID: "Ev1", Time: time.UnixMilli(1763660000123), Payload: []byte("{}")}, origin: "1-1", attempts: 3}.encode()))
	f.Add(string(entry{Event: Event{Key: "k", ID: "Ev1", Time: time.UnixMilli(1763660000123), Trace: "a trace", Payload: []byte("{}")}, origin: "1-1", attempts: 3}.encode()))
	f.Add("2")
	f.Add("3")
	f.Add("3\x00")
	f.Add("2\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")
	f.Fuzz(func(t *testing.T, encoded string) {
		e, err := decode("greeting", encoded)
		if err != nil {
			return
		}
		again, err := decode("greeting", string(e.encode()))
		if err != nil || fmt.Sprintf("%+v", again) != fmt.Sprintf("%+v", e) {
			t.Errorf("%q: %+v, encoded and decoded %+v (%v)", encoded, e, again, err)
		}
	})
}
