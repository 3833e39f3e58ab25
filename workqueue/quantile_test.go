package workqueue_test

import (
	"slices"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/workqueue"
)

func TestQuantile(t *testing.T) {
	t.Parallel()
	of := func(counts map[time.Duration]int64) (h workqueue.Histogram) {
		for length, n := range counts {
			i, _ := slices.BinarySearch(workqueue.HistogramBounds(), length)
			h.Counts[i] += n
		}
		return h
	}
	const ms = time.Millisecond
	for _, test := range []struct {
		name string
		h    workqueue.Histogram
		q    float64
		want time.Duration
	}{
		{"the middle of the first bounds", of(map[time.Duration]int64{ms: 10}), 0.5, ms / 2},
		{"all of one place", of(map[time.Duration]int64{10 * ms: 4}), 1, 10 * ms},
		{"most are short", of(map[time.Duration]int64{ms: 90, 100 * ms: 10}), 0.5, ms * 50 / 90},
		{"few are long", of(map[time.Duration]int64{ms: 90, 100 * ms: 10}), 0.95, 75 * ms},
		{"beyond all bounds", of(map[time.Duration]int64{time.Hour: 3}), 0.99, 5 * time.Minute},
	} {
		got, ok := test.h.Quantile(test.q)
		if !ok || (got-test.want).Abs() > time.Microsecond {
			t.Errorf("%s: %v %v, want %v", test.name, got, ok, test.want)
		}
	}
	if got, ok := (workqueue.Histogram{}).Quantile(0.5); ok {
		t.Errorf("of nothing: %v", got)
	}
	a, b := of(map[time.Duration]int64{ms: 3, time.Second: 2}), of(map[time.Duration]int64{ms: 1})
	if sum := a.Add(b); sum.Total() != 6 || sum.Sub(b) != a {
		t.Errorf("%v", sum)
	}
}
