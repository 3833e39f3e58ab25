package source_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/gobridge/gopherbot/bgtasks/source"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSource_NewItems(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			src := k.make(newClient(t), s.url)
			cursor := ""
			poll := func(n int) []source.Item {
				t.Helper()
				s.play(s.withETag(k.play(n)))
				items, next, err := src.Poll(t.Context(), cursor)
				if err != nil || next == "" {
					t.Fatalf("%v, cursor %q", err, next)
				}
				cursor = next
				return items
			}
			news := func(from, to int) (want []source.Item) {
				for i := from; i <= to; i++ {
					want = append(want, k.want(s.url, i))
				}
				return want
			}
			poll(3) // the first start: whoever keeps the cursor does not look at what there is
			if got := poll(3); len(got) > 0 {
				t.Errorf("nothing is new, found %+v", got)
			}
			if got := poll(3); len(got) > 0 || s.unchanged.Load() == 0 {
				t.Errorf("nothing is new, found %+v; %d answers were 304", got, s.unchanged.Load())
			}
			for _, step := range [][2]int{{4, 4}, {5, 11}, {12, 11}, {12, 251}, {252, 252}} { // one, many, none, very many, one
				if got, want := poll(max(step[0]-1, step[1])), news(step[0], step[1]); !slices.Equal(got, want) {
					t.Errorf("found %d: %.2000v\nwant %d: %.2000v", len(got), got, len(want), want)
				}
			}
			for i := range 3 { // an older copy, and back
				if got := poll(250 + i); len(got) > 0 {
					t.Errorf("an older copy has news: %+v", got)
				}
			}
		})
	}
}

// TestSource_EmptyStart begins before there is anything.
func TestSource_EmptyStart(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		if k.name == "releases" {
			continue // there are always releases: an empty list is a mistake
		}
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			src := k.make(newClient(t), s.url)
			s.play(k.play(0))
			_, cursor, err := src.Poll(t.Context(), "")
			if err != nil || cursor == "" {
				t.Fatalf("%v, cursor %q", err, cursor)
			}
			s.play(k.play(1))
			if got, _, err := src.Poll(t.Context(), cursor); err != nil || len(got) != 1 || got[0] != k.want(s.url, 1) {
				t.Errorf("found %+v (%v)", got, err)
			}
		})
	}
}

func TestSource_BadServers(t *testing.T) {
	t.Parallel()
	endless := func(prefix string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte(prefix))
			chunk := []byte(strings.Repeat(" ", 1<<16))
			for r.Context().Err() == nil {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		}
	}
	for _, test := range []struct {
		name    string
		answer  http.HandlerFunc
		timeout time.Duration
		want    string // in the error; "" for any
	}{
		{"an error", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "oops", 500) }, 0, "answers 500"},
		{"no content", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, 0, "answers 204"},
		{"not modified since never", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(304) }, 0, ""},
		{"an empty answer", func(http.ResponseWriter, *http.Request) {}, 0, ""},
		{"a page for people", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "<!doctype html><title>Maintenance</title><p>Back soon.")
		}, 0, ""},
		{"half an answer", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `[{"version":"go1.2`) }, 0, ""},
		{"another kind of answer", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `"{}"`) }, 0, ""},
		{"null things", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `[null,{"id":7}]`) }, 0, ""},
		{"no answer", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, 100 * time.Millisecond, ""},
		{"an answer that stops in the middle", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, "[")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}, 100 * time.Millisecond, ""},
		{"a redirect to itself", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.String(), http.StatusFound) }, 0, "more than 5 redirects"},
		{"a redirect elsewhere", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		}, 0, "redirected to a file address"},
		{"a body without end", endless("["), 20 * time.Second, "more than 4 MiB"},
		{"a cut connection", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 0, ""},
	} {
		for _, k := range append(slices.Clone(kinds), goTime) {
			t.Run(test.name+"/"+k.name, func(t *testing.T) {
				t.Parallel()
				s := newServer(t)
				patient := k.make(newClient(t), s.url)
				src := patient
				if test.timeout != 0 {
					src = k.make(impatient(t, test.timeout), s.url)
				}
				s.play(test.answer)
				if items, cursor, err := src.Poll(t.Context(), ""); err == nil || len(items) > 0 || cursor != "" {
					t.Errorf("at the first start: %+v, cursor %q, %v; want an error", items, cursor, err)
				}
				s.play(k.play(3))
				_, cursor, err := patient.Poll(t.Context(), "")
				if err != nil {
					t.Fatal(err)
				}
				s.play(test.answer)
				items, same, err := src.Poll(t.Context(), cursor)
				if err == nil || len(items) > 0 || same != cursor || !strings.Contains(err.Error(), test.want) {
					t.Errorf("later: %+v, cursor %q after %q, %v", items, same, cursor, err)
				}
				// Items that were new meanwhile are found afterwards.
				if k.want != nil {
					s.play(k.play(4))
					if items, _, err := patient.Poll(t.Context(), cursor); err != nil || len(items) != 1 || items[0] != k.want(s.url, 4) {
						t.Errorf("afterwards: %+v (%v)", items, err)
					}
				}
			})
		}
	}
}

func TestSource_Outage(t *testing.T) {
	t.Parallel()
	for _, k := range append(slices.Clone(kinds), goTime) {
		gone := httptest.NewServer(http.NotFoundHandler())
		src := k.make(newClient(t), gone.URL+"/")
		gone.Close()
		if _, cursor, err := src.Poll(t.Context(), ""); err == nil || cursor != "" {
			t.Errorf("%s: %v, cursor %q", k.name, err, cursor)
		}
	}
}

func TestSource_DamagedCursor(t *testing.T) {
	t.Parallel()
	for _, k := range append(slices.Clone(kinds), goTime) {
		if _, same, err := k.make(newClient(t), "http://192.0.2.1/").Poll(t.Context(), "{"); err == nil || same != "{" {
			t.Errorf("%s: %v, cursor %q", k.name, err, same)
		}
	}
}
