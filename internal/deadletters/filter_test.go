package deadletters_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/deadletters"
	"github.com/gobridge/gopherbot/workqueue"
)

var now = time.UnixMilli(1_700_000_000_000)

func TestFilter_Selects(t *testing.T) {
	t.Parallel()
	d := workqueue.DeadLetter{
		Event:  workqueue.Event{Type: "message_public"},
		Reason: workqueue.Exhausted, DeadAt: now.Add(-10 * time.Minute),
		Error: "command \"flip a coin\": reply in C1: timeout\nrejected: phrase \"tea\": reply in C1: is_archived: command \"help\" failed",
	}
	for _, test := range []struct {
		name   string
		filter deadletters.Filter
		want   bool
		text   string
	}{
		{"all", deadletters.Filter{}, true, "all"},
		{"its type", deadletters.Filter{Types: []string{"team_join", "message_public"}}, true, "type team_join, message_public"},
		{"another type", deadletters.Filter{Types: []string{"team_join"}}, false, "type team_join"},
		{"its reason", deadletters.Filter{Reasons: []workqueue.DeadReason{workqueue.Rejected, workqueue.Exhausted}}, true, "reason rejected, exhausted"},
		{"another reason", deadletters.Filter{Reasons: []workqueue.DeadReason{workqueue.Poison}}, false, "reason poison"},
		{"as old", deadletters.Filter{Age: 10 * time.Minute}, true, "older than 10m0s"},
		{"older", deadletters.Filter{Age: 10*time.Minute + 1}, false, "older than 10m0.000000001s"},
		{"until then", deadletters.Filter{Until: map[string]time.Time{"message_public": d.DeadAt}}, true, "all"},
		{"until then, of another type", deadletters.Filter{Until: map[string]time.Time{"team_join": d.DeadAt}}, false, "all"},
		{"until before", deadletters.Filter{Until: map[string]time.Time{"message_public": d.DeadAt.Add(-time.Millisecond)}}, false, "all"},
		{"a part of its error, in any case", deadletters.Filter{Error: "TimeOut"}, true, `error with "TimeOut"`},
		{"another error", deadletters.Filter{Error: "not_found"}, false, `error with "not_found"`},
		{"its handler", deadletters.Filter{Handler: `command "flip a coin"`}, true, `handler command "flip a coin"`},
		{"without quotes", deadletters.Filter{Handler: "command  flip a coin "}, true, "handler command  flip a coin "},
		{"with other quotes", deadletters.Filter{Handler: "command 'flip a coin'"}, true, "handler command 'flip a coin'"},
		{"a part of the name", deadletters.Filter{Handler: "Flip a coin"}, true, "handler Flip a coin"},
		{"of another line, whose error is final", deadletters.Filter{Handler: "tea"}, true, "handler tea"},
		{"a part of a word", deadletters.Filter{Handler: "coi"}, false, "handler coi"},
		{"a word of the error", deadletters.Filter{Handler: "help"}, false, "handler help"},
		{"all of it", deadletters.Filter{Types: []string{"message_public"}, Reasons: []workqueue.DeadReason{workqueue.Exhausted}, Error: "timeout", Handler: "tea", Age: time.Minute}, true, `type message_public, reason exhausted, older than 1m0s, error with "timeout", handler tea`},
		{"all but one", deadletters.Filter{Reasons: []workqueue.DeadReason{workqueue.Poison}, Error: "timeout", Handler: "tea"}, false, `reason poison, error with "timeout", handler tea`},
	} {
		if got := test.filter.Selects(d, now); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
		if got := test.filter.String(); got != test.text {
			t.Errorf("%s: %q, want %q", test.name, got, test.text)
		}
		if got := test.filter.Empty(); got != (test.name == "all") {
			t.Errorf("%s: empty: %v", test.name, got)
		}
	}
}

// letters are dead letters by type.
type letters map[string][]workqueue.DeadLetter

func (l letters) ListDeadLetters(_ context.Context, eventType, after string, limit int) ([]workqueue.DeadLetter, error) {
	list := l[eventType]
	for i, d := range list {
		if d.ID == after {
			list = list[i+1:]
			break
		}
	}
	return append([]workqueue.DeadLetter(nil), list[:min(limit, len(list))]...), nil
}

// died returns n dead letters of a type, one of each second.
func died(eventType string, n int) (list []workqueue.DeadLetter) {
	for i := range n {
		list = append(list, workqueue.DeadLetter{
			Event: workqueue.Event{Type: eventType}, ID: fmt.Sprint(eventType, i), DeadAt: now.Add(time.Duration(i) * time.Second), Error: fmt.Sprint("odd ", i%2),
		})
	}
	return list
}

// TestFilter_Pages counts more than one page, and finds the same again though others died since.
func TestFilter_Pages(t *testing.T) {
	t.Parallel()
	types := []string{"message_public", "team_join", "send"}
	queue := letters{"message_public": died("message_public", 401), "team_join": died("team_join", 3)}
	f := deadletters.Filter{Error: "odd 1"}
	got, err := f.Count(t.Context(), queue, types)
	want := deadletters.Count{Total: 201, ByType: map[string]int{"message_public": 200, "team_join": 1}, Until: map[string]time.Time{"message_public": now.Add(399 * time.Second), "team_join": now.Add(time.Second)}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("%+v, want %+v (%v)", got, want, err)
	}
	queue["message_public"] = append(queue["message_public"], died("message_public", 500)[401:]...)
	f.Until = got.Until
	if got, err = f.Count(t.Context(), queue, types); err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("after others died: %+v, want %+v (%v)", got, want, err)
	}

	broken, pages := errors.New("Redis is gone"), 0
	err = f.Each(t.Context(), queue, types, func(list []workqueue.DeadLetter) error {
		if pages++; len(list) > 200 {
			t.Errorf("%d at once", len(list))
		}
		return broken
	})
	if !errors.Is(err, broken) || pages != 1 {
		t.Errorf("%v after %d pages", err, pages)
	}
}
