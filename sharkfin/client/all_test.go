package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/sharkfin/sim"
	"github.com/gobridge/gopherbot/sharkfin/client"
)

// read reads all messages of town after an id.
func read(t *testing.T, c *client.RESTClient, after int64) (ids []int64) {
	t.Helper()
	for m, err := range c.All(t.Context(), "town", after) {
		if err != nil {
			t.Fatal(err)
		}
		if m.Channel != "town" {
			t.Fatalf("%+v", m)
		}
		ids = append(ids, m.ID)
	}
	return ids
}

func TestAll_JoinsPages(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 99, 100, 101, 250} {
		s := start(t, sim.Options{})
		for range n {
			s.say(t, "alice", "hello", true)
		}
		ids := read(t, s.rest(), 0)
		if len(ids) != n {
			t.Errorf("%d of %d messages", len(ids), n)
		}
		for i, id := range ids {
			if id != int64(i+1) {
				t.Fatalf("%d messages: %v", n, ids)
			}
		}
		if tail := read(t, s.rest(), int64(n)); len(tail) != 0 {
			t.Errorf("after the last: %v", tail)
		}
		if want, got := 1+n/100, s.Stats().Requests["GET /api/v1/channels/{}/messages"]-1; got != want {
			t.Errorf("%d messages in %d pages, want %d", n, got, want)
		}
	}
}

func TestAll_EndsWithTheLoop(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	for range 150 {
		s.say(t, "alice", "hello", true)
	}
	for range s.rest().All(t.Context(), "town", 0) {
		break
	}
	if n := s.Stats().Requests["GET /api/v1/channels/{}/messages"]; n != 1 {
		t.Errorf("%d pages", n)
	}
}

func TestAll_EndsAfterAnError(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	for range 150 {
		s.say(t, "alice", "hello", true)
	}
	var failed []error
	read := 0
	for _, err := range s.rest().All(t.Context(), "town", 0) {
		if err != nil {
			failed = append(failed, err)
			continue
		}
		if read++; read == 1 {
			s.Fail(sim.Fault{Status: 503})
		}
	}
	if read != 100 || len(failed) != 1 || !errors.Is(failed[0], client.ErrServer) {
		t.Errorf("%d messages, then %v", read, failed)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range s.rest().All(cancelled, "town", 0) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
	}
}

// Of a page that is larger than an answer may be, the messages that fit are used.
func TestAll_CutsLargePages(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	large := strings.Repeat("x", 30_000)
	for i := range 130 {
		body := fmt.Sprint("message ", i)
		if i%30 == 3 {
			body = large
		}
		s.say(t, "alice", body, false)
	}
	if ids := read(t, s.rest(client.WithMaxAnswer(80_000)), 0); len(ids) != 130 {
		t.Errorf("%d messages: %v", len(ids), ids)
	}
}

// A message that is larger than an answer may be, which the socket takes, must not hide those after
// it.
func TestAll_StepsOverAMessageThatIsTooLarge(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	s.say(t, "alice", "before", false)
	huge := s.say(t, "alice", strings.Repeat("x", 90_000), false)
	s.say(t, "alice", "after", false)
	var bodies []string
	for m, err := range s.rest(client.WithMaxAnswer(80_000)).All(t.Context(), "town", 0) {
		if err == nil {
			bodies = append(bodies, m.Body)
			continue
		}
		if !errors.Is(err, client.ErrTooLarge) || m.ID != huge || !strings.Contains(err.Error(), fmt.Sprint("message ", huge)) {
			t.Fatalf("%+v, %v", m, err)
		}
		bodies = append(bodies, "too large")
	}
	if got := strings.Join(bodies, ", "); got != "before, too large, after" {
		t.Error(got)
	}
}

// A server that repeats a page is not read for ever.
func TestAll_RefusesPagesThatDoNotAdvance(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`[{"id":7,"from":"a","body":"b"}]`))
	}))
	defer s.Close()
	c := client.NewRESTClient(s.URL, client.WithHTTPClient(s.Client()))
	var failed error
	for _, err := range c.All(t.Context(), "town", 7) {
		failed = err
	}
	if failed == nil || !strings.Contains(failed.Error(), "does not come after") {
		t.Error(failed)
	}
}

func TestListMessages_TooLarge(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	huge := s.say(t, "alice", strings.Repeat("x", 9_000_000), false)
	_, err := s.rest().ListMessages(t.Context(), "town", nil)
	if large, ok := errors.AsType[*client.LargeMessageError](err); !ok || !errors.Is(err, client.ErrTooLarge) || large.ID != huge || large.Channel != "town" {
		t.Errorf("%#v", err)
	}
}
