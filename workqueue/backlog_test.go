package workqueue_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// TestPublisher_MaxBacklogByRedisMemory publishes to Redis servers of different
// sizes, of which one does not say how large it is.
func TestPublisher_MaxBacklogByRedisMemory(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		args []string
		opts workqueue.PublisherOptions
		want int
		logs string
	}{
		{"100 MB", []string{"--maxmemory", "100mb"}, workqueue.PublisherOptions{}, 6_400, `"max_backlog":6400`},
		{"100 MB for two shards", []string{"--maxmemory", "100mb"}, workqueue.PublisherOptions{Shards: 2}, 3_200, `"max_backlog":3200`},
		{"configured", []string{"--maxmemory", "100mb"}, workqueue.PublisherOptions{MaxBacklog: 7}, 7, ""},
		{"INFO is not allowed", []string{"--rename-command", "INFO", "", "--maxmemory", "100mb"}, workqueue.PublisherOptions{}, 2_500, "until it does"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var log testenv.Log
			rdb := redistest.Dial(t, redistest.Start(t, test.args...).URL())
			opts := test.opts
			opts.App, opts.Log = "a", zerolog.New(&log)
			p, err := workqueue.NewPublisher(rdb, opts)
			if err != nil {
				t.Fatal(err)
			}
			for range 3 {
				if _, err := p.Publish(t.Context(), workqueue.Event{Type: "greeting"}); err != nil {
					t.Fatal(err)
				}
			}
			if got := p.MaxBacklog(t.Context()); got != test.want {
				t.Errorf("%d, want %d", got, test.want)
			}
			if n := strings.Count(log.String(), "\n"); n > 1 || !strings.Contains(log.String(), test.logs) || test.logs == "" && n > 0 {
				t.Errorf("logged %s", log.String())
			}
		})
	}
}

// TestPublisher_MaxBacklogOfACluster is that of the master with the least memory.
func TestPublisher_MaxBacklogOfACluster(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.Open(t, redistest.Clustered), redistest.App()
	machine := redistest.Dial(t, redistest.URL(t)) // none of the servers has a limit
	alone, err := workqueue.NewPublisher(machine, workqueue.PublisherOptions{App: app})
	if err != nil {
		t.Fatal(err)
	}
	clustered, err := workqueue.NewPublisher(rdb, workqueue.PublisherOptions{App: app, Shards: 3})
	if err != nil {
		t.Fatal(err)
	}
	if a, c := alone.MaxBacklog(t.Context()), clustered.MaxBacklog(t.Context()); c != a || c <= 2_500 {
		t.Errorf("%d with a shard on each of three masters, and %d on one server of this machine", c, a)
	}
}

// TestPublisher_MaxBacklogIsFoundOutLater begins while Redis is away.
func TestPublisher_MaxBacklogIsFoundOutLater(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, "--maxmemory", "100mb")
	rdb := redistest.Dial(t, server.URL())
	p, err := workqueue.NewPublisher(rdb, workqueue.PublisherOptions{App: "a"})
	if err != nil {
		t.Fatal(err)
	}
	server.Stop(t)
	if n := p.MaxBacklog(t.Context()); n != 2_500 {
		t.Errorf("%d while Redis is away", n)
	}
	server.Restart(t)
	testenv.Eventually(t, "the publisher knows", func() bool { return p.MaxBacklog(t.Context()) == 6_400 })
}

// TestPublisher_RedisIsFull refuses what comes, as a full stream does.
func TestPublisher_RedisIsFull(t *testing.T) {
	t.Parallel()
	rdb := redistest.Dial(t, redistest.Start(t, "--maxmemory", "1", "--maxmemory-policy", "noeviction").URL())
	p, err := workqueue.NewPublisher(rdb, workqueue.PublisherOptions{App: "a"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Publish(t.Context(), workqueue.Event{Type: "greeting", Key: "1"})
	if !errors.Is(err, workqueue.ErrFull) || !strings.Contains(err.Error(), "OOM") {
		t.Errorf("published: %v", err)
	}
	if got, want := p.Counts(), (workqueue.PublishCounts{Type: "greeting", Refused: 1}); len(got) != 1 || got[0] != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if err := rdb.ConfigSet(t.Context(), "maxmemory", "0").Err(); err != nil {
		t.Fatal(err)
	}
	if result, err := p.Publish(t.Context(), workqueue.Event{Type: "greeting", Key: "1"}); err != nil || result != workqueue.Queued {
		t.Errorf("published again: %v (%v)", result, err)
	}
}
