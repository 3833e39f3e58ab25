package source_test

import (
	"testing"
	"time"

	"github.com/gobridge/gopherbot/bgtasks/calendar"
	"github.com/gobridge/gopherbot/bgtasks/source"
)

// TestWeekly_OnceAtItsTime polls at times around both changes of the clocks in Berlin, each time with
// the cursor of the poll before.
func TestWeekly_OnceAtItsTime(t *testing.T) {
	t.Parallel()
	monday, err := calendar.ParseWeekly("Monday 09:00 Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	var now time.Time
	s := source.Weekly{ID: "post", At: monday, Text: "What's up?", Now: func() time.Time { return now }}
	cursor := ""
	for _, step := range []struct{ now, id string }{
		{"2026-03-22T12:00:00Z", "2026-03-16T08:00:00Z late"}, // the first poll; the caller announces no existing items
		{"2026-03-23T07:59:59Z", ""},
		{"2026-03-23T08:00:00Z", "2026-03-23T08:00:00Z"},
		{"2026-03-23T08:00:00Z", ""},
		{"2026-03-30T06:59:59Z", ""}, // daylight saving time has begun
		{"2026-03-30T07:00:01Z", "2026-03-30T07:00:00Z"},
		{"2026-03-30T06:59:59Z", ""}, // the clock was set back
		{"2026-03-30T07:00:02Z", ""},
		{"2026-04-06T18:59:00Z", "2026-04-06T07:00:00Z"},      // nobody led in the morning
		{"2026-04-14T12:00:00Z", "2026-04-13T07:00:00Z late"}, // nor the whole Monday
		{"2026-04-14T12:00:01Z", ""},
		{"2026-10-26T07:59:59Z", "2026-10-19T07:00:00Z late"}, // daylight saving time has ended
		{"2026-10-26T08:00:00Z", "2026-10-26T08:00:00Z"},
		{"2026-11-02T08:00:00Z", "2026-11-02T08:00:00Z"},
	} {
		if now, err = time.Parse(time.RFC3339, step.now); err != nil {
			t.Fatal(err)
		}
		items, next, err := s.Poll(t.Context(), cursor)
		if err != nil || next == "" {
			t.Fatalf("%s: cursor %q, %v", step.now, next, err)
		}
		got := ""
		for _, item := range items {
			got += item.ID
		}
		if len(items) == 0 && next != cursor { // left out
			got = next[1:len(next)-1] + " late"
		}
		if got != step.id {
			t.Errorf("at %s: %q, want %q", step.now, got, step.id)
		}
		cursor = next
	}
	// Another time of the week begins with its next occurrence.
	if s.At, err = calendar.ParseWeekly("Friday 17:00 Europe/Berlin"); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		now   string
		items int
	}{{"2026-11-04T08:00:00Z", 0}, {"2026-11-06T16:00:00Z", 1}, {"2026-11-06T16:00:01Z", 0}} {
		now, _ = time.Parse(time.RFC3339, step.now)
		items, next, err := s.Poll(t.Context(), cursor)
		if err != nil || len(items) != step.items {
			t.Errorf("on Fridays, at %s: %v, %v; want %d items", step.now, items, err, step.items)
		}
		cursor = next
	}
	if _, _, err := s.Poll(t.Context(), "yesterday"); err == nil {
		t.Error("a cursor that cannot be read is accepted")
	}
}
