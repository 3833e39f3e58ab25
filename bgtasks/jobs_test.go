package bgtasks_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"github.com/gobridge/gopherbot/bgtasks"
	"github.com/gobridge/gopherbot/internal/channels"
)

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

func (s *store) Fill(ctx context.Context, list func(context.Context) ([]channels.Channel, error)) error {
	all, err := list(ctx)
	for _, c := range all {
		s.names = append(s.names, c.Name)
	}
	return err
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
		err := bgtasks.ChannelDirectory(test.pages, &s, time.Minute).Run(t.Context(), nil)
		if (err != nil) != test.fails || !slices.Equal(s.names, test.want) {
			t.Errorf("%s: %q (%v), want %q", test.name, s.names, err, test.want)
		}
	}
}

// limited is a ConversationLister that is asked too often.
type limited struct{}

func (limited) GetConversationsContext(context.Context, *slack.GetConversationsParameters) ([]slack.Channel, string, error) {
	return nil, "", &slack.RateLimitedError{RetryAfter: time.Minute}
}

func TestTheChannelDirectoryWaitsForSlacksRateLimit(t *testing.T) {
	t.Parallel()
	err := bgtasks.ChannelDirectory(limited{}, &store{}, time.Hour).Run(t.Context(), nil)
	told, ok := err.(interface{ RetryAfter() time.Duration })
	if !ok || told.RetryAfter() != time.Minute {
		t.Errorf("%v, want an error that says to wait a minute", err)
	}
}

// brokenQueue is a Queue of which one type makes trouble.
type brokenQueue struct{ asked []string }

func (q *brokenQueue) TrimDead(_ context.Context, eventType string, age time.Duration) (int64, error) {
	q.asked = append(q.asked, fmt.Sprint("trim ", eventType, " ", age))
	if eventType == "b" {
		return 0, errors.New("away")
	}
	return 1, nil
}

func (q *brokenQueue) Sweep(_ context.Context, eventType string, _ time.Duration) ([]string, error) {
	q.asked = append(q.asked, "sweep "+eventType)
	return nil, nil
}

func TestHousekeepingDoesAllTypesWhateverBecomesOfOne(t *testing.T) {
	t.Parallel()
	var q brokenQueue
	err := bgtasks.Housekeeping(&q, time.Hour, time.Minute, "a", "b", "c").Run(t.Context(), nil)
	want := []string{"trim a 1m0s", "sweep a", "trim b 1m0s", "sweep b", "trim c 1m0s", "sweep c"}
	if err == nil || !slices.Equal(q.asked, want) {
		t.Errorf("%q (%v), want %q and an error", q.asked, err, want)
	}
}
