package xkcd_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/xkcd"
)

func TestClient_Newest(t *testing.T) {
	t.Parallel()
	var asked, newest atomic.Int64
	newest.Store(3170)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.URL.Path != "/info.0.json" {
			http.NotFound(w, r)
			return
		}
		fmt.Fprintf(w, `{"month": "11", "num": %d, "link": "", "safe_title": "A title", "img": "https://imgs.xkcd.com/comics/a.png"}`, newest.Load())
	}))
	t.Cleanup(server.Close)
	var clock atomic.Int64
	c := xkcd.New(server.URL+"/", nil, func() time.Time { return time.Unix(1764200000+clock.Load(), 0) })
	for _, test := range []struct {
		after       time.Duration
		want, asked int64
	}{{0, 3170, 1}, {59 * time.Minute, 3170, 1}, {time.Hour, 3171, 2}} {
		clock.Store(int64(test.after.Seconds()))
		got, err := c.Newest(t.Context())
		if err != nil || int64(got) != test.want || asked.Load() != test.asked {
			t.Errorf("after %v: %d (%v) with %d requests, want %d with %d", test.after, got, err, asked.Load(), test.want, test.asked)
		}
		newest.Store(3171)
	}
}

func TestClient_Errors(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"down":       func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "x", http.StatusServiceUnavailable) },
		"no JSON":    func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") },
		"no number":  func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"title": "x"}`) },
		"hanging up": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(answer)
			t.Cleanup(server.Close)
			if n, err := xkcd.New(server.URL+"/", nil, nil).Newest(t.Context()); err == nil {
				t.Errorf("%d, want an error", n)
			}
		})
	}
}
