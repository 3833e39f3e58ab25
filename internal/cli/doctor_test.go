package cli_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/doctor"
	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/internal/test/redistest"
)

func TestDoctor_HealthyBot(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	for _, f := range decoded[[]doctor.Finding](d.bench, "doctor") {
		// The simulation is reached over plain HTTP, and has no custom domain.
		if f.Status != doctor.OK && f.Check != "gateway" {
			t.Errorf("%+v", f)
		}
	}
	out := d.ok("doctor")
	for _, process := range []string{"gateway", "consumer", "bgtasks"} {
		if !regexp.MustCompile(`OK +instance +` + process + ` \S+ \(ENV production, team T0TEST\), commit \w+, started `).MatchString(out) {
			t.Errorf("no instance of %s is listed:\n%s", process, out)
		}
	}
	for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
		if fields := strings.Fields(line); len(fields) < 3 || fields[0] != "OK" && fields[1] != "gateway" {
			t.Errorf("%q", line)
		}
	}
	if out := d.ok("doctor", "--socket"); !strings.Contains(out, "accepted; a socket of app A0TEST opened") || !strings.Contains(out, "1 of 1 are open, in 1 gateways; Slack counted 1 of this app") {
		t.Errorf("--socket writes\n%s", out)
	}
	if strings.Contains(out, secret) || strings.Contains(out, token) || strings.Contains(out, appToken) {
		t.Errorf("a secret is in\n%s", out)
	}
	if out := d.ok("doctor", "--release"); strings.Contains(out, " gateway  ") {
		t.Errorf("--release asks the gateway:\n%s", out)
	}
}

const notifyKey = "prometheus-key-0123456789abcdefgh"

func TestDoctor_UnhealthyBot(t *testing.T) {
	t.Parallel()
	const newbies = "C02NEWBIES"
	for _, test := range []struct {
		name  string
		harm  func(d *deployment)
		check string
		want  doctor.Finding
	}{
		{"a variable is missing", func(d *deployment) { d.set("GOPHER_SLACK_BOT_ACCESS_TOKEN", "") },
			"configuration", doctor.Finding{Status: doctor.Failure, Message: "GOPHER_SLACK_BOT_ACCESS_TOKEN is not set", Fix: "api.slack.com/apps"}},
		{"a variable has its deprecated name", func(d *deployment) { d.set("GOPHER_FEEDS_EVERY", "1h") },
			"configuration GOPHER_FEEDS_EVERY", doctor.Finding{Status: doctor.Warning, Message: "this name is deprecated", Fix: "rename it to GOPHER_FEEDS_INTERVAL"}},
		{"a variable is misspelt", func(d *deployment) { d.set("GOPHER_FEED", "x=https://example.com/") },
			"configuration GOPHER_FEED", doctor.Finding{Status: doctor.Warning, Message: "no program of this release reads this variable", Fix: "rename it to GOPHER_FEEDS"}},
		{"a token is used twice", func(d *deployment) {
			d.set("GOPHER_OPS_TOKEN", "6f1c0b9a7d3e5f2841c6a8b0d2e4f693")
			d.set("GOPHER_METRICS_TOKEN", "6f1c0b9a7d3e5f2841c6a8b0d2e4f693")
		}, "secrets", doctor.Finding{Status: doctor.Warning, Message: "GOPHER_METRICS_TOKEN and GOPHER_OPS_TOKEN have the same value", Fix: "give each its own"}},
		{"nobody is named to people who need help", func(d *deployment) { d.set("GOPHER_ADMIN_CONTACT", "") },
			"admin contact", doctor.Finding{Status: doctor.Warning, Message: "GOPHER_ADMIN_CONTACT is not set", Fix: "#moderators"}},
		{"Redis is away", func(d *deployment) { d.redis.Stop(d.t) },
			"redis", doctor.Finding{Status: doctor.Failure, Message: "it does not answer", Fix: "REDIS_URL"}},
		{"Redis wants another certificate checked", func(d *deployment) { d.redis.ServeTLS(d.t); d.set("REDIS_URL", d.redis.TLSURL()) },
			"redis", doctor.Finding{Status: doctor.Failure, Message: "certificate", Fix: "GOPHER_REDIS_SKIPVERIFY=true"}},
		{"the eviction policy loses events", func(d *deployment) { d.configure("maxmemory-policy", "allkeys-lru") },
			"redis eviction", doctor.Finding{Status: doctor.Failure, Message: "allkeys-lru", Fix: "noeviction"}},
		{"memory is nearly full", func(d *deployment) { d.configure("maxmemory", "1000000") },
			"redis memory", doctor.Finding{Status: doctor.Failure, Message: "of 1.0 MB used", Fix: "queue stats"}},
		{"few connections are left", func(d *deployment) { d.configure("maxclients", "14") },
			"redis connections", doctor.Finding{Status: doctor.Warning, Message: "of 14 used", Fix: "a deploy needs 9 more"}},
		{"nothing is persisted", func(d *deployment) { d.configure("appendonly", "no") },
			"redis persistence", doctor.Finding{Status: doctor.Warning, Message: "no append-only file", Fix: "appendonly"}},
		{"no consumer runs under that name", func(d *deployment) { d.set("GOPHER_APP", "another") },
			"process consumer", doctor.Finding{Status: doctor.Failure, Message: "no heartbeat", Fix: "start it"}},
		{"Redis went back to a backup", func(d *deployment) {
			rdb := redistest.Dial(d.t, d.redis.URL())
			d.must(rdb.HSet(d.t.Context(), "gopherbot:{presence}:clock", "rewound", time.Now().UnixMilli()).Err())
		}, "redis history", doctor.Finding{Status: doctor.Warning, Message: "gone back to an earlier state", Fix: "gopherbot restore"}},
		{"another token", func(d *deployment) { d.set("GOPHER_SLACK_BOT_ACCESS_TOKEN", "xoxb-another") },
			"slack token", doctor.Finding{Status: doctor.Failure, Message: "invalid_auth", Fix: "OAuth & Permissions"}},
		{"another workspace", func(d *deployment) { d.set("GOPHER_SLACK_TEAM_ID", "T0OTHER") },
			"slack token", doctor.Finding{Status: doctor.Failure, Message: "T0TEST", Fix: "agree"}},
		{"another app", func(d *deployment) { d.set("GOPHER_SLACK_APP_ID", "A0OTHER") },
			"slack app", doctor.Finding{Status: doctor.Failure, Message: "A0TEST", Fix: "agree"}},
		{"a scope is lacking", func(d *deployment) { d.slack.Grant("chat:write", "channels:read") },
			"slack scopes", doctor.Finding{Status: doctor.Failure, Message: "reactions:write (reactions.add)", Fix: "install the app again"}},
		{"a scope is too much", func(d *deployment) { d.slack.Grant(append(d.scopes, "admin")...) },
			"slack scopes", doctor.Finding{Status: doctor.Warning, Message: "admin", Fix: "remove"}},
		{"the bot is not where it welcomes", func(d *deployment) { d.must(d.slack.RemoveBot(newbies)) },
			"slack #newbies", doctor.Finding{Status: doctor.Warning, Message: "not in it", Fix: "/invite"}},
		{"the channel to announce in is archived", func(d *deployment) { d.must(d.slack.ArchiveChannel("C01GENERAL")) },
			"slack #general", doctor.Finding{Status: doctor.Warning, Message: "GOPHER_RELEASES_CHANNEL", Fix: "create it"}},
		{"the channel to announce in is unknown", func(d *deployment) { d.set("GOPHER_RELEASES_CHANNEL", "C0PRIVATE") },
			"slack #C0PRIVATE", doctor.Finding{Status: doctor.Failure, Message: "channel_not_found", Fix: "invite the bot"}},
		{"another app token", func(d *deployment) { d.set("GOPHER_SLACK_APP_TOKEN", "xapp-another") },
			"slack app token", doctor.Finding{Status: doctor.Failure, Message: "invalid_auth", Fix: "App-Level Tokens"}},
		{"Socket Mode is off", func(d *deployment) { d.slack.SetSocketMode(false) },
			"slack app token", doctor.Finding{Status: doctor.Warning, Message: "socket_mode_off", Fix: "Socket Mode is on"}},
		{"a laptop has a socket, too", func(d *deployment) {
			d.slack.Socket().AddGhosts(2)
			d.slack.Socket().Disconnect("refresh_requested")
			d.registers("the ghosts are counted", func(s presence.Sockets) bool { return s.Connections > 2 })
		},
			"slack sockets", doctor.Finding{Status: doctor.Warning, Message: "another process takes a share", Fix: "stop other processes"}},
		{"the gateway is away", func(d *deployment) { d.set("GOPHER_PUBLIC_URL", "http://127.0.0.1:1") },
			"gateway", doctor.Finding{Status: doctor.Failure, Message: "connection refused", Fix: "gateway runs"}},
		{"the gateway has another secret", func(d *deployment) { d.set("GOPHER_SLACK_REQUEST_SECRET", "anothersecret001") },
			"gateway", doctor.Finding{Status: doctor.Failure, Message: "refuses our signature", Fix: "GOPHER_SLACK_REQUEST_SECRET"}},
		{"the gateway is something else", func(d *deployment) { d.set("GOPHER_PUBLIC_URL", d.serve("It works!")) },
			"gateway", doctor.Finding{Status: doctor.Failure, Message: "does not return the challenge", Fix: "this address"}},
		{"the notification API is misconfigured", func(d *deployment) { d.set("GOPHER_NOTIFY_YAML", "sever: {}") },
			"configuration", doctor.Finding{Status: doctor.Failure, Message: "GOPHER_NOTIFY_YAML, line 1", Fix: "did you mean server?"}},
		{"the notification API has no keys", func(d *deployment) { d.set("GOPHER_NOTIFY_CHAT", "general") },
			"notification API", doctor.Finding{Status: doctor.Warning, Message: "there are no keys", Fix: "GOPHER_NOTIFY_KEYS"}},
		{"the notification API lacks a scope", func(d *deployment) {
			d.set("GOPHER_NOTIFY_KEYS", notifyKey)
			d.slack.Grant(slices.DeleteFunc(slices.Clone(d.scopes), func(scope string) bool { return scope == "files:write" })...)
		}, "slack scopes", doctor.Finding{Status: doctor.Warning, Message: "files:write (files", Fix: "install the app again"}},
		{"no channel has the alias's name", func(d *deployment) {
			d.set("GOPHER_NOTIFY_KEYS", notifyKey)
			d.set("GOPHER_NOTIFY_YAML", `chats: {ops: "#nowhere"}`)
		}, "slack #nowhere", doctor.Finding{Status: doctor.Warning, Message: "posts notifications (ops) there, but no public channel", Fix: "create it"}},
		{"files cannot be posted in the channel", func(d *deployment) {
			d.set("GOPHER_NOTIFY_KEYS", notifyKey)
			d.set("GOPHER_NOTIFY_CHAT", newbies)
			d.must(d.slack.RemoveBot(newbies))
		}, "slack #" + newbies, doctor.Finding{Status: doctor.Warning, Message: "texts and no files", Fix: "/invite"}},
		{"express-botx is still configured", func(d *deployment) { d.set("EXPRESS_BOTX_CONFIG", "/etc/x.yaml") },
			"variable EXPRESS_BOTX_CONFIG", doctor.Finding{Status: doctor.Warning, Message: "not read", Fix: "GOPHER_NOTIFY_FILE"}},
		{"nobody knows where the gateway is", func(d *deployment) { d.set("GOPHER_PUBLIC_URL", "") },
			"gateway", doctor.Finding{Status: doctor.Warning, Message: "not checked", Fix: "GOPHER_PUBLIC_URL"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := deployed(t)
			test.harm(d)
			got, _ := d.finding(test.check)
			if got.Status != test.want.Status || !strings.Contains(got.Message, test.want.Message) || !strings.Contains(got.Fix, test.want.Fix) {
				t.Errorf("%+v", got)
			}
		})
	}
}
