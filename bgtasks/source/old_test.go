package source_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/bgtasks/source"
)

// TestReleases_OldOnesAreNotNew is of releases that come into a list again, or
// for the first time, after later ones.
func TestReleases_OldOnesAreNotNew(t *testing.T) {
	t.Parallel()
	at := []string{"go1.27.3", "go1.26.9"}
	for _, test := range []struct {
		name  string
		lists [][]string // the first is what is there at the first start
		want  []string
		// unknown says that it reads cursors with the versions of before, which builds
		// without the rule did not keep.
		unknown bool
	}{
		{"the next of both lines", [][]string{at, {"go1.27.4", "go1.26.10"}}, []string{"go1.26.10", "go1.27.4"}, false},
		{"one is taken back, and the one before is shown", [][]string{at, {"go1.27.2", "go1.26.9"}}, nil, true},
		{"one is taken back, and replaced", [][]string{at, {"go1.27.2", "go1.26.9"}, {"go1.27.4", "go1.26.9"}}, []string{"go1.27.4"}, true},
		{"all there ever were", [][]string{at, {"go1.27.3", "go1.27.2", "go1.27", "go1.27rc1", "go1.26.9", "go1.26.8", "go1.25.7", "go1.9.2", "go1"}}, nil, false},
		{"a candidate of the next line", [][]string{at, {"go1.28rc1", "go1.27.3", "go1.26.9"}}, []string{"go1.28rc1"}, false},
		{"the release after its candidate", [][]string{{"go1.28rc1", "go1.27.3"}, {"go1.28.0", "go1.27.3"}}, []string{"go1.28.0"}, false},
		{"a candidate after its release", [][]string{{"go1.28.0", "go1.27.3"}, {"go1.28.0", "go1.28rc2", "go1.27.3"}}, nil, false},
		{"a line is gone and back", [][]string{at, {"go1.27.3"}, {"go1.27.3", "go1.26.8"}}, nil, false},
		{"a new one of the older line", [][]string{at, {"go1.27.3"}, {"go1.27.3", "go1.26.10"}}, []string{"go1.26.10"}, true},
	} {
		for _, upgraded := range []bool{false, true} {
			if upgraded && test.unknown {
				continue
			}
			s := newServer(t)
			src := source.Releases{Client: newClient(t), URL: s.url}
			cursor := ""
			var got []string
			for i, list := range test.lists {
				s.play(func(w http.ResponseWriter, _ *http.Request) {
					var releases []any
					for _, name := range list {
						releases = append(releases, map[string]any{"version": name, "stable": true})
					}
					_ = json.NewEncoder(w).Encode(releases)
				})
				items, next, err := src.Poll(t.Context(), cursor)
				if err != nil {
					t.Fatal(err)
				}
				for _, item := range items {
					if i > 0 {
						got = append(got, item.ID)
					}
				}
				if cursor = next; i == 0 && upgraded { // from a build that kept no versions
					cursor = withoutField(t, next, "newest")
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("%s, upgraded %v: announced %q, want %q", test.name, upgraded, got, test.want)
			}
		}
	}
}

// withoutField returns a cursor without a field.
func withoutField(t *testing.T, cursor, field string) string {
	t.Helper()
	var c map[string]any
	if err := json.Unmarshal([]byte(cursor), &c); err != nil {
		t.Fatal(err)
	}
	delete(c, field)
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestGerrit_DatesInTheFuture has a server whose clock was ahead for one merge.
func TestGerrit_DatesInTheFuture(t *testing.T) {
	t.Parallel()
	for _, stuck := range []bool{false, true} {
		s := newServer(t)
		now := start
		src := source.Gerrit{Client: newClient(t), URL: s.url, Projects: []string{"go"}, Now: func() time.Time { return now }}
		type merge struct {
			number int
			at     time.Time
		}
		merges := []merge{{1, start.Add(-time.Minute)}}
		s.play(func(w http.ResponseWriter, r *http.Request) {
			list := []any{}
			for _, m := range merges {
				list = append(list, map[string]any{"_number": m.number, "project": "go", "subject": "x", "submitted": m.at.Format("2006-01-02 15:04:05.000000000")})
			}
			fmt.Fprint(w, ")]}'\n")
			_ = json.NewEncoder(w).Encode(list)
		})
		cursor := ""
		if stuck { // as a build without the rule left it
			cursor = `{"newest":"2036-11-01T12:00:00Z","seen":{"1":"2026-11-01T11:59:00Z","7":"2036-11-01T12:00:00Z"}}`
		}
		poll := func() (numbers []string) {
			t.Helper()
			items, next, err := src.Poll(t.Context(), cursor)
			if err != nil {
				t.Fatal(err)
			}
			cursor, now = next, now.Add(2*time.Minute)
			for _, item := range items {
				numbers = append(numbers, item.ID)
			}
			return numbers
		}
		if !stuck {
			poll()
			merges = append(merges, merge{7, start.AddDate(10, 0, 0)})
			if got := poll(); !slices.Equal(got, []string{"7"}) {
				t.Errorf("announced %q, want the one from the future", got)
			}
		} else {
			merges = append(merges, merge{7, start.AddDate(10, 0, 0)})
		}
		merges = append(merges, merge{2, now}, merge{3, now.Add(-2 * time.Hour)}, merge{4, now.Add(-30 * time.Minute)})
		if got := poll(); !slices.Equal(got, []string{"4", "2"}) {
			t.Errorf("announced %q, want the one of now and the late one, and none from long ago", got)
		}
		if got := poll(); len(got) > 0 {
			t.Errorf("announced %q again", got)
		}
	}
}

// TestGoTime_ClockThatWasAhead begins where a leader with a wrong clock ended.
func TestGoTime_ClockThatWasAhead(t *testing.T) {
	t.Parallel()
	for live, want := range map[time.Time]int{start.AddDate(1, 0, 0): 1, start.Add(time.Minute): 0} {
		s := newServer(t)
		s.play(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, `{"streaming":true,"data":%q}`, start.Format(time.RFC3339))
		})
		src := source.GoTime{Client: newClient(t), URL: s.url, Now: func() time.Time { return start }}
		items, _, err := src.Poll(t.Context(), fmt.Sprintf(`{"live":%q}`, live.Format(time.RFC3339)))
		if err != nil || len(items) != want {
			t.Errorf("live at %v: %+v (%v), want %d", live, items, err, want)
		}
	}
}
