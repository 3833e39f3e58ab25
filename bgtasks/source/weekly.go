package source

import (
	"context"
	"time"

	"github.com/gobridge/gopherbot/bgtasks/calendar"
)

// Weekly has one item a week: a text that is due at a time of the week. It is an example of a
// source that asks nobody.
type Weekly struct {
	// ID tells this source from others like it. It is part of stored names, so it stays the same.
	ID   string
	At   calendar.Weekly
	Text string
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
}

// weeklyGrace is how late an item may be. If nobody leads for longer it is left out: a
// question for the beginning of the week is out of place at its end.
const weeklyGrace = 12 * time.Hour

// Name is "weekly" and the ID.
func (w Weekly) Name() string { return "weekly " + w.ID }

// Poll returns the item of the last occurrence if that is after the cursor, which is the
// time of an occurrence, and at most 12 hours ago.
func (w Weekly) Poll(_ context.Context, cursor string) ([]Item, string, error) {
	last, err := readCursor[time.Time](cursor)
	if err != nil {
		return nil, "", err
	}
	now := now(w.Now)
	latest := w.At.Latest(now)
	if !latest.After(last) { // a clock that was set back, or a time of the week that was changed
		return nil, cursor, nil
	}
	next, err := writeCursor(latest.UTC())
	if err != nil || now.Sub(latest) > weeklyGrace {
		return nil, next, err
	}
	return []Item{{ID: latest.UTC().Format(time.RFC3339), Text: w.Text}}, next, nil
}
