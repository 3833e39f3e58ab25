package cli

import (
	"testing"
	"time"

	"github.com/gobridge/gopherbot/workqueue"
)

func TestDeadFilter_Selects(t *testing.T) {
	t.Parallel()
	now := time.Unix(1763660000, 0)
	letter := workqueue.DeadLetter{
		Reason: workqueue.Exhausted, DeadAt: now.Add(-2 * time.Hour),
		Error: "command \"flip a coin\": post in C1: the channel is archived\nphrase \"tea\": cancelled",
	}
	for name, test := range map[string]struct {
		filter deadFilter
		want   bool
	}{
		"all":                     {deadFilter{}, true},
		"the reason":              {deadFilter{reasons: []string{"rejected", "exhausted"}}, true},
		"another reason":          {deadFilter{reasons: []string{"panic"}}, false},
		"older":                   {deadFilter{age: 2 * time.Hour}, true},
		"not old enough":          {deadFilter{age: 2*time.Hour + time.Second}, false},
		"the error":               {deadFilter{text: "Channel is ARCHIVED"}, true},
		"another error":           {deadFilter{text: "ratelimited"}, false},
		"the handler":             {deadFilter{handler: `command "flip a coin"`}, true},
		"without quotes":          {deadFilter{handler: "command flip a coin"}, true},
		"the second handler":      {deadFilter{handler: "phrase tea"}, true},
		"a part of a name":        {deadFilter{handler: "command flip"}, false},
		"a word of the error":     {deadFilter{handler: "post in C1"}, false},
		"all that apply":          {deadFilter{handler: "phrase tea", text: "archived", reasons: []string{"exhausted"}, age: time.Hour}, true},
		"all but one that apply":  {deadFilter{handler: "phrase tea", text: "archived", reasons: []string{"poison"}, age: time.Hour}, false},
		"a negative is no filter": {deadFilter{age: 0}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := test.filter.selects(letter, now); got != test.want {
				t.Errorf("selects: %v, want %v", got, test.want)
			}
		})
	}
	rejected := workqueue.DeadLetter{Error: `rejected: command "flip a coin": no such channel`}
	if !(&deadFilter{handler: "command flip a coin"}).selects(rejected, now) {
		t.Error("a handler whose error is final is not found")
	}
}

// TestFit leaves out columns until a table fits, and clips what does not fit even then.
func TestFit(t *testing.T) {
	t.Parallel()
	rows := statsTable([]stats{{Type: "message_public", Depth: 12345}})
	full := tableWidth(rows)
	if got, left := fit(rows, full); len(left) > 0 || len(got[0]) != len(rows[0]) {
		t.Errorf("left out %q though it fits", left)
	}
	got, left := fit(rows, full-1)
	if len(left) != 1 || left[0] != "SHARDS" || tableWidth(got) > full-1 {
		t.Errorf("left out %q", left)
	}
	got, left = fit(rows, 1)
	if len(left) != len(lessImportant) || got[0][0] != "TYPE" || got[0][1] != "DEPTH" || got[0][2] != "DEAD" {
		t.Errorf("%q is left, without %q", got[0], left)
	}
	if got := clip("a long line\nb\nc\nd\n", 5, 4); got != "a lo…\nb\nc\n" {
		t.Errorf("clipped to %q", got)
	}
}
