package calendar_test

import (
	"testing"
	"time"

	"github.com/gobridge/gopherbot/bgtasks/calendar"
)

func weekly(t *testing.T, text string) calendar.Weekly {
	t.Helper()
	w, err := calendar.ParseWeekly(text)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestParseWeekly(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, want string }{
		{"Monday 09:00 Europe/Berlin", "Monday 09:00 Europe/Berlin"},
		{" sunday  23:59 ", "Sunday 23:59 UTC"},
		{"FRIDAY 7:05 America/New_York", "Friday 07:05 America/New_York"},
		{"", ""}, {"Monday", ""}, {"Mo 09:00", ""}, {"Monday 24:00", ""}, {"Monday 9am", ""}, {"Monday 09:00 Berlin", ""},
		{"Monday 09:00 Local", ""}, {"Monday 09:00 Europe/Berlin weekly", ""}, {"Monday 09:00 ../../etc/passwd", ""},
	} {
		switch w, err := calendar.ParseWeekly(test.text); {
		case test.want == "" && err == nil:
			t.Errorf("%q is read as %v", test.text, w)
		case test.want != "" && (err != nil || w.String() != test.want):
			t.Errorf("%q: %v, %v; want %s", test.text, w, err, test.want)
		}
	}
}

// TestWeekly_Occurrences has the occurrences around each change of the clocks in four zones.
// Berlin's are on Sundays at 01:00 UTC, New York's at 2:00 of its own time, and Lord Howe's are of 30 minutes.
func TestWeekly_Occurrences(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, text, after string
		want              []string
	}{
		{"begin of daylight saving time", "Monday 09:00 Europe/Berlin", "2026-03-22T00:00:00Z",
			[]string{"2026-03-23T09:00:00+01:00", "2026-03-30T09:00:00+02:00", "2026-04-06T09:00:00+02:00"}},
		{"end of daylight saving time", "Monday 09:00 Europe/Berlin", "2026-10-18T00:00:00Z",
			[]string{"2026-10-19T09:00:00+02:00", "2026-10-26T09:00:00+01:00", "2026-11-02T09:00:00+01:00"}},
		{"a time that is skipped", "Sunday 02:30 Europe/Berlin", "2026-03-20T00:00:00Z",
			[]string{"2026-03-22T02:30:00+01:00", "2026-03-29T03:30:00+02:00", "2026-04-05T02:30:00+02:00"}},
		{"a time that is shown twice", "Sunday 02:30 Europe/Berlin", "2026-10-17T00:00:00Z",
			[]string{"2026-10-18T02:30:00+02:00", "2026-10-25T02:30:00+02:00", "2026-11-01T02:30:00+01:00"}},
		{"skipped, west of UTC", "Sunday 02:30 America/New_York", "2026-03-02T00:00:00Z",
			[]string{"2026-03-08T03:30:00-04:00", "2026-03-15T02:30:00-04:00"}},
		{"shown twice, west of UTC", "Sunday 01:30 America/New_York", "2026-10-26T00:00:00Z",
			[]string{"2026-11-01T01:30:00-04:00", "2026-11-08T01:30:00-05:00"}},
		{"skipped by half an hour", "Sunday 02:15 Australia/Lord_Howe", "2026-09-29T00:00:00Z",
			[]string{"2026-10-04T02:45:00+11:00", "2026-10-11T02:15:00+11:00"}},
		{"another day in UTC", "Monday 00:30 Asia/Tokyo", "2026-12-27T00:00:00Z",
			[]string{"2026-12-28T00:30:00+09:00", "2027-01-04T00:30:00+09:00"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := weekly(t, test.text)
			at, err := time.Parse(time.RFC3339, test.after)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range test.want {
				next := w.Next(at)
				if got := next.Format(time.RFC3339); got != want {
					t.Errorf("after %v comes %s, want %s", at, got, want)
				}
				if latest := w.Latest(next); !latest.Equal(next) {
					t.Errorf("at %v the latest is %v", next, latest)
				}
				at = next
			}
		})
	}
}

// TestWeekly_OnceAWeek goes through two years in steps of 10 minutes: Next and Latest agree, and each
// occurrence is about a week after the one before.
func TestWeekly_OnceAWeek(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"Sunday 02:30 Europe/Berlin", "Sunday 01:30 America/New_York", "Monday 09:00 Asia/Tokyo", "Sunday 00:30 America/Santiago"} {
		w, found := weekly(t, text), 0
		start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		last := w.Latest(start)
		for now := start; now.Before(start.AddDate(2, 0, 0)); now = now.Add(10 * time.Minute) {
			latest, next := w.Latest(now), w.Next(now)
			if latest.After(now) || !next.After(now) || !w.Next(latest).Equal(next) {
				t.Fatalf("%s at %v: latest %v, next %v", w, now, latest, next)
			}
			if latest.Equal(last) {
				continue
			}
			found++
			if week := latest.Sub(last); week < 166*time.Hour || week > 170*time.Hour {
				t.Errorf("%s: %v comes %v after %v", w, latest, week, last)
			}
			last = latest
		}
		if found < 104 || found > 105 {
			t.Errorf("%s: %d occurrences in two years", w, found)
		}
	}
}
