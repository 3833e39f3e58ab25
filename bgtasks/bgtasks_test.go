package bgtasks_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"github.com/slack-go/slack"
	"go.uber.org/goleak"

	"github.com/gobridge/gopherbot/bgtasks"
	"github.com/gobridge/gopherbot/internal/channels"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestWhenJobsRun runs in synthetic time: hours pass in no time.
func TestWhenJobsRun(t *testing.T) {
	for _, test := range []struct {
		name    string
		results []error // of the runs; then nil
		want    []time.Duration
	}{
		{"at once, then at its times", nil, []time.Duration{0, 10 * time.Minute, 20 * time.Minute}},
		{"sooner after a failure, and less soon after the next",
			[]error{errors.New("a"), errors.New("b"), errors.New("c"), nil, errors.New("d")},
			[]time.Duration{0, time.Second, 3 * time.Second, 7 * time.Second, 7*time.Second + 10*time.Minute, 8*time.Second + 10*time.Minute}},
		{"no sooner after a whole day of failures", slices.Repeat([]error{errors.New("away")}, 144), nil},
	} {
		if test.want == nil {
			// It doubles from a second until it reaches the period.
			at, pause := time.Duration(0), time.Second
			for range 144 {
				test.want = append(test.want, at)
				at += pause
				pause = min(2*pause, 10*time.Minute)
			}
		}
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				start := time.Now()
				var ran []time.Duration
				r, err := bgtasks.New(zerolog.Nop(), bgtasks.Job{
					Name: "test", Every: 10 * time.Minute, Timeout: time.Second,
					Run: func(context.Context) error {
						ran = append(ran, time.Since(start))
						if len(ran) == len(test.want) {
							cancel()
						}
						if n := len(ran); n <= len(test.results) {
							return test.results[n-1]
						}
						return nil
					},
				})
				if err != nil {
					t.Fatal(err)
				}
				if err := r.Run(ctx); err != nil {
					t.Error(err)
				}
				if !slices.Equal(ran, test.want) {
					t.Errorf("ran at %v, want %v", ran, test.want)
				}
			})
		})
	}
}

func TestOneJobsFailureIsNoOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var log strings.Builder
		runs := 0
		job := func(name string, run func(context.Context) error) bgtasks.Job {
			return bgtasks.Job{Name: name, Every: time.Minute, Timeout: time.Second, Run: run}
		}
		r, err := bgtasks.New(zerolog.New(zerolog.SyncWriter(&log)),
			job("panics", func(context.Context) error { panic("not today") }),
			job("hangs", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }),
			job("works", func(context.Context) error {
				if runs++; runs == 5 {
					cancel()
				}
				return nil
			}),
		)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Run(ctx); err != nil {
			t.Error(err)
		}
		for _, want := range []string{`"job":"panics","error":"panic: not today`, `"job":"hangs","error":"context deadline exceeded"`} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("not in the log: %s", want)
			}
		}
	})
}

func TestBadJobsAreNamed(t *testing.T) {
	t.Parallel()
	_, err := bgtasks.New(zerolog.Nop(), bgtasks.Job{Name: "half done"})
	if err == nil || !strings.Contains(err.Error(), `job "half done"`) {
		t.Error(err)
	}
}

// pages is a ConversationLister with these pages; the cursor of page n is "n".
type pages [][]string

func (p pages) GetConversationsContext(_ context.Context, params *slack.GetConversationsParameters) ([]slack.Channel, string, error) {
	n := 0
	if params.Cursor != "" {
		_, _ = fmt.Sscan(params.Cursor, &n)
	}
	if n >= len(p) {
		return nil, params.Cursor, nil // a server that never ends
	}
	var list []slack.Channel
	for _, name := range p[n] {
		c := slack.Channel{}
		c.ID, c.Name = "C"+name, name
		list = append(list, c)
	}
	next := fmt.Sprint(n + 1)
	if n == len(p)-1 {
		next = ""
	}
	if name := p[n]; len(name) > 0 && name[0] == "error" {
		return nil, "", errors.New("away")
	}
	if name := p[n]; len(name) > 0 && name[0] == "stuck" {
		next = params.Cursor
	}
	return list, next, nil
}

// store is a ChannelStore.
type store struct{ names []string }

func (s *store) Replace(_ context.Context, list []channels.Channel) error {
	for _, c := range list {
		s.names = append(s.names, c.Name)
	}
	return nil
}

func TestTheChannelDirectoryHasAllPages(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		pages pages
		want  []string
		fails bool
	}{
		{"one page", pages{{"a", "b"}}, []string{"a", "b"}, false},
		{"three pages, one of them empty", pages{{"a"}, {}, {"b"}}, []string{"a", "b"}, false},
		{"a page that fails", pages{{"a"}, {"error"}}, nil, true},
		{"a cursor that stands still", pages{{"a"}, {"stuck"}, {"b"}}, nil, true},
	} {
		var s store
		err := bgtasks.ChannelDirectory(test.pages, &s).Run(t.Context())
		if (err != nil) != test.fails || !slices.Equal(s.names, test.want) {
			t.Errorf("%s: %q (%v), want %q", test.name, s.names, err, test.want)
		}
	}
}
