package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/config"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

func TestBot_SlackFails(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]slacksim.Fault{
		"rate limited":   {Status: 429, RetryAfter: time.Second},
		"a server error": {Status: 500},
		"no answer":      {Hang: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBot(t)
			b.timeouts.HTTP, b.timeouts.Action = time.Second, 2*time.Second
			b.startAll()
			b.slack.Fail("chat.postMessage", fault)
			b.say(ada, general, mention+"flip a coin")
			b.calls("chat.postMessage", 1)
			b.settled()
			if calls := b.slack.Calls("chat.postMessage"); len(calls) != 2 {
				t.Errorf("%d calls, want the one that failed and the answer", len(calls))
			}
		})
	}
}

func TestBot_ReactionExists(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	b.startAll()
	b.slack.Fail("reactions.add", slacksim.Fault{Error: "already_reacted"})
	b.say(ada, general, "I love bbq")
	testenv.Eventually(t, "it was tried", func() bool { return len(b.slack.Calls("reactions.add")) == 1 })
	b.settled()
}

func TestBot_RedisOutage(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	b := newBotOn(t, server.URL())
	b.startAll()
	b.say(ada, adasDM, "flip a coin")
	b.calls("chat.postMessage", 1)

	server.Stop(t)
	if status := b.get("/readyz"); status != 503 {
		t.Errorf("readyz without Redis: %d", status)
	}
	if status := b.get("/healthz"); status != 200 {
		t.Errorf("healthz without Redis: %d", status)
	}
	if status := b.post(message("Ev1", now(), mention+"flip a coin"), nil); status != 503 {
		t.Errorf("an event without Redis: %d", status)
	}

	server.Restart(t)
	testenv.Eventually(t, "the gateway is ready again", func() bool { return b.get("/readyz") == 200 })
	if status := b.post(message("Ev1", now(), mention+"flip a coin"), nil); status != 200 {
		t.Errorf("the event sent again: %d", status)
	}
	b.calls("chat.postMessage", 2)
}

// TestProcesses_RedisConnections lets Redis accept as many connections
// as the README says that one gateway, two consumers and one bgtasks use, and
// one for the test itself.
func TestProcesses_RedisConnections(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	b := newBotOn(t, server.URL())
	if err := b.rdb.ConfigSet(t.Context(), "maxclients", "14").Err(); err != nil {
		t.Fatal(err)
	}
	b.startAll()
	b.start(config.Consumer)
	const messages = 300
	for i := range messages {
		b.say(ada, general, fmt.Sprintf("define goroutine? I love bbq, %d times", i))
	}
	b.calls("reactions.add", messages)
	b.settled()
	info := b.rdb.InfoMap(t.Context(), "stats", "clients").Val()
	if refused := info["Stats"]["rejected_connections"]; refused != "0" {
		t.Errorf("Redis refused %s connections", refused)
	}
	t.Logf("%s connections to Redis, the test's own among them", info["Clients"]["connected_clients"])
}
