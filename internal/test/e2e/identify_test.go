package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestConsumer_RefusedToken starts a consumer with a token that Slack refuses. It
// keeps running, is not ready, says what to fix, and takes no event; it stops when it
// is told to. A consumer with the right token then answers the event that waited.
func TestConsumer_RefusedToken(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	b.start(config.Gateway)
	b.start(config.BGTasks)
	b.waitForDirectory()
	address := "127.0.0.1:" + freePort(t)
	c := b.spawn(config.Consumer, "GOPHER_SLACK_BOT_ACCESS_TOKEN=xoxb-guessed", "GOPHER_CONSUMER_LISTEN="+address)
	c.logs(t, `"platform":"slack"`)
	c.logs(t, "invalid_auth")
	c.logs(t, "identify the bot: the platform refuses it")
	status := func(path string) int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		return b.request(r)
	}
	if alive, ready := status("/healthz"), status("/readyz"); alive != http.StatusOK || ready != http.StatusServiceUnavailable {
		t.Errorf("/healthz answers %d and /readyz %d", alive, ready)
	}
	b.say(ada, general, mention+"flip a coin")
	testenv.Eventually(t, "the event waits", func() bool { return b.entries() == 1 })
	if code := c.terminate(t); code != 0 {
		t.Errorf("the consumer ends with %d", code)
	}
	if log := c.log.String(); strings.Contains(log, "xoxb-guessed") || strings.Contains(log, "takes events") {
		t.Errorf("the consumer logs:\n%s", log)
	}
	b.start(config.Consumer)
	b.calls("chat.postMessage", 1)
}
