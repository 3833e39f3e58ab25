package source_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/bgtasks/source"
)

func TestGoTime(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	now := start
	src := source.GoTime{Client: newClient(t), URL: s.url, Now: func() time.Time { return now }}
	cursor := ""
	at := func(d time.Duration) time.Time { return start.Add(d) }
	for _, step := range []struct {
		name      string
		now       time.Time
		streaming bool
		scheduled time.Time
		live      bool
	}{
		{"quiet at the first start", at(0), false, at(24 * time.Hour), false},
		{"another show", at(time.Hour), true, at(24 * time.Hour), false},
		{"on time", at(24 * time.Hour), true, at(24 * time.Hour), true},
		{"still on", at(24*time.Hour + 10*time.Minute), true, at(24 * time.Hour), false},
		{"off for a moment", at(24*time.Hour + 20*time.Minute), false, at(24 * time.Hour), false},
		{"back", at(24*time.Hour + 22*time.Minute), true, at(24 * time.Hour), false},
		{"moved by a minute while it is on", at(24*time.Hour + 23*time.Minute), true, at(24*time.Hour + time.Minute), false},
		{"over, and the next is announced", at(25 * time.Hour), false, at(8 * 24 * time.Hour), false},
		{"the next, a little early", at(8*24*time.Hour - 5*time.Minute), true, at(8 * 24 * time.Hour), true},
		{"the one after that, too late to be it", at(15*24*time.Hour + 40*time.Minute), true, at(15 * 24 * time.Hour), false},
	} {
		now = step.now
		s.play(s.withETag(func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/live/status":
				fmt.Fprintf(w, `{"streaming":%v,"listeners":7}`, step.streaming)
			case "/slack/countdown/gotime":
				fmt.Fprintf(w, `{"response_type":"in_channel","text":"soon","data":%q}`, step.scheduled.Format(time.RFC3339))
			default:
				http.NotFound(w, r)
			}
		}))
		items, next, err := src.Poll(t.Context(), cursor)
		if err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		cursor = next
		if live := len(items) == 1; live != step.live || len(items) > 1 {
			t.Errorf("%s: %+v", step.name, items)
		} else if live && (items[0].ID != step.scheduled.UTC().Format(time.RFC3339) || items[0].Link != s.url+"live") {
			t.Errorf("%s: %+v", step.name, items)
		}
	}
	if s.unchanged.Load() == 0 {
		t.Error("it was never asked whether the status has changed")
	}
}

func TestGoTime_WithoutASchedule(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	src := source.GoTime{Client: newClient(t), URL: s.url}
	s.play(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/live/status" {
			fmt.Fprint(w, `{"streaming":true}`)
			return
		}
		http.Error(w, "oops", 500)
	})
	if items, cursor, err := src.Poll(t.Context(), `{"streaming":false}`); err == nil || len(items) > 0 || cursor != `{"streaming":false}` {
		t.Errorf("%+v, cursor %q, %v; want an error, so that it is asked again", items, cursor, err)
	}
}
