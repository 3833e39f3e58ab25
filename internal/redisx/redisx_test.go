package redisx_test

import (
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/redisx"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

func TestMain(m *testing.M) { os.Exit(redistest.Main(m)) }

// TestOpen_TLS connects to a Redis like Heroku's: plain text on one port, and TLS with a
// self-signed certificate on the next.
func TestOpen_TLS(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, "--requirepass", "hunter2")
	server.ServeTLS(t)
	const skipVerify, nextPort, insecure = "GOPHER_REDIS_SKIPVERIFY=true", "GOPHER_REDIS_TLS_NEXT_PORT=true", "GOPHER_REDIS_INSECURE=true"
	for _, test := range []struct {
		name    string
		url     string
		set     []string
		fails   string
		overTLS bool
	}{
		{name: "a self-signed certificate", url: server.TLSURL(), fails: "certificate"},
		{name: "verification is disabled", url: server.TLSURL(), set: []string{skipVerify}, overTLS: true},
		{name: "on the next port", url: server.URL(), set: []string{skipVerify, nextPort}, overTLS: true},
		{name: "on the next port, with its certificate verified", url: server.URL(), set: []string{nextPort}, fails: "certificate"},
		{name: "the address is TLS already", url: server.TLSURL(), set: []string{skipVerify, nextPort}, overTLS: true},
		{name: "plain text is allowed", url: server.URL(), set: []string{insecure}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := config.Load(config.BGTasks, append(test.set,
				"REDIS_URL="+strings.Replace(test.url, "://", "://:hunter2@", 1), "GOPHER_SLACK_BOT_ACCESS_TOKEN=xoxb-1"))
			if err != nil {
				t.Fatal(err)
			}
			rdb, err := redisx.Open(c, 2)
			if err != nil {
				t.Fatal(err)
			}
			defer rdb.Close()
			client, err := rdb.ClientInfo(t.Context()).Result()
			if test.fails == "" && err != nil || test.fails != "" && (err == nil || !strings.Contains(err.Error(), test.fails)) {
				t.Errorf("asked: %v", err)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the password is in the error: %v", err)
			}
			if err == nil && strings.HasSuffix(server.TLSURL(), client.LAddr) != test.overTLS {
				t.Errorf("connected to %s, which is wrong about TLS", client.LAddr)
			}
		})
	}
}

func TestOpen_BoundsConnections(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	c, err := config.Load(config.BGTasks, []string{
		"REDIS_URL=" + server.URL(), "GOPHER_REDIS_INSECURE=true", "GOPHER_SLACK_BOT_ACCESS_TOKEN=xoxb-1",
	})
	if err != nil {
		t.Fatal(err)
	}
	rdb, err := redisx.Open(c, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer rdb.Close()
	var calls sync.WaitGroup
	for range 20 {
		calls.Go(func() {
			if err := rdb.XRead(t.Context(), &redis.XReadArgs{Streams: []string{"nothing", "0"}, Block: 20 * time.Millisecond}).Err(); !errors.Is(err, redis.Nil) {
				t.Error(err)
			}
		})
	}
	testenv.Wait(t, &calls)
	if n := rdb.PoolStats().TotalConns; n != 2 {
		t.Errorf("%d connections, want 2", n)
	}
}
