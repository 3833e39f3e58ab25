package e2e

import (
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

func TestBot_RedisCluster(t *testing.T) {
	t.Parallel()
	cluster := redistest.StartCluster(t)
	b := newBotWith(t, cluster.Dial(t), map[string]string{
		"REDIS_URL": "redis://" + cluster.Addrs()[0], "GOPHER_REDIS_MODE": "cluster", "GOPHER_QUEUE_SHARDS": "3",
	})
	b.startAll()
	for _, channel := range []string{general, "C03REVIEWS", "C04SHOWANDTELL", "C05PERFORMANCE", "C06SECURITY", "C07JOBS", "C08RANDOM"} {
		b.say(ada, channel, "I love bbq")
	}
	b.calls("reactions.add", 7)
	b.say(ada, adasDM, "flip a coin")
	b.calls("chat.postMessage", 1)
}

// TestBot_RedisSentinel kills the master. What is said while there is none
// gets an error from the gateway, and is sent again as Slack does.
func TestBot_RedisSentinel(t *testing.T) {
	t.Parallel()
	guarded := redistest.StartGuarded(t)
	b := newBotWith(t, guarded.Dial(t), map[string]string{"REDIS_URL": guarded.URL(), "GOPHER_REDIS_MODE": "sentinel"})
	b.startAll()
	b.say(ada, general, "bbq before")
	b.calls("reactions.add", 1)
	guarded.Master.Stop(t)
	testenv.Eventually(t, "the gateway is ready again", func() bool { return b.get("/readyz") == 200 })
	b.say(ada, general, "bbq after")
	b.calls("reactions.add", 2)
	if n := strings.Count(b.log.String(), "the queue cannot be read; trying again"); n > 1 {
		t.Errorf("the outage was reported %d times", n)
	}
}
