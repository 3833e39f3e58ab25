package bgtasks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// record is the state of a job in Redis: a hash that operators also read, with
// HGETALL <app>:{bgtasks}:job:<name>. Times are RFC 3339 in UTC.
type record struct {
	next, last time.Time
	result     string // of the last run: "ok" or its error
	took       time.Duration
	// Counted since the job first ran.
	runs, failures, panics int64
	// failing is how many of the latest runs failed in a row.
	failing int64
}

// The fields of a record.
const (
	fieldNext     = "next_run"
	fieldLast     = "last_run"
	fieldResult   = "last_result"
	fieldTook     = "last_took_ms"
	fieldRuns     = "runs"
	fieldFailures = "failures"
	fieldPanics   = "panics"
	fieldFailing  = "failing"
	fieldState    = "state" // the job's own
)

// timeFormat is RFC 3339 with milliseconds.
const timeFormat = "2006-01-02T15:04:05.000Z07:00"

// maxResult is how many bytes of an error are kept.
const maxResult = 1000

func (r record) fields() []any {
	result := r.result
	if len(result) > maxResult {
		result = result[:maxResult] + "…"
	}
	return []any{
		fieldNext, r.next.UTC().Format(timeFormat), fieldLast, r.last.UTC().Format(timeFormat),
		fieldResult, result, fieldTook, r.took.Milliseconds(),
		fieldRuns, r.runs, fieldFailures, r.failures, fieldPanics, r.panics, fieldFailing, r.failing,
	}
}

// readRecord reads a record. A missing or damaged field is zero: a job whose time is
// unknown is run now.
func readRecord(fields map[string]string) record {
	when := func(field string) time.Time {
		t, err := time.Parse(time.RFC3339, fields[field]) // any fraction
		if err != nil {
			return time.Time{}
		}
		return t
	}
	number := func(field string) int64 {
		n, err := strconv.ParseInt(fields[field], 10, 64)
		if err != nil {
			return 0
		}
		return n
	}
	return record{
		next: when(fieldNext), last: when(fieldLast), result: fields[fieldResult],
		took: time.Duration(number(fieldTook)) * time.Millisecond,
		runs: number(fieldRuns), failures: number(fieldFailures), panics: number(fieldPanics), failing: number(fieldFailing),
	}
}

func (t *term) record(ctx context.Context, job string) (record, error) {
	fields, err := t.rdb.HGetAll(ctx, t.keys.job(job)).Result()
	if err != nil {
		return record{}, fmt.Errorf("read the record of job %s: %w", job, err)
	}
	return readRecord(fields), nil
}

// State stores a job's progress between runs, such as a cursor.
type State interface {
	// Load decodes the last saved value into v. If nothing was saved it reports
	// false and leaves v unchanged.
	Load(ctx context.Context, v any) (bool, error)
	// Save stores v as JSON. If this process no longer leads it returns
	// ErrNotLeader and stores nothing.
	Save(ctx context.Context, v any) error
}

// state is the State of one job in one term.
type state struct {
	term *term
	job  string
}

func (s state) Load(ctx context.Context, v any) (bool, error) {
	text, err := s.term.rdb.HGet(ctx, s.term.keys.job(s.job), fieldState).Bytes()
	if errors.Is(err, redis.Nil) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("load the state of job %s: %w", s.job, err)
	}
	if err := json.Unmarshal(text, v); err != nil {
		return false, fmt.Errorf("the state of job %s cannot be read: %w; HDEL %s %s lets it begin anew",
			s.job, err, s.term.keys.job(s.job), fieldState)
	}
	return true, nil
}

func (s state) Save(ctx context.Context, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode the state of job %s: %w", s.job, err)
	}
	return s.term.write(ctx, s.job, fieldState, text)
}
