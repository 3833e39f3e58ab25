package doctor

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/workqueue"
)

// Queue is the state of the queue.
type Queue struct {
	Types []QueueType
	// HandlerPaused says that an operator has paused a handler, whose events wait like those
	// that failed.
	HandlerPaused bool
	// Failures are the latest failed attempts of all types, the latest first.
	Failures []presence.Failure
}

// QueueType is the state of the events of one type.
type QueueType struct {
	workqueue.Stats
	// Max is how many events a shard takes.
	Max int
	// LastDead is the newest dead letter, the zero value if there is none.
	LastDead workqueue.DeadLetter
	// Paused says that an operator has paused the type, or its platform.
	Paused bool
}

const (
	// waitingLong is the age of the oldest event from which something holds the consumers up: a
	// message is not answered once it is 30 s old. From waitingTooLong on it is a failure.
	waitingLong, waitingTooLong = time.Minute, 5 * time.Minute
	// failingMany is how many events of a type that wait for a retry are a failure.
	failingMany = 10
	// recently is how long ago a failure is named as the reason for events that wait for a retry.
	// The longest pause between two attempts is about 10 min.
	recently = 15 * time.Minute
	// deadRecently is how long a new dead letter is a failure, and not a warning.
	deadRecently = 24 * time.Hour
)

// Judge judges the queue. Every finding that is not OK is a state.
func (q Queue) Judge(now time.Time) []Finding {
	var list []Finding
	var depth, delayed int64
	for _, t := range q.Types {
		depth, delayed = depth+t.Depth, delayed+t.Delayed
		list = append(list, t.room()...)
		list = append(list, t.oldest()...)
		list = append(list, t.retries(q, now)...)
		list = append(list, t.dead(now)...)
	}
	if len(list) == 0 {
		list = append(list, ok("queue", "%d events wait or are being handled, %d wait for a retry; no dead letters", depth, delayed))
	}
	return list
}

// room checks that the streams take events.
func (t QueueType) room() []Finding {
	const check = "queue full"
	fix := fmt.Sprintf("see \"gopherbot queue pending %s\" and the consumers' log for what holds them up; if they only need more time, start another consumer, or raise GOPHER_QUEUE_MAX_BACKLOG and Redis's memory", t.Type)
	limit := int64(t.Max)
	switch {
	case limit == 0:
		return nil
	case t.Fullest >= limit:
		return []Finding{state(check, Failure, fmt.Sprintf("%s: %d events of at most %d: further ones are refused", t.Type, t.Fullest, limit), fix)}
	case t.Fullest >= limit*3/4:
		return []Finding{state(check, Warning, fmt.Sprintf("%s: %d events of at most %d", t.Type, t.Fullest, limit), fix)}
	default:
		return nil
	}
}

// oldest checks that events do not wait long.
func (t QueueType) oldest() []Finding {
	if t.OldestAge < waitingLong {
		return nil
	}
	status, fix := Warning, "see the consumers' log and the check \"instance\": a consumer must be ready; messages older than 30 s are not answered"
	if t.OldestAge >= waitingTooLong {
		status = Failure
	}
	switch {
	case t.Paused:
		status, fix = Warning, "it is paused: see the check \"paused\""
	case t.Pending > 0:
		fix = fmt.Sprintf("see \"gopherbot queue pending %s\" for which consumer has it, and that one's log", t.Type)
	}
	return []Finding{state("queue oldest", status, fmt.Sprintf("%s: the oldest of %d events has been there for %v; %d are being handled",
		t.Type, t.Depth, t.OldestAge.Round(time.Second), t.Pending), fix)}
}

// retries looks for events that fail and wait for a retry.
func (t QueueType) retries(q Queue, now time.Time) []Finding {
	if t.Delayed == 0 {
		return nil
	}
	message := fmt.Sprintf("%s: %d events wait for a retry", t.Type, t.Delayed)
	last := slices.IndexFunc(q.Failures, func(f presence.Failure) bool { return f.Type == t.Type && now.Sub(f.At) < recently })
	if last >= 0 {
		f := q.Failures[last]
		message += fmt.Sprintf("; the last failure was %v ago, attempt %d: %s", ago(now, f.At), f.Attempt, short(f.Error))
	}
	status := Warning
	switch {
	case last < 0 && (t.Paused || q.HandlerPaused):
		return []Finding{state("queue retries", Warning, message, "what matches a paused handler is among them: see the check \"paused\"")}
	case t.Delayed >= failingMany:
		status = Failure
	}
	return []Finding{state("queue retries", status, message, "fix the cause, which the consumers' log has, too; they are retried by themselves, up to ten times with growing pauses")}
}

// dead looks for dead letters.
func (t QueueType) dead(now time.Time) []Finding {
	if t.Dead == 0 {
		return nil
	}
	message, status := fmt.Sprintf("%s: %d", t.Type, t.Dead), Warning
	if d := t.LastDead; d.ID != "" {
		message += fmt.Sprintf("; the newest was given up %v ago, after %d failed attempts (%s): %s", ago(now, d.DeadAt), d.Attempts, d.Reason, short(d.Error))
		if now.Sub(d.DeadAt) < deadRecently {
			status = Failure
		}
	}
	return []Finding{state("dead letters", status, message, fmt.Sprintf("fix the cause, then \"gopherbot queue dead replay %s --all\"; or drop them: \"gopherbot queue dead drop %[1]s --all\"", t.Type))}
}

// ago is how long ago something was, by a clock that may differ from this machine's.
func ago(now, then time.Time) time.Duration { return max(0, now.Sub(then)).Round(time.Second) }

// maxError is how many bytes of an error a finding has.
const maxError = 200

// short returns the beginning of an error.
func short(text string) string {
	if len(text) > maxError {
		text = strings.ToValidUTF8(text[:maxError], "") + "…"
	}
	return cmp.Or(text, "no error")
}
