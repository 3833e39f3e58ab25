package ops

import (
	"testing"
	"time"

	"github.com/gobridge/gopherbot/workqueue"
)

func TestDeadFilter(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1_700_000_000_000)
	d := workqueue.DeadLetter{
		Reason: workqueue.Exhausted, DeadAt: now.Add(-10 * time.Minute),
		Error: "command \"flip a coin\": reply in C1: timeout\nrejected: phrase \"tea\": reply in C1: is_archived: command \"help\" failed",
	}
	for _, test := range []struct {
		name   string
		filter deadFilter
		want   bool
		text   string
	}{
		{"all", deadFilter{}, true, ""},
		{"its reason", deadFilter{Reason: workqueue.Exhausted}, true, "reason exhausted"},
		{"another reason", deadFilter{Reason: workqueue.Poison}, false, "reason poison"},
		{"as old", deadFilter{Minutes: 10}, true, "older than 10m0s"},
		{"older", deadFilter{Minutes: 11}, false, "older than 11m0s"},
		{"until then", deadFilter{Until: d.DeadAt.UnixMilli()}, true, ""},
		{"until before", deadFilter{Until: d.DeadAt.UnixMilli() - 1}, false, ""},
		{"a part of its error, in any case", deadFilter{Error: "TimeOut"}, true, "error with TimeOut"},
		{"another error", deadFilter{Error: "not_found"}, false, "error with not_found"},
		{"its handler", deadFilter{Handler: `command "flip a coin"`}, true, `handler command "flip a coin"`},
		{"without quotes", deadFilter{Handler: "command flip a coin"}, true, "handler command flip a coin"},
		{"a part of the name", deadFilter{Handler: "Flip a coin"}, true, "handler Flip a coin"},
		{"of another line", deadFilter{Handler: "tea"}, true, "handler tea"},
		{"a part of a word", deadFilter{Handler: "coi"}, false, "handler coi"},
		{"a word of the error", deadFilter{Handler: "help"}, false, "handler help"},
		{"all of it", deadFilter{Reason: workqueue.Exhausted, Error: "timeout", Handler: "tea", Minutes: 1}, true, "reason exhausted, error with timeout, handler tea, older than 1m0s"},
	} {
		if got := test.filter.selects(d, now); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
		if got := test.filter.String(); got != test.text {
			t.Errorf("%s: %q, want %q", test.name, got, test.text)
		}
	}
}
