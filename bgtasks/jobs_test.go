package bgtasks_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/bgtasks"
	"github.com/gobridge/gopherbot/internal/channeldir"
	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
)

// pages is a ChannelLister with these pages; the cursor of page n is "n".
type pages [][]string

func (p pages) PublicChannels(_ context.Context, cursor string) (page slackapi.ConversationPage, err error) {
	n := 0
	if cursor != "" {
		_, _ = fmt.Sscan(cursor, &n)
	}
	if n < len(p)-1 {
		page.Next = fmt.Sprint(n + 1)
	}
	for _, name := range p[min(n, len(p)-1)] {
		switch name {
		case "error":
			return page, errors.New("away")
		case "stuck":
			page.Next = cursor
		case "":
			page.Skipped++
		default:
			page.Conversations = append(page.Conversations, slackapi.Conversation{ID: "C" + name, Name: name})
		}
	}
	return page, nil
}

// store is a ChannelStore.
type store struct{ names []string }

func (s *store) Fill(ctx context.Context, list func(context.Context) ([]channeldir.Channel, error)) error {
	all, err := list(ctx)
	for _, c := range all {
		s.names = append(s.names, c.Name)
	}
	return err
}

func TestChannelDirectory_ReadsAllPages(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		pages pages
		want  []string
		fails bool
	}{
		{"one page", pages{{"a", "b"}}, []string{"a", "b"}, false},
		{"three pages, one of them empty", pages{{"a"}, {}, {"b"}}, []string{"a", "b"}, false},
		{"channels without a name", pages{{"a", ""}, {"", ""}, {"b"}}, []string{"a", "b"}, false},
		{"a page that fails", pages{{"a"}, {"error"}}, nil, true},
		{"a cursor that stands still", pages{{"a"}, {"stuck"}, {"b"}}, nil, true},
	} {
		var s store
		var log strings.Builder
		err := bgtasks.ChannelDirectory(test.pages, &s, time.Minute, zerolog.New(&log)).Run(t.Context(), nil)
		if (err != nil) != test.fails || !slices.Equal(s.names, test.want) {
			t.Errorf("%s: %q (%v), want %q", test.name, s.names, err, test.want)
		}
		if skips := test.name == "channels without a name"; skips != strings.Contains(log.String(), `"skipped":3`) || !skips && log.Len() > 0 {
			t.Errorf("%s: logged %s", test.name, log.String())
		}
	}
}

// TestChannelDirectory_WaitsForRateLimit asks a Web API that is asked too
// often.
func TestChannelDirectory_WaitsForRateLimit(t *testing.T) {
	t.Parallel()
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "60")
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	defer api.Close()
	reader := slackapi.NewReader("xoxb-1", api.URL+"/", &http.Transport{DisableKeepAlives: true})
	err := bgtasks.ChannelDirectory(reader, &store{}, time.Hour, zerolog.Nop()).Run(t.Context(), nil)
	told, ok := errors.AsType[interface {
		error
		RetryAfter() time.Duration
	}](err)
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

func (q *brokenQueue) RemoveIdleConsumers(_ context.Context, eventType string, _ time.Duration) ([]string, error) {
	q.asked = append(q.asked, "sweep "+eventType)
	return nil, nil
}

func TestHousekeeping_OneTypeFails(t *testing.T) {
	t.Parallel()
	var q brokenQueue
	err := bgtasks.Housekeeping(&q, time.Hour, time.Minute, "a", "b", "c").Run(t.Context(), nil)
	want := []string{"trim a 1m0s", "sweep a", "trim b 1m0s", "sweep b", "trim c 1m0s", "sweep c"}
	if err == nil || !slices.Equal(q.asked, want) {
		t.Errorf("%q (%v), want %q and an error", q.asked, err, want)
	}
}
