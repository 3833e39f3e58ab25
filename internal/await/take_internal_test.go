package await

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestWaiter_LearnsLater has Redis say nothing at the end of the budget, because the
// context of the call has ended. Run learns afterwards who won.
func TestWaiter_LearnsLater(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	for _, test := range []struct {
		name            string
		answer, expired bool // a consumer gave one; it has expired since
		logged          string
	}{
		{"nobody answered", false, false, ""},
		{"a consumer was first", true, false, "the person saw that it was late"},
		{"a consumer was first, long ago", true, true, "the person saw that it was late"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			log := &testenv.Log{}
			w := New(rdb, Options{App: app, Log: zerolog.New(log)})
			address, err := w.Register("")
			if err != nil {
				t.Fatal(err)
			}
			_, token, _ := strings.Cut(address, "/")
			answers := NewAnswers(rdb, app)
			if test.answer {
				if given, err := answers.Give(t.Context(), address, "Ev1", []byte("taken")); !given || err != nil {
					t.Fatalf("given %v, %v", given, err)
				}
			}
			if test.expired {
				if err := rdb.Del(t.Context(), w.keys.answer(token)).Err(); err != nil {
					t.Fatal(err)
				}
			}
			// No time at all for Redis.
			if _, answered, err := w.Await(t.Context(), address, time.Now(), 0); answered || !errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("%v, %v", answered, err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- w.Run(ctx) }()
			testenv.Eventually(t, "the verdict is known", func() bool {
				_, undecided, _ := w.expire()
				return !undecided
			})
			cancel()
			if err := testenv.Next(t, done); err != nil {
				t.Fatal(err)
			}
			if given, err := answers.Give(t.Context(), address, "Ev1", []byte("taken")); given != test.answer || err != nil {
				t.Errorf("given %v, %v", given, err)
			}
			if text := log.String(); text == "" != (test.logged == "") || !strings.Contains(text, test.logged) {
				t.Errorf("logged %q", text)
			}
		})
	}
}
