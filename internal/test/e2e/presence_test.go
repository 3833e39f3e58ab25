package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// onlyRuns waits until the processes that are registered are of these roles.
func (b *bot) onlyRuns(roles ...string) {
	b.Helper()
	slices.Sort(roles)
	testenv.Eventually(b, "nothing runs but "+strings.Join(roles, ", "), func() bool {
		s, err := presence.Read(b.Context(), b.rdb, b.environ["GOPHER_APP"])
		if err != nil {
			b.Fatal(err)
		}
		var running []string
		for _, i := range s.Instances {
			running = append(running, i.Role)
		}
		return slices.Equal(running, roles)
	})
}

// refused waits until a process has refused to start, and holds its last words to
// what they should say.
func (c *child) refused(t testing.TB, says ...string) {
	t.Helper()
	testenv.Next(t, c.exited)
	log := c.log.String()
	if c.ProcessState.ExitCode() != 1 || strings.Contains(log, "consumer takes events") || strings.Contains(log, "stands by to lead") || strings.Contains(log, "gateway serves") {
		t.Errorf("%s ended with %d:\n%s", c.Path, c.ProcessState.ExitCode(), log)
	}
	lines := strings.Split(strings.TrimSpace(log), "\n")
	for _, want := range says {
		if !strings.Contains(lines[len(lines)-1], want) {
			t.Errorf("the last line is %s\nwant in it: %s", lines[len(lines)-1], want)
		}
	}
}

// TestPresence_AnotherDeploymentIsRefused starts processes of another environment
// and of another workspace beside a consumer with the same GOPHER_APP.
func TestPresence_AnotherDeploymentIsRefused(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	app := "GOPHER_APP=" + b.environ["GOPHER_APP"]
	first := b.spawn(config.Consumer, "HEROKU_DYNO_ID=worker.1")
	first.logs(t, "consumer takes events")

	for _, p := range []config.Process{config.Consumer, config.BGTasks} {
		b.spawn(p, "ENV=staging", "HEROKU_DYNO_ID=worker.2").refused(t,
			string(p)+" worker.2 (ENV staging", "must not run beside consumer worker.1 (ENV production, team "+teamID+")", app, "forgotten after 30s")
		b.spawn(p, "ENV=").refused(t, "(ENV development") // the default
	}
	for _, p := range []config.Process{config.Gateway, config.Consumer, config.BGTasks} {
		b.spawn(p, "GOPHER_SLACK_TEAM_ID=T0OTHER", "PORT="+freePort(t)).refused(t, "team T0OTHER", "team "+teamID, app)
	}
	second := b.spawn(config.Consumer, "HEROKU_DYNO_ID=worker.3")
	second.logs(t, "consumer takes events")
	// What a gateway does does not depend on ENV.
	b.spawn(config.Gateway, "ENV=staging", "PORT="+freePort(t)).logs(t, "gateway serves")
	b.onlyRuns("consumer", "consumer", "gateway")

	b.start(config.Gateway)
	b.say(ada, adasDM, "flip a coin")
	b.calls("chat.postMessage", 1)
	b.settled()
	for _, c := range []*child{first, second} {
		if code := c.terminate(t); code != 0 {
			t.Errorf("exit code %d", code)
		}
	}
	// What was stopped is forgotten at once.
	b.spawn(config.Consumer, "ENV=staging").logs(t, "consumer takes events")
}

// TestPresence_AProcessThatDiedIsForgotten kills a consumer, which cannot say that
// it goes.
func TestPresence_AProcessThatDiedIsForgotten(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	b.environ["GOPHER_INSTANCE_TTL"] = "3s"
	first := b.spawn(config.Consumer)
	first.logs(t, "consumer takes events")
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	testenv.Next(t, first.exited)
	b.onlyRuns("consumer") // for all that Redis knows
	b.onlyRuns()
	b.spawn(config.Consumer, "ENV=staging").logs(t, "consumer takes events")
}
