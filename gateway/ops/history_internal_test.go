package ops

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/workqueue"
)

const greeting = "greeting"

// begin is a time before all events of a test.
var begin = time.Unix(1700000000, 0)

// report is the report of a consumer that started at begin plus started, and has handled
// so many events, each of which had waited 10 to 25 ms.
func report(name string, started time.Duration, handled int64) presence.Consumer {
	c := workqueue.HandleCounts{Type: greeting, Acked: handled}
	i, _ := slices.BinarySearch(workqueue.HistogramBounds(), 25*time.Millisecond)
	c.Wait.Counts[i] = handled
	return presence.Consumer{Name: name, Started: begin.Add(started), Counts: []workqueue.HandleCounts{c}}
}

func TestHistory_HandledPerMinute(t *testing.T) {
	t.Parallel()
	h := newHistory(Options{Types: []string{greeting}})
	for _, step := range []struct {
		name  string
		after time.Duration
		seen  []presence.Consumer
		want  int64
	}{
		{"events before the gateway started do not count", time.Second, []presence.Consumer{report("a", -time.Hour, 1000)}, 0},
		{"events after that count", 11 * time.Second, []presence.Consumer{report("a", -time.Hour, 1005)}, 5},
		{"a new consumer counts from its start", 21 * time.Second, []presence.Consumer{report("a", -time.Hour, 1005), report("b", 15*time.Second, 2)}, 7},
		{"a consumer without a report loses no counts", 31 * time.Second, []presence.Consumer{report("b", 15*time.Second, 2)}, 7},
		{"its events of that time are not counted", 41 * time.Second, []presence.Consumer{report("a", -time.Hour, 1010), report("b", 15*time.Second, 2)}, 7},
		{"later events count", 51 * time.Second, []presence.Consumer{report("a", -time.Hour, 1011), report("b", 15*time.Second, 2)}, 8},
		{"events older than a minute do not count", 71 * time.Second, []presence.Consumer{report("a", -time.Hour, 1011), report("b", 15*time.Second, 2)}, 3},
		{"there is no consumer", 200 * time.Second, nil, 0},
	} {
		h.add(begin.Add(step.after), []workqueue.Stats{{Type: greeting, Depth: 4}}, step.seen)
		s := h.samples[len(h.samples)-1].Types[0]
		if s.Handled != step.want || s.Depth != 4 {
			t.Errorf("%s: %+v, want %d handled", step.name, s, step.want)
		}
		if waited := s.P50MS != nil && *s.P50MS > 10 && *s.P99MS < 25 && *s.P50MS < *s.P99MS; waited != (step.want > 0) {
			t.Errorf("%s: waited %v, %v", step.name, s.P50MS, s.P99MS)
		}
	}
}

func TestHistory_IsBounded(t *testing.T) {
	t.Parallel()
	h := newHistory(Options{Types: []string{greeting}})
	for n := range 2 * maxSamples {
		h.add(begin.Add(time.Duration(n)*2*time.Second), []workqueue.Stats{{Type: greeting}}, nil)
	}
	if len(h.samples) != maxSamples || len(h.totals) > int(window/(2*time.Second))+1 {
		t.Errorf("%d samples, %d totals", len(h.samples), len(h.totals))
	}
	latest := h.samples[maxSamples-1].At
	for since, want := range map[int64]int{0: maxSamples, latest - 1: 1, latest: 0, latest - 4000: 2} {
		if got := h.state(since, begin).Samples; len(got) != want {
			t.Errorf("since %d: %d samples, want %d", since, len(got), want)
		}
	}
}

// unreachable is a queue on a Redis that does not answer.
type unreachable struct{ Queue }

func (unreachable) Stats(context.Context, ...string) ([]workqueue.Stats, error) {
	return nil, errors.New("connection refused")
}

func TestPage_ShowsAnOutage(t *testing.T) {
	t.Parallel()
	h := newHistory(Options{Types: []string{greeting}, Queue: unreachable{}})
	h.add(begin, []workqueue.Stats{{Type: greeting, Depth: 4}}, nil)
	h.sample(t.Context(), begin.Add(time.Second))
	if s := h.state(0, begin); len(s.Samples) != 1 || !strings.Contains(s.Error, "Redis does not answer") || !strings.Contains(s.Error, "connection refused") {
		t.Errorf("%+v", s)
	}
}
