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
	"github.com/gobridge/gopherbot/internal/event"
	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
	"github.com/gobridge/gopherbot/internal/test/redistest"
)

// slackWorkspace is a workspace of Slack: its job keeps the name of earlier releases.
var slackWorkspace = event.Workspace{Source: event.Slack, ID: "T1"}

// lister is a ChannelLister with these channels.
type lister struct {
	channels []channeldir.Channel
	skipped  int
	err      error
}

func (l lister) Channels(context.Context) ([]channeldir.Channel, int, error) {
	return l.channels, l.skipped, l.err
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

func TestChannelDirectory_Fills(t *testing.T) {
	t.Parallel()
	ab := []channeldir.Channel{{ID: "CA", Name: "a"}, {ID: "CB", Name: "b"}}
	for _, test := range []struct {
		name string
		from lister
		want []string
	}{
		{"all", lister{channels: ab}, []string{"a", "b"}},
		{"channels without a name", lister{channels: ab, skipped: 3}, []string{"a", "b"}},
		{"a list that fails", lister{err: errors.New("away")}, nil},
	} {
		var s store
		var log strings.Builder
		err := bgtasks.ChannelDirectory(slackWorkspace, test.from, &s, time.Minute, zerolog.New(&log)).Run(t.Context(), nil)
		if !errors.Is(err, test.from.err) || !slices.Equal(s.names, test.want) {
			t.Errorf("%s: %q (%v), want %q", test.name, s.names, err, test.want)
		}
		if skips := test.from.skipped > 0; skips != strings.Contains(log.String(), `"skipped":3`) || !skips && log.Len() > 0 {
			t.Errorf("%s: logged %s", test.name, log.String())
		}
	}
}

// TestChannelDirectory_TwoPlatforms fills the directories of two platforms in turn:
// neither erases the other, nor its record.
func TestChannelDirectory_TwoPlatforms(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	names := map[string]bool{}
	type platform struct {
		workspace event.Workspace
		channel   channeldir.Channel
	}
	platforms := []platform{
		{slackWorkspace, channeldir.Channel{ID: "C1", Name: "general"}},
		{event.Workspace{Source: "mattermost"}, channeldir.Channel{ID: "town", Name: "town-square"}},
		{event.Workspace{Source: "mattermost.second", ID: "team"}, channeldir.Channel{ID: "town2", Name: "town-square"}},
	}
	for range 2 {
		for _, p := range platforms {
			directory := channeldir.NewDirectory(rdb, app, p.workspace)
			job := bgtasks.ChannelDirectory(p.workspace, lister{channels: []channeldir.Channel{p.channel}}, directory, time.Minute, zerolog.Nop())
			if err := job.Run(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			names[job.Name] = true
		}
	}
	for _, p := range platforms {
		for _, other := range platforms {
			id, err := channeldir.NewDirectory(rdb, app, p.workspace).ID(t.Context(), other.channel.Name)
			want := ""
			if other.channel.Name == p.channel.Name {
				want = p.channel.ID
			}
			if err != nil || id != want {
				t.Errorf("%v has #%s as %q (%v), want %q", p.workspace, other.channel.Name, id, err, want)
			}
		}
	}
	if len(names) != 3 || !names["channel-directory"] {
		t.Errorf("jobs %v, want three, and Slack's as it was", names)
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
	err := bgtasks.ChannelDirectory(slackWorkspace, reader, &store{}, time.Hour, zerolog.Nop()).Run(t.Context(), nil)
	asked, ok := errors.AsType[interface {
		error
		RetryAfter() time.Duration
	}](err)
	if !ok || asked.RetryAfter() != time.Minute {
		t.Errorf("%v, want an error that says to wait a minute", err)
	}
}

// brokenQueue is a Queue that fails for one type.
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
