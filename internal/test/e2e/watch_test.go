package e2e

import (
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/gobridge/gopherbot/internal/config"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// metricsToken is the token of the tests' Prometheus.
const metricsToken = "the-token-of-the-Prometheus-of-the-tests"

// listen gives all processes an address for their health pages, and returns the addresses.
func (b *bot) listen() map[config.Process]string {
	b.Helper()
	at := map[config.Process]string{config.Gateway: b.gateway}
	for p, variable := range map[config.Process]string{config.Consumer: "GOPHER_CONSUMER_LISTEN", config.BGTasks: "GOPHER_BGTASKS_LISTEN"} {
		address := "127.0.0.1:" + freePort(b.T)
		b.environ[variable], at[p] = address, "http://"+address
	}
	return at
}

// watch is listen, with metrics for who knows metricsToken.
func (b *bot) watch() map[config.Process]string {
	b.Helper()
	b.environ["GOPHER_METRICS_TOKEN"] = metricsToken
	return b.listen()
}

// status asks for a page, with a token or "", and returns the status and the body; 0
// when nobody answers.
func (b *bot) status(url, token string) (status int, body string) {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), "GET", url, nil)
	if err != nil {
		b.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	client := http.Client{Timeout: testenv.Timeout, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		b.Fatal(err)
	}
	return response.StatusCode, string(content)
}

// samples are the metrics of a process, by name and labels.
type samples map[string]float64

// scrape asks a process for its metrics, as Prometheus does.
func (b *bot) scrape(url string) samples {
	b.Helper()
	status, body := b.status(url+"/metrics", metricsToken)
	if status != 200 {
		b.Fatalf("%s/metrics: %d %s", url, status, body)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	got := samples{}
	for name, family := range families {
		for _, m := range family.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, fmt.Sprintf("%s=%s", l.GetName(), l.GetValue()))
			}
			got[name+"{"+strings.Join(labels, ",")+"}"] = value(m)
		}
	}
	return got
}

// value is a metric's value, for a histogram its count.
func value(m *dto.Metric) float64 {
	switch {
	case m.GetCounter() != nil:
		return m.GetCounter().GetValue()
	case m.GetGauge() != nil:
		return m.GetGauge().GetValue()
	case m.GetHistogram() != nil:
		return float64(m.GetHistogram().GetSampleCount())
	default:
		return m.GetSummary().GetSampleSum()
	}
}

// TestProcesses_HealthPages lets all kinds of things happen to a bot, and looks
// at what it tells Prometheus of that.
func TestProcesses_HealthPages(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	at := b.watch()
	b.startAll()
	for _, url := range at {
		for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/metrics": 401} {
			testenv.Eventually(t, url+path, func() bool { status, _ := b.status(url+path, ""); return status == want })
		}
	}

	b.slack.Fail("chat.postMessage", slacksim.Fault{Status: 429, RetryAfter: time.Second}, slacksim.Fault{Status: 500}, slacksim.Fault{Error: "restricted_action"})
	b.say(ada, general, mention+"flip a coin") // limited, failed with an unknown outcome, refused for good
	b.slack.Fail("reactions.add", slacksim.Fault{Error: "already_reacted"})
	b.say(ada, general, "I love bbq")
	testenv.Eventually(t, "the coin is a dead letter", func() bool {
		return b.scrape(at[config.Gateway])["gopherbot_queue_dead{type=message_public}"] == 1
	})
	b.settled()
	b.post("{}", func(r *http.Request) { r.Header.Set("X-Slack-Signature", "v0=00") })

	const coin, bbq = `command "flip a coin"`, `reaction to "bbq"`
	for p, want := range map[config.Process]samples{
		config.Gateway: {
			"gopherbot_info{commit=,go=" + runtime.Version() + ",process=gateway,version=}": 1,
			"gopherbot_requests_total{outcome=queued}":                                      2,
			"gopherbot_requests_total{outcome=unauthorized}":                                1,
			"gopherbot_requests_total{outcome=too_large}":                                   0,
			"gopherbot_published_total{result=queued,type=message_public}":                  2,
			"gopherbot_queue_dead{type=message_public}":                                     1,
			"gopherbot_queue_depth{type=message_public}":                                    0,
			"gopherbot_queue_consumers{type=message_public}":                                1,
			"gopherbot_led{}": 1,
		},
		config.Consumer: {
			"gopherbot_deliveries_total{type=message_public}":                                       3,
			"gopherbot_events_total{outcome=acked,type=message_public}":                             1,
			"gopherbot_events_total{outcome=postponed,type=message_public}":                         1,
			"gopherbot_events_total{outcome=retried,type=message_public}":                           0,
			"gopherbot_events_total{outcome=dead,type=message_public}":                              1,
			"gopherbot_queue_wait_seconds{type=message_public}":                                     2,
			"gopherbot_handling_seconds{type=message_public}":                                       3,
			"gopherbot_handler_runs_total{handler=" + coin + ",outcome=error}":                      1,
			"gopherbot_handler_runs_total{handler=" + coin + ",outcome=unknown}":                    1,
			"gopherbot_unknown_outcomes_total{}":                                                    1,
			"gopherbot_unknown_outcomes_resolved_total{result=repeated}":                            1,
			"gopherbot_unknown_outcomes_resolved_total{result=left}":                                0,
			"gopherbot_handler_runs_total{handler=" + coin + ",outcome=ok}":                         0,
			"gopherbot_handler_runs_total{handler=" + bbq + ",outcome=ok}":                          1,
			"gopherbot_api_calls_total{method=chat.postMessage,platform=slack,status=rate_limited}": 1,
			"gopherbot_api_calls_total{method=chat.postMessage,platform=slack,status=failed}":       1,
			"gopherbot_api_calls_total{method=chat.postMessage,platform=slack,status=refused}":      1,
			"gopherbot_api_rate_limit_seconds_total{method=chat.postMessage,platform=slack}":        1,
			"gopherbot_api_calls_total{method=reactions.add,platform=slack,status=refused}":         1,
			"gopherbot_api_calls_total{method=auth.test,platform=slack,status=ok}":                  1,
			"gopherbot_redis_pool_max_connections{}":                                                4,
		},
		config.BGTasks: {
			"gopherbot_leading{}": 1,
			"gopherbot_led{}":     1,
			"gopherbot_job_runs_total{name=channel-directory,result=ok}":                    1,
			"gopherbot_job_failing{name=channel-directory}":                                 0,
			"gopherbot_queue_dead{type=message_public}":                                     1,
			"gopherbot_api_calls_total{method=conversations.list,platform=slack,status=ok}": 1,
		},
	} {
		var got samples
		for sample, n := range want {
			testenv.Eventually(t, fmt.Sprintf("%s tells %s: %v", p, sample, n), func() bool {
				got = b.scrape(at[p]) // what is counted may be so a moment after Redis knows
				v, told := got[sample]
				return told && v == n
			})
		}
		if age := got["gopherbot_redis_heartbeat_age_seconds{}"]; age < 0 || age > 30 {
			t.Errorf("%s: the last heartbeat was %v s ago", p, age)
		}
	}

	// Whatever comes, there are as many metrics as before.
	before := len(b.scrape(at[config.Gateway])) + len(b.scrape(at[config.Consumer]))
	for i := range 20 {
		b.post(fmt.Sprintf(`{"type":"event_callback","team_id":%q,"api_app_id":%q,"event_id":"E%d","event":{"type":"strange_%d","channel":"C%d"}}`, teamID, appID, i, i, i), nil)
		b.say(ada, adasDM, fmt.Sprintf("what about %d?", i))
	}
	b.settled()
	after := b.scrape(at[config.Consumer])
	// A reply to the author alone is a call of a method that was not called before, and the type is one, too.
	grown := len(b.scrape(at[config.Gateway])) + len(after) - before
	if n := after["gopherbot_deliveries_total{type=message_private}"]; n != 20 || grown > 10 {
		t.Errorf("%d more metrics after 40 hostile events, of which %v were delivered", grown, n)
	}

	for p, url := range at {
		_, body := b.status(url+"/metrics", metricsToken)
		problems, err := promlint.New(strings.NewReader(body)).Lint()
		if err != nil || len(problems) > 0 {
			t.Errorf("%s: %v (%v)", p, problems, err)
		}
	}
}

// TestProcesses_GatewayHidesMetrics: without a token there is none who may
// have them.
func TestProcesses_GatewayHidesMetrics(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	b.watch()
	delete(b.environ, "GOPHER_METRICS_TOKEN")
	b.start(config.Gateway)
	testenv.Eventually(t, "the gateway is ready", func() bool { return b.get("/readyz") == 200 })
	if status, body := b.status(b.gateway+"/metrics", ""); status != 404 {
		t.Errorf("%d %s", status, body)
	}
}

// TestProcesses_EndWhenRedisStaysAway kills Redis under each of the processes,
// which have little patience.
func TestProcesses_EndWhenRedisStaysAway(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	b := newBotOn(t, server.URL())
	at := b.watch()
	b.environ["GOPHER_REDIS_MAX_OUTAGE"] = "8s"
	port := b.port()
	children := map[config.Process]*child{}
	for _, p := range []config.Process{config.Gateway, config.Consumer, config.BGTasks} {
		children[p] = b.spawn(p, "PORT="+port)
	}
	for p, url := range at {
		testenv.Eventually(t, string(p)+" is ready", func() bool { status, _ := b.status(url+"/readyz", ""); return status == 200 })
	}
	server.Stop(t)
	for p, url := range at {
		if status, body := b.status(url+"/readyz", ""); status != 503 && status != 0 {
			t.Errorf("%s without Redis: %d %s", p, status, body)
		}
	}
	for p, c := range children {
		testenv.Next(t, c.exited)
		if code := c.ProcessState.ExitCode(); code != 1 {
			t.Errorf("%s ended with %d", p, code)
		}
		log := c.log.String()
		if strings.Count(log, "the heartbeat to Redis is stale") != 1 || !strings.Contains(log, `"error":"the heartbeat to Redis has stopped: none for `) {
			t.Errorf("%s logged\n%s", p, log)
		}
	}
}
