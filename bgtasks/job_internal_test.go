package bgtasks

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

// tomorrow is an error that says when to come back.
type tomorrow time.Duration

func (t tomorrow) Error() string { return "come back later" }

func (t tomorrow) RetryAfter() time.Duration { return time.Duration(t) }

func TestJob_Pause(t *testing.T) {
	t.Parallel()
	j := Job{Every: 10 * time.Minute, Jitter: time.Minute}
	away := errors.New("away")
	for _, test := range []struct {
		name   string
		n      int64
		err    error
		random float64
		want   time.Duration
	}{
		{"after a success", 0, nil, 0, 10 * time.Minute},
		{"with half of the jitter", 0, nil, 0.5, 10*time.Minute + 30*time.Second},
		{"sooner after a failure", 1, away, 0.5, time.Second},
		{"less soon after the next", 2, away, 0.5, 2 * time.Second},
		{"and the next", 3, away, 0.5, 4 * time.Second},
		{"never later than its period", 11, away, 0.5, 10 * time.Minute},
		{"even after a year of failures", 50_000, away, 0.5, 10 * time.Minute},
		{"after RetryAfter", 1, fmt.Errorf("poll: %w", tomorrow(time.Hour)), 0, time.Hour},
		{"not sooner than the backoff", 3, tomorrow(time.Second), 0, 4 * time.Second},
		{"and not for ever", 1, tomorrow(1000 * time.Hour), 0, 24 * time.Hour},
	} {
		if got := j.pause(test.n, test.err, test.random); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func TestJob_Due(t *testing.T) {
	t.Parallel()
	j := Job{Every: 10 * time.Minute, Jitter: time.Minute}
	now := time.Now()
	for _, test := range []struct {
		name string
		rec  record
		want time.Duration // from now
	}{
		{"a job that never ran", record{}, 0},
		{"one whose time passed while nobody led", record{next: now.Add(-24 * time.Hour)}, 0},
		{"one that ran a while ago", record{next: now.Add(3 * time.Minute)}, 3 * time.Minute},
		{"one whose period was made shorter", record{next: now.Add(24 * time.Hour)}, 11 * time.Minute},
		{"one that was delayed by RetryAfter", record{next: now.Add(2 * time.Hour), failing: 1}, 2 * time.Hour},
		{"one that failed by a clock that was wrong", record{next: now.Add(1000 * time.Hour), failing: 1}, 24 * time.Hour},
	} {
		if got := j.due(test.rec, now).Sub(now); got != test.want {
			t.Errorf("%s: in %v, want in %v", test.name, got, test.want)
		}
	}
}

// noons is a calendar of each noon in UTC.
type noons struct{}

func (noons) Next(after time.Time) time.Time {
	const day = 24 * time.Hour
	return after.Add(day / 2).Truncate(day).Add(day / 2)
}

func TestJob_Calendar(t *testing.T) {
	t.Parallel()
	j := Job{At: noons{}}
	noon := time.Date(2026, 3, 30, 12, 0, 0, 0, time.UTC)
	away := errors.New("away")
	for _, test := range []struct {
		name  string
		start time.Time
		fails int64 // before this run
		err   error
		want  time.Time
	}{
		{"the next time", noon.Add(3 * time.Millisecond), 0, nil, noon.Add(24 * time.Hour)},
		{"after a run at another time", noon.Add(-time.Hour), 0, nil, noon},
		{"by a clock that is set back a little", noon.Add(-time.Millisecond), 0, nil, noon},
		{"soon after a failure", noon, 0, away, noon.Add(time.Minute + time.Second)},
		{"less soon after many", noon, 50, away, noon.Add(time.Minute + retryCalendar)},
		{"after RetryAfter", noon, 0, tomorrow(time.Hour), noon.Add(time.Minute + time.Hour)},
	} {
		if got := j.after(record{failing: test.fails}, test.start, time.Minute, test.err).next; !got.Equal(test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
	for _, test := range []struct {
		name string
		rec  record
		want time.Time
	}{
		{"a job that never ran", record{}, noon.Add(time.Hour)},
		{"times that passed while nobody led", record{next: noon.Add(-72 * time.Hour)}, noon.Add(time.Hour)},
		{"the next time", record{next: noon.Add(24 * time.Hour)}, noon.Add(24 * time.Hour)},
		{"a calendar that was changed", record{next: noon.Add(100 * time.Hour)}, noon.Add(24 * time.Hour)},
		{"after a failure", record{next: noon.Add(2 * time.Hour), failing: 1}, noon.Add(2 * time.Hour)},
	} {
		if got := j.due(test.rec, noon.Add(time.Hour)); !got.Equal(test.want) {
			t.Errorf("%s: due at %v, want %v", test.name, got, test.want)
		}
	}
}

func TestRecord_RoundTrip(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC().Truncate(time.Millisecond)
	want := record{next: now.Add(time.Hour), last: now, result: "ok", took: 42 * time.Millisecond, runs: 5, failures: 3, panics: 1, failing: 2}
	fields := map[string]string{}
	list := want.fields()
	for i := 0; i < len(list); i += 2 {
		fields[list[i].(string)] = fmt.Sprint(list[i+1])
	}
	if got := readRecord(fields); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := readRecord(map[string]string{fieldNext: "soon", fieldRuns: "many"}); got != (record{}) {
		t.Errorf("damaged: %+v, want nothing", got)
	}
}
