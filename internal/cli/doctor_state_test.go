package cli_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/internal/doctor"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// chatsFail has Slack answer each post with an error.
func (d *deployment) chatsFail(code string) {
	d.slack.Disturb(func(c slacksim.Call) slacksim.Fault {
		if strings.HasPrefix(c.Method, "chat.") || c.Method == "conversations.open" {
			return slacksim.Fault{Error: code}
		}
		return slacksim.Fault{}
	})
}

// join has people join the workspace, and waits until the queue is in a state.
func (d *deployment) join(people int, until string, is func(workqueue.Stats) bool) {
	d.t.Helper()
	d.sends(false)
	for range people {
		_, err := d.slack.JoinWorkspace()
		d.must(err)
	}
	queue, err := workqueue.NewInspector(redistest.Dial(d.t, d.redis.URL()), "gopherbot")
	d.must(err)
	testenv.Eventually(d.t, until, func() bool {
		stats, err := queue.Stats(d.t.Context(), "team_join")
		return err == nil && is(stats[0])
	})
}

// fillQueue stops the consumer and has people join until the gateway takes no more events.
func (d *deployment) fillQueue() {
	d.stops[app.Consumer]()
	d.join(120, "the queue is full", func(s workqueue.Stats) bool { return s.Depth == 100 })
}

// makeDeadLetters has people join while the bot may not post.
func (d *deployment) makeDeadLetters(n int) {
	d.chatsFail("restricted_action")
	d.join(n, "all are dead letters", func(s workqueue.Stats) bool { return s.Dead == int64(n) })
}

// TestDoctor_State has a bot in each of the situations in which it once said that all was well.
func TestDoctor_State(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name      string
		variables []string
		harm      func(d *deployment)
		check     string
		want      doctor.Finding
		code      int
	}{
		{"the queue is full", []string{"GOPHER_QUEUE_MAX_BACKLOG=100"}, (*deployment).fillQueue,
			"queue full", doctor.Finding{Status: doctor.Failure, Message: "100 events of at most 100: further ones are refused", Fix: "gopherbot queue pending "}, 1},
		{"200 dead letters", nil, func(d *deployment) { d.makeDeadLetters(200) },
			"dead letters", doctor.Finding{Status: doctor.Failure, Message: "restricted_action", Fix: "gopherbot queue dead replay team_join --all"}, 1},
		{"30 joins fail", nil, func(d *deployment) {
			d.chatsFail("account_inactive")
			d.join(30, "all wait for a retry", func(s workqueue.Stats) bool { return s.Delayed == 30 })
			rdb := redistest.Dial(d.t, d.redis.URL())
			testenv.Eventually(d.t, "the failures are reported", func() bool {
				return rdb.LLen(d.t.Context(), "gopherbot:{vitals}:failures").Val() > 0
			})
			testenv.Eventually(d.t, "all wait, and none is tried while doctor looks", func() bool {
				const delayed = "gopherbot:{team_join.0}:delayed"
				later := float64(time.Now().Add(time.Hour).UnixMilli())
				for _, member := range rdb.ZRange(d.t.Context(), delayed, 0, -1).Val() {
					rdb.ZAddXX(d.t.Context(), delayed, redis.Z{Score: later, Member: member})
				}
				return rdb.ZCount(d.t.Context(), delayed, fmt.Sprint(time.Now().Add(30*time.Minute).UnixMilli()), "+inf").Val() == 30
			})
		}, "queue retries", doctor.Finding{Status: doctor.Failure, Message: "account_inactive", Fix: "fix the cause"}, 1},
		{"a job failed six times", []string{"GOPHER_CHANNELS_INTERVAL=100ms"}, func(d *deployment) {
			d.slack.Disturb(func(c slacksim.Call) slacksim.Fault {
				if c.Method == "conversations.list" {
					return slacksim.Fault{Error: "missing_scope"}
				}
				return slacksim.Fault{}
			})
			rdb := redistest.Dial(d.t, d.redis.URL())
			testenv.Eventually(d.t, "it has failed six times", func() bool {
				n, _ := rdb.HGet(d.t.Context(), "gopherbot:{bgtasks}:job:channel-directory", "failing").Int()
				return n >= 6
			})
		}, "job", doctor.Finding{Status: doctor.Failure, Message: "missing_scope", Fix: "fix the cause"}, 1},
		{"a wrong signing secret everywhere", []string{"GOPHER_SLACK_REQUEST_SECRET=anothersecret001"}, func(d *deployment) {
			d.sends(true)
			_, err := d.slack.Say("U01ADA", "C01GENERAL", "hello", "")
			d.must(err)
			rdb := redistest.Dial(d.t, d.redis.URL())
			testenv.Eventually(d.t, "three are refused", func() bool {
				n, _ := rdb.HGet(d.t.Context(), "gopherbot:{vitals}:requests", "slack/wrong_secret").Int()
				return n >= 3
			})
		}, "slack requests", doctor.Finding{Status: doctor.Failure, Message: "3 of them signed with another secret", Fix: "GOPHER_SLACK_REQUEST_SECRET"}, 1},
		{"shadow mode", []string{"ENV="}, func(*deployment) {},
			"mode", doctor.Finding{Status: doctor.Warning, Message: "shadow mode, because ENV is not set", Fix: "set ENV=production"}, 0},
		{"the only consumer is not at work", nil, func(d *deployment) {
			d.stops[app.Consumer]()
			d.slack.Disturb(func(c slacksim.Call) slacksim.Fault {
				if c.Method == "auth.test" {
					return slacksim.Fault{Error: "token_revoked"}
				}
				return slacksim.Fault{}
			})
			d.begin(app.Consumer, nil)
			rdb := redistest.Dial(d.t, d.redis.URL())
			testenv.Eventually(d.t, "it is registered as not ready", func() bool {
				return strings.Contains(strings.Join(rdb.HVals(d.t.Context(), "gopherbot:{presence}:instances").Val(), ""), "token_revoked")
			})
		}, "instance", doctor.Finding{Status: doctor.Warning, Message: "not at work yet: waiting for a platform:", Fix: "half a minute"}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := deployed(t, test.variables...)
			test.harm(d)
			got, code := d.finding(test.check)
			if got.Status != test.want.Status || !strings.Contains(got.Message, test.want.Message) || !strings.Contains(got.Fix, test.want.Fix) {
				t.Errorf("%+v", got)
			}
			if code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
		})
	}
}

// TestDoctor_ReleaseGoesOn has a release meet what it does not decide: it must not be stopped.
func TestDoctor_ReleaseGoesOn(t *testing.T) {
	t.Parallel()
	authTest := func(fault slacksim.Fault) func(*deployment) {
		return func(d *deployment) {
			d.slack.Disturb(func(c slacksim.Call) slacksim.Fault {
				if c.Method == "auth.test" {
					return fault
				}
				return slacksim.Fault{}
			})
		}
	}
	for _, test := range []struct {
		name      string
		variables []string
		harm      func(d *deployment)
		check     string
		says      string
	}{
		{"Slack fails", nil, authTest(slacksim.Fault{Status: http.StatusInternalServerError}), "slack token", "Slack does not answer"},
		{"Slack limits the rate", nil, authTest(slacksim.Fault{Status: http.StatusTooManyRequests, RetryAfter: 30 * time.Second}), "slack token", "limits the rate"},
		{"Redis is almost full", nil, func(d *deployment) {
			used := redistest.Dial(d.t, d.redis.URL()).InfoMap(d.t.Context(), "memory").Item("Memory", "used_memory")
			var n int64
			_, err := fmt.Sscan(used, &n)
			d.must(err)
			d.configure("maxmemory", fmt.Sprint(n*100/97))
		}, "redis memory", "MB used"},
		{"Redis is away", nil, func(d *deployment) { d.redis.Stop(d.t) }, "redis", "it does not answer"},
		{"the queue is full", []string{"GOPHER_QUEUE_MAX_BACKLOG=100"}, (*deployment).fillQueue, "queue full", "further ones are refused"},
		{"dead letters", nil, func(d *deployment) { d.makeDeadLetters(20) }, "dead letters", "team_join: 20"},
		{"a scope that this release needs for the first time", nil, func(d *deployment) { d.slack.Grant("chat:write", "channels:read", "users:read") }, "slack scopes", "missing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := deployed(t, test.variables...)
			test.harm(d)
			got, code := d.finding(test.check, "--release")
			if got.Status != doctor.Warning || !strings.Contains(got.Message, test.says) || got.Fix == "" {
				t.Errorf("%+v", got)
			}
			if code != 0 {
				t.Errorf("exit code %d: the release is stopped by\n%s", code, d.run("doctor", "--release").out)
			}
		})
	}
}

// TestDoctor_ReleaseStops has a release with a configuration that cannot work.
func TestDoctor_ReleaseStops(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	good := slices.Clone(d.environ)
	for _, test := range []struct{ name, variable, value, check, says, fix string }{
		{"another token", "GOPHER_SLACK_BOT_ACCESS_TOKEN", "xoxb-another", "slack token", "invalid_auth", "OAuth & Permissions"},
		{"another workspace", "GOPHER_SLACK_TEAM_ID", "T0OTHER", "slack token", "T0TEST", "agree"},
		{"TLS on a plain port", "REDIS_URL", strings.Replace(d.redis.URL(), "redis://", "rediss://", 1), "redis", "speaks plain text", "GOPHER_REDIS_INSECURE=true"},
		{"a parameter behind REDIS_URL", "REDIS_URL", d.redis.URL() + "?ssl_cert_reqs=none", "redis", "does not know: ssl_cert_reqs", "remove it"},
		{"database 99", "REDIS_URL", d.redis.URL() + "/99", "redis", "DB index is out of range", "after the last slash of REDIS_URL, such as 0"},
	} {
		d.environ = slices.Clone(good)
		d.set(test.variable, test.value)
		for _, flags := range [][]string{nil, {"--release"}} {
			got, code := d.finding(test.check, flags...)
			if got.Status != doctor.Failure || !strings.Contains(got.Message, test.says) || !strings.Contains(got.Fix, test.fix) || code != 1 {
				t.Errorf("%s, %q: exit code %d, %+v", test.name, flags, code, got)
			}
		}
	}
}

// TestDoctor_NoFreeConnection has the bot use up Redis's connections. It is no fault of a release.
func TestDoctor_NoFreeConnection(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	d.configure("maxclients", "1") // the open connections stay
	for _, flags := range [][]string{nil, {"--release"}} {
		got, code := d.finding("redis", flags...)
		want := map[bool]doctor.Status{true: doctor.Failure, false: doctor.Warning}[flags == nil]
		if got.Status != want || !strings.Contains(got.Message, "max number of clients reached") || !strings.Contains(got.Fix, "stop processes that are not needed") || (code == 1) != (flags == nil) {
			t.Errorf("%q: exit code %d, %+v", flags, code, got)
		}
	}
}
