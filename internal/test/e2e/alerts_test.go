package e2e

import (
	"cmp"
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

// faster is by how much the alerts' times are divided in these tests. The shortest that an
// alert looks back, two minutes, are three scrapes.
const faster = 40

var (
	promDuration = regexp.MustCompile(`(\[|for: )(\d+)([smhd])`)
	// promSeconds are the numbers in the alerts that are compared with the time since something.
	promSeconds = regexp.MustCompile(`(time\(\) - |, |timestamp_seconds > 0\) > )(\d{2,})\b`)
)

// processDown is the time for which a process is not scraped before somebody is woken. It is
// not divided: on a busy machine a process may not answer for a few seconds.
const processDown = "expr: up{job=\"gopherbot\"} == 0\n        for: 2m"

// fasterAlerts returns the alerts with their times divided, but for processDown.
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
	replace := func(from, to string) {
		if strings.Count(rules, from) != 1 {
			t.Fatalf("the alerts do not have %q once", from)
		}
		rules = strings.Replace(rules, from, to, 1)
	}
	// To wait for a whole minute of a pause would take too long.
	replace("gopherbot_paused) > 3600", "gopherbot_paused) > 5")
	replace(strings.Replace(processDown, "2m", "3000ms", 1), processDown)
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
	want    string // the alerts, in order
	prepare func(*bot)
	without []config.Process // are not started
	before  func(*bot)       // happens before Prometheus starts
	cause   func(*bot)       // happens once
	again   func(*bot)       // happens until the alert fires
}

// run makes the cause, and asks which alerts fire.
func (c alertCase) run(t *testing.T, rules string) {
	t.Helper()
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
	p := b.runPrometheus(at, "1s", rules)
	p.awaitScrapes(3 - len(c.without))
	b.waitForDirectory()
	if c.cause != nil {
		c.cause(b)
	}
	for _, want := range strings.Fields(c.want) {
		testenv.Eventually(t, want+" fires", func() bool {
			if c.again != nil {
				c.again(b)
			}
			return slices.Contains(p.fired(), want)
		})
	}
	testenv.Eventually(t, "ten scrapes, in which another could have fired", func() bool {
		return p.series(`count_over_time(up{job="gopherbot"}[1h]) >= 10`) == 3
	})
	if got := strings.Join(p.fired(), " "); got != c.want {
		t.Errorf("%q fired, want %q", got, c.want)
	}
}

// TestAlerts_FireForTheirCause makes the causes of the alerts about incoming requests and lost
// events. Each has a real Prometheus, in which no other alert fires.
func TestAlerts_FireForTheirCause(t *testing.T) {
	t.Parallel()
	cases := []alertCase{
		// Of a usual gap that is known from the first scrape on, every sample counts. Then nobody says anything.
		{want: "GopherbotSilent", before: func(b *bot) {
			for range 100 {
				b.say(ada, general, "nothing that the bot answers")
			}
			testenv.Eventually(b, "the gateway has taken all", func() bool {
				return b.scrape(b.gateway)["gopherbot_published_total{result=queued,type=message_public}"] == 100
			})
		}},
		{cause: func(b *bot) {
			b.say(ada, general, mention+"flip a coin")
			b.post("{}", func(r *http.Request) { r.Header.Del("X-Slack-Signature") })
			b.post("{}", func(r *http.Request) { r.Header.Set("X-Slack-Signature", "v0="+strings.Repeat("0", 64)) })
			b.calls("chat.postMessage", 1)
		}},
		{want: "GopherbotDeadLetters GopherbotPaused GopherbotUnanswered", cause: func(b *bot) {
			b.saidAgo(45 * time.Second)
			b.slack.Fail("chat.postMessage", slacksim.Fault{Error: "restricted_action"})
			b.say(ada, general, mention+"flip a coin")
			_, _, err := control.New(b.rdb, b.environ["GOPHER_APP"]).Set(b.Context(), control.Control{Kind: control.Handler, Name: `command "books"`, By: ada})
			b.must(err)
		}},
		{want: "GopherbotWrongSecret", prepare: func(b *bot) { b.environ["GOPHER_SLACK_REQUEST_SECRET"] = strings.Repeat("0123456789abcdef", 2) },
			again: func(b *bot) { b.post("{}", nil) }},
		{want: "GopherbotTokenRefused", without: []config.Process{config.Consumer}, cause: func(b *bot) {
			b.environ["GOPHER_SLACK_BOT_ACCESS_TOKEN"] = "xoxb-of-another-app"
			b.start(config.Consumer)
		}},
		{want: "GopherbotAppRateLimited GopherbotTokensRevoked", cause: func(b *bot) {
			b.must(b.slack.LimitEvents())
			b.must(b.slack.RevokeToken())
		}},
		{want: "GopherbotAppUninstalled", cause: func(b *bot) { b.must(b.slack.Uninstall()) }},
	}
	rules := fasterAlerts(t)
	for _, c := range cases {
		t.Run(cmp.Or(c.want, "none"), func(t *testing.T) {
			t.Parallel()
			c.run(t, rules)
		})
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
