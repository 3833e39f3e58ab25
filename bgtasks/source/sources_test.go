package source_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/bgtasks/source"
)

// anySource is the interface of all sources.
type anySource interface {
	Name() string
	Poll(ctx context.Context, cursor string) ([]source.Item, string, error)
}

// server is a fake server whose content a test changes.
type server struct {
	url     string // with the slash
	content atomic.Pointer[http.HandlerFunc]
	// unchanged counts the requests that were answered with 304.
	unchanged atomic.Int64
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if agent := r.UserAgent(); !strings.HasPrefix(agent, "gopherbot (+https://") {
			t.Errorf("asked by %q", agent)
		}
		(*s.content.Load())(w, r)
	}))
	t.Cleanup(web.Close)
	s.url = web.URL + "/"
	return s
}

func (s *server) play(h http.HandlerFunc) { s.content.Store(&h) }

// newClient returns a client of the test's own, which waits 2 seconds.
func newClient(t *testing.T) *source.Client { return impatient(t, 2*time.Second) }

func impatient(t *testing.T, timeout time.Duration) *source.Client {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return source.NewClient(transport, timeout)
}

// withETag answers like h, or 304 if the client has the answer.
func (s *server) withETag(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		recorded := httptest.NewRecorder()
		h(recorded, r)
		tag := fmt.Sprintf(`W/"%d-%x"`, recorded.Body.Len(), recorded.Body.Bytes()[max(0, recorded.Body.Len()-40):])
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			s.unchanged.Add(1)
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.WriteHeader(recorded.Code)
		_, _ = w.Write(recorded.Body.Bytes())
	}
}

// kind is a source whose fake server has n things, numbered from 1.
type kind struct {
	name string
	make func(c *source.Client, url string) anySource
	// play serves the first n things as the real server would.
	play func(n int) http.HandlerFunc
	want func(url string, i int) source.Item
}

var start = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

var kinds = []kind{
	{
		"gerrit",
		func(c *source.Client, url string) anySource {
			return source.Gerrit{Client: c, URL: url, Projects: []string{"go", "tools"}}
		},
		playGerrit,
		func(url string, i int) source.Item {
			project := []string{"go", "tools"}[i%2]
			return source.Item{ID: strconv.Itoa(700000 + i), Text: "[" + project + "]", Link: fmt.Sprintf("%sc/%s/+/%d", url, project, 700000+i),
				Title: fmt.Sprintf("cmd/compile: make it %d%% \"faster\" <again>", i)}
		},
	},
	{
		"mastodon",
		func(c *source.Client, url string) anySource {
			return source.Mastodon{Client: c, URL: url, Account: "golang"}
		},
		playMastodon,
		func(url string, i int) source.Item {
			host := strings.Trim(strings.TrimPrefix(url, "http://"), "/")
			return source.Item{ID: statusID(i), Text: "@golang@" + host + ": Go " + strconv.Itoa(i) + " is <fast> & fun. https://go.dev/", Link: "https://mastodon.example/@golang/" + statusID(i), Title: "the status"}
		},
	},
	{
		"releases",
		func(c *source.Client, url string) anySource { return source.Releases{Client: c, URL: url} },
		func(n int) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/dl/" || r.URL.Query().Get("mode") != "json" {
					http.NotFound(w, r)
					return
				}
				var list []any
				for i := n; i > 0; i-- {
					list = append(list, map[string]any{"version": fmt.Sprint("go1.26.", i), "stable": true,
						"files": []any{map[string]any{"filename": "go.src.tar.gz", "os": "", "arch": "", "sha256": "0", "size": 1, "kind": "source"}}})
				}
				_ = json.NewEncoder(w).Encode(list)
			}
		},
		func(url string, i int) source.Item {
			return source.Item{ID: fmt.Sprint("go1.26.", i), Text: fmt.Sprint("Go 1.26.", i, " is released:"), Link: fmt.Sprint(url, "doc/devel/release#go1.26.", i), Title: "what is in it"}
		},
	},
	{
		"RSS",
		func(c *source.Client, url string) anySource { return source.Feed{Client: c, URL: url + "feed.xml"} },
		func(n int) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprint(w, `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>A &amp; B</title><link>https://example.com/</link>`)
				for i := n; i > 0; i-- {
					fmt.Fprintf(w, `<item><title>Post %d &lt;b&gt;bold&lt;/b&gt;</title><link>https://example.com/%d</link><guid>urn:post:%d</guid><pubDate>%s</pubDate></item>`,
						i, i, i, start.Add(time.Duration(i)*time.Hour).Format(time.RFC1123Z))
				}
				fmt.Fprint(w, `</channel></rss>`)
			}
		},
		func(_ string, i int) source.Item {
			return source.Item{ID: fmt.Sprint("urn:post:", i), Text: "A & B:", Link: fmt.Sprint("https://example.com/", i), Title: fmt.Sprintf("Post %d bold", i)}
		},
	},
	{
		"Atom",
		func(c *source.Client, url string) anySource { return source.Feed{Client: c, URL: url + "feed.atom"} },
		func(n int) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprint(w, `<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>The Go Blog</title><id>tag:blog</id>`)
				for i := n; i > 0; i-- { // without dates that can be compared
					fmt.Fprintf(w, `<entry><title>Post %d</title><id>tag:blog,%d</id><link rel="alternate" href="/blog/%d"/></entry>`, i, i, i)
				}
				fmt.Fprint(w, `</feed>`)
			}
		},
		func(url string, i int) source.Item {
			return source.Item{ID: fmt.Sprint("tag:blog,", i), Text: "The Go Blog:", Link: fmt.Sprint(url, "blog/", i), Title: fmt.Sprint("Post ", i)}
		},
	},
}

// playGerrit serves n merged changes, a minute apart, and beside them one that
// was merged before all of them and is commented on all the time.
func playGerrit(n int) http.HandlerFunc {
	after := regexp.MustCompile(`^status:merged \(project:go OR project:tools\)(?: after:"([^"]+)")?$`)
	return func(w http.ResponseWriter, r *http.Request) {
		query := after.FindStringSubmatch(r.URL.Query().Get("q"))
		limit, err := strconv.Atoi(r.URL.Query().Get("n"))
		if r.URL.Path != "/changes/" || query == nil || err != nil {
			http.Error(w, "line 1:0 no viable alternative", http.StatusBadRequest)
			return
		}
		skip, _ := strconv.Atoi(r.URL.Query().Get("S"))
		since := time.Time{}
		if query[1] != "" {
			if since, err = time.Parse(time.DateTime, query[1]); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
		}
		list := []map[string]any{{"id": "go~old", "_number": 1, "project": "go", "status": "MERGED", "subject": "old", "submitted": "2009-11-10 23:00:00.000000000"}}
		for i := n; i > 0; i-- {
			at := start.Add(time.Duration(i) * time.Minute)
			if at.Before(since) {
				break
			}
			list = append(list, map[string]any{
				"id": "go~x", "_number": 700000 + i, "project": []string{"go", "tools"}[i%2], "branch": "master", "status": "MERGED",
				"subject": fmt.Sprintf("cmd/compile: make it %d%% \"faster\" <again>", i), "submitted": at.Format("2006-01-02 15:04:05.000000000"),
				"owner": map[string]any{"_account_id": 1},
			})
		}
		page := list[min(skip, len(list)):min(skip+limit, len(list))]
		if skip+limit < len(list) {
			page[len(page)-1]["_more_changes"] = true
		}
		fmt.Fprint(w, ")]}'\n")
		_ = json.NewEncoder(w).Encode(page)
	}
}

// statusID is an id that a float64 cannot hold; the hundredth has a digit more.
func statusID(i int) string { return fmt.Sprintf("99999999999999%04d", 9900+i) }

func playMastodon(n int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		switch r.URL.Path {
		case "/api/v1/accounts/lookup":
			if q.Get("acct") != "golang" {
				http.NotFound(w, r)
				return
			}
			fmt.Fprint(w, `{"id":"109348","username":"golang","acct":"golang"}`)
		case "/api/v1/accounts/109348/statuses":
			limit, err := strconv.Atoi(q.Get("limit"))
			if err != nil || limit > 40 || q.Get("exclude_replies") != "true" || q.Get("exclude_reblogs") != "true" {
				http.Error(w, `{"error":"no"}`, http.StatusUnprocessableEntity)
				return
			}
			list := []any{}
			for i := n; i > 0 && len(list) < limit; i-- {
				if id := statusID(i); (q.Get("max_id") == "" || less(id, q.Get("max_id"))) && (q.Get("since_id") == "" || less(q.Get("since_id"), id)) {
					list = append(list, map[string]any{
						"id": id, "created_at": "2026-11-01T12:00:00.000Z", "visibility": "public", "spoiler_text": "", "reblog": nil,
						"url":     "https://mastodon.example/@golang/" + id,
						"content": fmt.Sprintf(`<p>Go %d is &lt;fast&gt; &amp; <b>fun</b>.</p><p><a href="https://go.dev/"><span class="invisible">https://</span><span>go.dev/</span></a></p>`, i),
					})
				}
			}
			_ = json.NewEncoder(w).Encode(list)
		default:
			http.NotFound(w, r)
		}
	}
}

func less(a, b string) bool { return len(a) < len(b) || len(a) == len(b) && a < b }

// goTime is a kind that has a test of its own, but fails as all do.
var goTime = kind{
	"go time",
	func(c *source.Client, url string) anySource {
		return source.GoTime{Client: c, URL: url, Now: func() time.Time { return start }}
	},
	func(int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"streaming":false}`) }
	},
	nil,
}
