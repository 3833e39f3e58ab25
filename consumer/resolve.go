package consumer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gobridge/gopherbot/internal/pause"
)

// UnknownResult is the result of the search for a post with an unknown outcome.
type UnknownResult string

// The results.
const (
	UnknownFound    UnknownResult = "found"    // it was posted
	UnknownRepeated UnknownResult = "repeated" // it was not posted, and is posted again
	UnknownExpired  UnknownResult = "expired"  // it was not posted, and is too late now
	UnknownLeft     UnknownResult = "left"     // no search can tell, and it is left alone
)

// UnknownResults returns all results.
func UnknownResults() []UnknownResult {
	return []UnknownResult{UnknownFound, UnknownRepeated, UnknownExpired, UnknownLeft}
}

const (
	// DefaultSettle is the default of Options.Settle.
	DefaultSettle = 10 * time.Second
	// longestPause is the longest time between two searches.
	longestPause = time.Minute
	// lookFor is the age of an event, from when it was queued, up to which its posts
	// are searched for and repeated. After that they are left alone.
	lookFor = 24 * time.Hour
)

// pause returns the time until the next search. It grows with the platform's outage,
// up to longestPause.
func (d *Dispatcher) pause(p *progress) time.Duration {
	return max(d.opts.Settle, min(d.opts.Now().Sub(p.since())/4, longestPause))
}

// resolve searches for the event's posts with an unknown outcome. It returns an error
// for each action that must wait because the outcome of one of its posts is still
// unknown, and the time to wait. useful says whether a missing post is to be repeated
// now; resolve itself posts nothing.
func (d *Dispatcher) resolve(ctx context.Context, o request, useful bool) (waiting map[string]error, after time.Duration) {
	waiting = map[string]error{}
	list := o.unresolved()
	slices.SortFunc(list, func(a, b record) int { return strings.Compare(a.Step, b.Step) })
	for _, r := range list {
		wait, err := d.resolveOne(ctx, o, r, useful)
		if err != nil {
			waiting[r.Action] = &unknownError{fmt.Errorf("%s: %w", r.Step, err)}
			after = max(after, wait)
		}
	}
	return waiting, after
}

var errSettling = errors.New("the platform may not show it yet")

func (d *Dispatcher) resolveOne(ctx context.Context, o request, r record, useful bool) (wait time.Duration, err error) {
	now := d.opts.Now()
	tried := time.UnixMilli(r.At)
	if wait := min(d.opts.Settle-now.Sub(tried), d.opts.Settle); wait > 0 {
		return wait, errSettling
	}
	if err := context.Cause(ctx); err != nil {
		return 0, err
	}
	look, cancel := context.WithTimeout(ctx, d.opts.ActionTimeout)
	defer cancel()
	found, link, err := o.find(look, Post{Kind: r.Kind, Channel: r.Channel, Key: o.key(r.Step), Text: r.Text, Since: tried})
	tooOld := now.Sub(o.since()) > lookFor

	var result UnknownResult
	switch {
	case err == nil && found:
		result = UnknownFound
		o.linked(r.Action, link)
		err = o.complete(ctx, r.Step)
	case errors.Is(err, ErrCannotTell), tooOld:
		result, r.Left, r.At = UnknownLeft, true, now.UnixMilli()
		err = errors.Join(o.note(ctx, r), o.complete(ctx, r.Step))
	case err != nil:
		outcome := o.platform.Outcome(err)
		return max(d.pause(o.progress), outcome.After), fmt.Errorf("search for the post: %w", err)
	default:
		result = UnknownRepeated
		if !useful {
			result = UnknownExpired
		}
		r.Absent, r.At = true, now.UnixMilli()
		err = o.note(ctx, r)
	}
	if err != nil {
		return d.pause(o.progress), err
	}
	d.count(result)
	line := d.opts.Log.Info()
	if result == UnknownLeft {
		line = d.opts.Log.Warn()
	}
	line.Str("event_id", o.ID).Str("request_id", o.RequestID).Str("action", r.Action).Str("step", r.Step).Str("result", string(result)).
		Msg("resolve a post with an unknown outcome")
	return 0, nil
}

// find searches for a post. It returns a link to it, if that is known.
func (o request) find(ctx context.Context, p Post) (found bool, link string, err error) {
	if o.search != nil {
		found, err = o.search(ctx, p)
		return found, "", err
	}
	to := o.respond()
	found, err = posted(ctx, to, p)
	return found, to.Link(), err
}

// count reports a result to Options.Unknown, or a new unknown outcome with "".
func (d *Dispatcher) count(result UnknownResult) {
	if d.opts.Unknown != nil {
		d.opts.Unknown(result)
	}
}

// record records the posts that a failed action has made or may have made, for the
// next attempt. If Redis refuses, it retries until ctx ends. Then another consumer
// takes the event over, and searches for all posts itself.
func (d *Dispatcher) record(ctx context.Context, o request, action string, r *resumableResponder) error {
	made, unknown := r.steps()
	var names []string
	for _, step := range made {
		if !o.completed(step) {
			names = append(names, step)
		}
	}
	for step, p := range unknown {
		d.count("")
		name, err := record{Step: step, Action: action, Kind: p.Kind, Channel: p.Channel, Text: p.Text, At: d.opts.Now().UnixMilli()}.name()
		if err != nil {
			return err
		}
		names = append(names, name)
	}
	return o.persist(ctx, names...)
}

// persist records steps. If Redis refuses, it retries until ctx ends.
func (p *progress) persist(ctx context.Context, names ...string) error {
	for _, name := range names {
		for {
			err := p.complete(ctx, name)
			if err == nil {
				break
			}
			if !pause.For(ctx, recordPause) {
				return err
			}
		}
	}
	return nil
}

// recordPause is the time between two attempts to record a step.
const recordPause = 250 * time.Millisecond
