package workqueue_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/workqueue"
)

// TestPublisher_FullWithAStream compares Full with Publish while a stream fills.
func TestPublisher_FullWithAStream(t *testing.T) {
	t.Parallel()
	for _, kind := range []redistest.Kind{redistest.Single, redistest.Clustered, redistest.Embedded} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			const limit = 3
			rdb, app := redistest.Open(t, kind), redistest.App()
			p, err := workqueue.NewPublisher(rdb, workqueue.PublisherOptions{App: app, MaxBacklog: limit, Shards: 2})
			if err != nil {
				t.Fatal(err)
			}
			for range limit {
				if err := p.Full(t.Context(), "greeting", "farewell"); err != nil {
					t.Fatalf("full before it is: %v", err)
				}
				// All of one partition are in the same shard.
				if _, err := p.Publish(t.Context(), workqueue.Event{Type: "farewell", Partition: "all"}); err != nil {
					t.Fatal(err)
				}
			}
			_, refused := p.Publish(t.Context(), workqueue.Event{Type: "farewell", Partition: "all"})
			full := p.Full(t.Context(), "greeting", "farewell")
			if !errors.Is(refused, workqueue.ErrFull) || !errors.Is(full, workqueue.ErrFull) || !strings.Contains(full.Error(), "farewell") {
				t.Errorf("published: %v; full: %v", refused, full)
			}
			if err := p.Full(t.Context(), "greeting"); err != nil {
				t.Errorf("full of others: %v", err)
			}
		})
	}
}

// TestPublisher_FullWithRedis has a Redis run out of memory, and get some again.
func TestPublisher_FullWithRedis(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		args []string
		full bool
	}{
		{"no limit", nil, false},
		{"out of memory", []string{"--maxmemory", "1", "--maxmemory-policy", "noeviction"}, true},
		{"it evicts", []string{"--maxmemory", "1", "--maxmemory-policy", "allkeys-lru"}, false},
		{"it does not say", []string{"--maxmemory", "1", "--maxmemory-policy", "noeviction", "--rename-command", "INFO", ""}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t, test.args...)
			rdb := redistest.Dial(t, server.URL())
			p, err := workqueue.NewPublisher(rdb, workqueue.PublisherOptions{App: "a"})
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Full(t.Context(), "greeting"); errors.Is(err, workqueue.ErrFull) != test.full || err != nil && !test.full {
				t.Errorf("full: %v", err)
			}
			if err := rdb.ConfigSet(t.Context(), "maxmemory", "0").Err(); err != nil {
				t.Fatal(err)
			}
			if err := p.Full(t.Context(), "greeting"); err != nil {
				t.Errorf("full with memory: %v", err)
			}
			server.Stop(t)
			if err := p.Full(t.Context(), "greeting"); err == nil || errors.Is(err, workqueue.ErrFull) {
				t.Errorf("full without Redis: %v", err)
			}
		})
	}
}
