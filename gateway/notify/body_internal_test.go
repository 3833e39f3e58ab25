package notify

import (
	"errors"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/gateway/notify/problem"
)

// TestBodyLimit has as many large bodies arrive as may at once: one more is refused, small
// ones are read all the same, and there is room when one has been read.
func TestBodyLimit(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		maxFile int64
		large   int
	}{{1 << 20, 32}, {4 << 20, 10}, {20 << 20, 2}} {
		limit := newBodyLimit(bodyBound(test.maxFile))
		open := func(size int) (io.Reader, func()) {
			t.Helper()
			r := httptest.NewRequest("POST", "/", io.NopCloser(strings.NewReader(strings.Repeat("x", size))))
			r.ContentLength = -1
			body, release, p := limit.open(&call{w: httptest.NewRecorder(), r: r})
			if p != nil {
				t.Fatal(p)
			}
			return body, release
		}
		read := func(size int) (release func(), err error) {
			body, release := open(size)
			text, err := io.ReadAll(body)
			if err == nil && len(text) != size {
				t.Errorf("%d of %d bytes were read", len(text), size)
			}
			return release, err
		}
		var releases []func()
		for i := range test.large {
			release, err := read(smallBody + 1)
			if err != nil {
				t.Fatalf("large body %d of %d: %v", i, test.large, err)
			}
			releases = append(releases, release)
		}
		_, err := read(smallBody + 1)
		if p, ok := errors.AsType[*problem.Problem](err); !ok || p.Code != problem.Overloaded || p.RetryAfter == 0 {
			t.Errorf("one more: %v", err)
		}
		if _, err := read(smallBody - 1); err != nil {
			t.Errorf("a small one: %v", err)
		}
		releases[0]()
		releases[0]() // does nothing
		release, err := read(smallBody + 1)
		if err != nil {
			t.Errorf("after one was read: %v", err)
		}
		release()
		_, err = read(int(limit.bound) + 1)
		if p, ok := errors.AsType[*problem.Problem](err); !ok || p.Code != problem.TooLarge {
			t.Errorf("more than %d bytes: %v", limit.bound, err)
		}
	}
}
