package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/arrivals"
	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/control"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// faster is by how much the alerts' times are divided in these tests: a minute is a second.
const faster = 60

var (
	promDuration = regexp.MustCompile(`(\[|for: )(\d+)([smhd])`)
	// promSeconds are the numbers in the alerts that are compared with the time since something.
	promSeconds = regexp.MustCompile(`(time\(\) - |, |timestamp_seconds > 0\) > )(\d{2,})\b`)
)

// fasterAlerts returns the alerts with their times divided.
func fasterAlerts(t *testing.T) string {
	t.Helper()
	var expressions []string
	rules := promDuration.ReplaceAllStringFunc(file(t, "deploy/prometheus-alerts.yml"), func(s string) string {
		part := promDuration.FindStringSubmatch(s)
		n, err := strconv.Atoi(part[2])
		if err != nil {
			t.Fatal(err)
		}
		unit := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}[part[3]]
		return part[1] + strconv.FormatInt((time.Duration(n)*unit/faster).Milliseconds(), 10) + "ms"
	})
	rules = promSeconds.ReplaceAllStringFunc(rules, func(s string) string {
		part := promSeconds.FindStringSubmatch(s)
		n, err := strconv.ParseFloat(part[2], 64)
		if err != nil {
			t.Fatal(err)
		}
		expressions = append(expressions, s)
		return part[1] + strconv.FormatFloat(n/faster, 'f', -1, 64)
	})
	// To wait for a whole minute of a pause would take too long.
	const pause = "gopherbot_paused) > 3600"
	if strings.Count(rules, pause) != 1 {
		t.Fatalf("the alerts do not have %q once", pause)
	}
	rules = strings.Replace(rules, pause, "gopherbot_paused) > 5", 1)
	if want := []string{"time() - 120", "time() - 900", ", 600", "timestamp_seconds > 0) > 900"}; !slices.Equal(expressions, want) {
		t.Fatalf("the alerts compare times with %q, want %q", expressions, want)
	}
	return rules
}

// fired returns the names of the alerts that have fired so far, in order.
func (p prometheus) fired() []string {
	p.Helper()
	var data struct {
		Result []struct{ Metric map[string]string }
	}
	p.ask("query", url.Values{"query": {`count by (alertname) (last_over_time(ALERTS{alertstate="firing"}[10m]))`}}, &data)
	var names []string
	for _, r := range data.Result {
		names = append(names, r.Metric["alertname"])
	}
	slices.Sort(names)
	return names
}

// alertCase is a bot with a Prometheus, and what happens to it.
type alertCase struct {
	want    string // the alert, "" for none
	prepare func(*bot)
	without []config.Process // are not started
	before  func(*bot)       // happens before Prometheus starts
	cause   func(*bot)

	prometheus
}

// TestAlerts_FireForTheirCause has a real Prometheus for each of the alerts about what comes
// and what is lost, and makes its cause. No other alert fires. All times of the alerts are
// divided by sixty.
func TestAlerts_FireForTheirCause(t *testing.T) {
	t.Parallel()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	cases := []*alertCase{
		// Of a usual gap that is known from the first scrape on, every sample counts. Then nobody says anything.
		{want: "GopherbotSilent", before: func(b *bot) {
			for range 100 {
				b.say(ada, general, "nothing that the bot answers")
			}
			testenv.Eventually(t, "the gateway has taken all", func() bool {
				return b.scrape(b.gateway)["gopherbot_published_total{result=queued,type=message_public}"] == 100
			})
		}, cause: func(*bot) {}},
		{cause: func(b *bot) {
			b.say(ada, general, mention+"flip a coin")
			b.post("{}", func(r *http.Request) { r.Header.Del("X-Slack-Signature") })
			b.post("{}", func(r *http.Request) { r.Header.Set("X-Slack-Signature", "v0="+strings.Repeat("0", 64)) })
			b.calls("chat.postMessage", 1)
		}},
		{want: "GopherbotUnanswered", cause: func(b *bot) { b.saidAgo(45 * time.Second) }},
		{want: "GopherbotDeadLetters", cause: func(b *bot) {
			b.slack.Fail("chat.postMessage", slacksim.Fault{Error: "restricted_action"})
			b.say(ada, general, mention+"flip a coin")
		}},
		{want: "GopherbotWrongSecret", prepare: func(b *bot) { b.environ["GOPHER_SLACK_REQUEST_SECRET"] = strings.Repeat("0123456789abcdef", 2) },
			cause: func(b *bot) {
				for range 3 {
					b.say(ada, general, mention+"flip a coin")
				}
			}},
		{want: "GopherbotTokenRefused", without: []config.Process{config.Consumer}, cause: func(b *bot) {
			b.environ["GOPHER_SLACK_BOT_ACCESS_TOKEN"] = "xoxb-of-another-app"
			b.start(config.Consumer)
		}},
		{want: "GopherbotAppUninstalled", cause: func(b *bot) { must(b.slack.Uninstall()) }},
		{want: "GopherbotTokensRevoked", cause: func(b *bot) { must(b.slack.RevokeToken()) }},
		{want: "GopherbotPaused", cause: func(b *bot) {
			_, _, err := control.New(b.rdb, b.environ["GOPHER_APP"]).Set(t.Context(), control.Control{Kind: control.Handler, Name: `command "flip a coin"`, By: ada})
			must(err)
		}},
		{want: "GopherbotAppRateLimited", cause: func(b *bot) { must(b.slack.LimitEvents()) }},
	}
	rules := fasterAlerts(t)
	for _, c := range cases { // all at once, because most of the time is waited
		b := newBot(t)
		b.timeouts.Memory = arrivals.DefaultMemory / faster
		at := b.watch()
		if c.prepare != nil {
			c.prepare(b)
		}
		for _, p := range []config.Process{config.Gateway, config.Consumer, config.BGTasks} {
			if !slices.Contains(c.without, p) {
				b.start(p)
			}
		}
		if c.before != nil {
			c.before(b)
		}
		c.prometheus = b.runPrometheus(at, "1s", rules)
	}
	for _, c := range cases {
		c.awaitScrapes(3 - len(c.without))
		c.waitForDirectory()
		c.cause(c.bot)
	}
	for _, c := range cases {
		if c.want != "" {
			testenv.Eventually(t, c.want+" fires", func() bool { return slices.Contains(c.fired(), c.want) })
		}
	}
	for _, c := range cases {
		if got := strings.Join(c.fired(), " "); got != c.want {
			t.Errorf("%q fired, want %q", got, c.want)
		}
	}
}

// saidAgo has Slack send what Ada said so long ago.
func (b *bot) saidAgo(age time.Duration) {
	b.Helper()
	at := time.Now().Add(-age)
	ts := fmt.Sprintf("%d.%06d", at.Unix(), at.Nanosecond()/1000)
	body, err := json.Marshal(map[string]any{
		"type": "event_callback", "team_id": teamID, "api_app_id": appID, "event_id": "EvLate", "event_time": at.Unix(),
		"event": map[string]any{"type": "message", "channel": general, "channel_type": "channel", "user": ada, "ts": ts, "text": mention + "flip a coin"},
	})
	if err != nil {
		b.Fatal(err)
	}
	if status := b.post(string(body), nil); status != http.StatusOK {
		b.Fatal(status)
	}
}
