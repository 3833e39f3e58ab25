package arrivals_test

import (
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/arrivals"
)

// TestArrivals_UsualGap has n arrivals come, one after each gap, and expects a usual gap.
func TestArrivals_UsualGap(t *testing.T) {
	t.Parallel()
	type run struct {
		n   int
		gap time.Duration
	}
	for name, test := range map[string]struct {
		runs     []run
		min, max time.Duration
	}{
		"the first":                            {[]run{{1, 0}}, time.Hour, time.Hour},
		"one a minute":                         {[]run{{600, time.Minute}}, 58 * time.Second, 62 * time.Second},
		"ten at once are no habit":             {[]run{{10, 0}}, 6 * time.Minute, 6 * time.Minute},
		"one a minute, and then one in ten":    {[]run{{600, time.Minute}, {30, 10 * time.Minute}}, 8 * time.Minute, 10 * time.Minute},
		"the first minutes after a fast hour":  {[]run{{600, time.Minute}, {2, 10 * time.Minute}}, 70 * time.Second, 100 * time.Second},
		"one in three hours":                   {[]run{{5, 3 * time.Hour}}, 3 * time.Hour, 3 * time.Hour},
		"right after a night without any":      {[]run{{600, time.Minute}, {1, 8 * time.Hour}}, 8 * time.Hour, 8 * time.Hour},
		"the second minute after such a night": {[]run{{600, time.Minute}, {1, 8 * time.Hour}, {2, time.Minute}}, 19 * time.Minute, 21 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, at := arrivals.New(0), time.Unix(1763660000, 0)
			for _, r := range test.runs {
				for range r.n {
					at = at.Add(r.gap)
					a.Note(at)
				}
			}
			last, gap := a.Last()
			if gap.Round(time.Second) < test.min || gap.Round(time.Second) > test.max {
				t.Errorf("the usual gap is %v, want %v to %v", gap, test.min, test.max)
			}
			a.Note(at.Add(-time.Second))
			if after, same := a.Last(); !last.Equal(at) || !after.Equal(at) || same != gap {
				t.Errorf("the last came at %v, and after one from before it at %v, want %v", last, after, at)
			}
		})
	}
}

func TestArrivals_None(t *testing.T) {
	t.Parallel()
	if last, gap := arrivals.New(0).Last(); !last.IsZero() || gap != 0 {
		t.Errorf("before the first: %v, %v", last, gap)
	}
}
