package source_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/bgtasks/source"
)

// TestFeed_Items is of entries that are not as they should be.
func TestFeed_Items(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	src := source.Feed{Client: newClient(t), URL: s.url + "feed.xml?token=hunter2"}
	if name := src.Name(); strings.Contains(name, "hunter2") || !strings.HasPrefix(name, "feed/127.0.0.1:") || !strings.Contains(name, "/feed.xml/") {
		t.Errorf("it is named %q", name)
	}
	entries := ""
	s.play(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `<rss version="2.0"><channel><title>News</title>%s</channel></rss>`, entries)
	})
	_, cursor, err := src.Poll(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for entry, want := range map[string]source.Item{
		`<item><title>No link</title></item>`:             {ID: "No link", Text: "News: No link"},
		`<item><link>https://example.com/a</link></item>`: {ID: "https://example.com/a", Text: "News:", Link: "https://example.com/a"},
		`<item><title>&lt;b&gt;Why&lt;/b&gt; List&lt;T any&gt; &amp;amp; 1 &lt; 2?</title></item>`: {
			ID: "Why List<T any> & 1 < 2?", Text: "News: Why List<T any> & 1 < 2?"},
		`<item><title>Bad</title><link>javascript:alert(1)</link></item>`: {ID: "Bad", Text: "News: Bad"},
		`<item><guid isPermaLink="false">7</guid><title>Relative</title><link>/posts/7</link></item>`: {
			ID: "7", Text: "News:", Link: s.url + "posts/7", Title: "Relative"},
	} {
		entries = entry
		items, _, err := src.Poll(t.Context(), cursor)
		if err != nil || len(items) != 1 || items[0] != want {
			t.Errorf("%s: %+v (%v), want %+v", entry, items, err, want)
		}
	}
	entries = `<item></item><item><title>Twice</title></item><item><title>Twice</title></item>`
	if items, _, err := src.Poll(t.Context(), cursor); err != nil || len(items) != 1 {
		t.Errorf("%+v (%v), want one", items, err)
	}
}

// TestClient_WithoutETags tells when its feed changed instead.
func TestClient_WithoutETags(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	src := source.Feed{Client: newClient(t), URL: s.url}
	at := start
	s.play(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Last-Modified", at.Format(http.TimeFormat))
		if since, err := http.ParseTime(r.Header.Get("If-Modified-Since")); err == nil && !at.After(since) {
			s.unchanged.Add(1)
			w.WriteHeader(http.StatusNotModified)
			return
		}
		fmt.Fprintf(w, `<rss version="2.0"><channel><title>News</title><item><title>%d</title></item></channel></rss>`, at.Unix())
	})
	cursor := ""
	for i, want := range []int{1, 0, 0, 1, 0} { // the first is the first start's
		if i == 3 {
			at = at.Add(time.Hour)
		}
		items, next, err := src.Poll(t.Context(), cursor)
		if err != nil || len(items) != want {
			t.Errorf("poll %d: %+v (%v), want %d", i+1, items, err, want)
		}
		cursor = next
	}
	if n := s.unchanged.Load(); n != 3 {
		t.Errorf("%d answers were 304, want 3", n)
	}
}

// TestFeed_CursorStaysSmall feeds one source more than it remembers.
func TestFeed_CursorStaysSmall(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	src := source.Feed{Client: newClient(t), URL: s.url}
	cursor := ""
	for day := range 60 {
		s.play(func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `<rss version="2.0"><channel><title>News</title>`)
			for i := range 20 {
				fmt.Fprintf(w, `<item><guid>%s-%d-%d</guid><title>x</title></item>`, strings.Repeat("long", 100), day, i)
			}
			fmt.Fprint(w, `</channel></rss>`)
		})
		items, next, err := src.Poll(t.Context(), cursor)
		if err != nil || len(items) != 20 {
			t.Fatalf("day %d: %d items (%v)", day, len(items), err)
		}
		cursor = next
	}
	if len(cursor) > 12_000 {
		t.Errorf("the cursor has %d bytes", len(cursor))
	}
}

func TestClient_RetryAfter(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]time.Duration{"120": 2 * time.Minute, "": 0, "soon": 0, "-1": 0, "Mon, 02 Jan 2006 15:04:05 GMT": 0} {
		s := newServer(t)
		s.play(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", header)
			w.WriteHeader(http.StatusTooManyRequests)
		})
		_, _, err := source.Feed{Client: newClient(t), URL: s.url}.Poll(t.Context(), "")
		asked, ok := err.(interface{ RetryAfter() time.Duration })
		if !ok || asked.RetryAfter() != want {
			t.Errorf("Retry-After: %s is %v, want %v", header, err, want)
		}
	}
}

func TestClient_HidesSecretsInAddresses(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.play(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.String(), http.StatusFound) })
	for _, address := range []string{s.url + "?token=hunter2", "http://127.0.0.1:1/?token=hunter2", "http://%zz/?token=hunter2"} {
		_, _, err := source.Feed{Client: newClient(t), URL: address}.Poll(t.Context(), "")
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v", err)
		}
	}
}
