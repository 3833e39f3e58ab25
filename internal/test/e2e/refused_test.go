package e2e

import (
	"strconv"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestProcesses_RefusedByRedis starts the processes with a password that Redis
// does not have. Each says so once, with what to do, and none ends; they begin to
// work when Redis has it.
func TestProcesses_RefusedByRedis(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, strings.Fields("--requirepass new --user test on >test ~* &* +@all")...)
	login := func(user string) string { return strings.Replace(server.URL(), "://", "://"+user+"@", 1) }
	b := newBotWith(t, redistest.Dial(t, login("test:test")), map[string]string{"REDIS_URL": login(":old"), "GOPHER_LOG_LEVEL": "info"})
	children := []*child{b.spawn(config.Consumer), b.spawn(config.BGTasks)}
	b.start(config.Gateway)
	for _, c := range append(children, &child{log: b.log}) {
		c.logs(t, "WRONGPASS")
	}
	refusals := func() int {
		n, _ := strconv.Atoi(strings.TrimPrefix(b.rdb.InfoMap(t.Context(), "errorstats").Val()["Errorstats"]["errorstat_WRONGPASS"], "count="))
		return n
	}
	first := refusals()
	testenv.Eventually(t, "they have tried again and again", func() bool { return refusals() > first+5 })
	if status := b.post(message("Ev1", now(), mention+"flip a coin"), nil); status != 503 {
		t.Errorf("an event answered with %d", status)
	}
	if err := b.rdb.ConfigSet(t.Context(), "requirepass", "old").Err(); err != nil {
		t.Fatal(err)
	}
	testenv.Eventually(t, "the gateway is ready", func() bool { return b.get("/readyz") == 200 })
	b.waitForDirectory()
	b.say(ada, general, mention+"flip a coin")
	b.calls("chat.postMessage", 1)
	for _, c := range children {
		var errs []string // a stale heartbeat, if it comes to that, is a warning
		for line := range strings.Lines(c.log.String()) {
			if strings.Contains(line, `"level":"error"`) {
				errs = append(errs, line)
			}
		}
		if len(errs) != 1 || !strings.Contains(errs[0], "the user and password that Redis has now into REDIS_URL") {
			t.Errorf("%s has these errors: %q", c.Path, errs)
		}
		if code := c.terminate(t); code != 0 {
			t.Errorf("%s ended with %d", c.Path, code)
		}
	}
}
