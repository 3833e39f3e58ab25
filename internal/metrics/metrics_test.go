package metrics_test

import (
	"context"
	"errors"
	"io"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/bgtasks"
	"github.com/gobridge/gopherbot/internal/metrics"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// queue is what is on the queue, or why nobody knows.
type queue struct {
	stats []workqueue.Stats
	err   error
}

func (q queue) Stats(context.Context, ...string) ([]workqueue.Stats, error) { return q.stats, q.err }

// scrape returns what a Set tells Prometheus.
func scrape(t *testing.T, s *metrics.Set, log zerolog.Logger) string {
	t.Helper()
	w := httptest.NewRecorder()
	s.Handler(log).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	body, err := io.ReadAll(w.Body)
	if err != nil || w.Code != 200 {
		t.Fatalf("%d %s (%v)", w.Code, body, err)
	}
	return string(body)
}

func TestSet_Exposition(t *testing.T) {
	t.Parallel()
	s := metrics.New("consumer", "abc123", "v1.2.3")
	s.Requests("queued", "forbidden")("queued", 3*time.Millisecond)
	ran := s.Handlers([]string{"command \"help\"", "quiet"}, []string{"ok", "panic"})
	ran("command \"help\"", "ok", time.Second)
	ran("command \"help\"", "panic", time.Second)
	s.Callbacks([]string{"page", "log"}, []string{"ok", "refused"})("page", "refused", 2*time.Second)
	called := s.WebAPI("slack")
	called("chat.postMessage", "rate_limited", time.Second, 30*time.Second)
	called("chat.postMessage", "ok", time.Second, 0)
	s.WebAPI("slack")("chat.postMessage", "ok", time.Second, 0) // another client
	s.WebAPI("mattermost")("POST /posts", "ok", 2*time.Second, 5*time.Second)
	s.Published(func() []workqueue.PublishCounts {
		return []workqueue.PublishCounts{{Type: "greeting", Queued: 5, Duplicate: 4, Refused: 3, Failed: 2}}
	})
	var wait workqueue.Histogram
	wait.Counts[0], wait.Counts[2], wait.Counts[len(wait.Counts)-1], wait.Sum = 3, 2, 1, 400*time.Second
	s.Handled(func() []workqueue.HandleCounts {
		return []workqueue.HandleCounts{{Type: "greeting", Received: 9, Reclaimed: 1, Acked: 6, Retried: 2, Postponed: 8, Dead: 1, LeaseLost: 1, Discarded: 15, TooOld: 3, NotForUs: 5, Superseded: 1, TargetGone: 4, Wait: wait}}
	})
	unauthorized, noticed := s.Platforms([]metrics.Platform{
		{Name: "slack", Notices: []string{"app_uninstalled", "tokens_revoked"}, Last: func() (time.Time, time.Duration) {
			return time.UnixMilli(1763660000500), 90 * time.Second
		}},
		{Name: "mattermost", Last: func() (at time.Time, gap time.Duration) { return at, gap }},
	})
	unauthorized("slack", true)
	unauthorized("slack", false)
	unauthorized("slack", false)
	noticed("slack", "tokens_revoked")
	s.Refused(func() map[string]int64 { return map[string]int64{"greeting": 2} })
	s.MaxBacklog(t.Context(), func(context.Context) int { return 5000 })
	s.Backlog(t.Context(), queue{stats: []workqueue.Stats{{Type: "greeting", Depth: 7, Pending: 6, OldestAge: 1500 * time.Millisecond, Delayed: 5, Dead: 4, DeadDropped: 12, DeadTotal: 31, Consumers: 2}}}, "greeting")
	s.Jobs(t.Context(), func(context.Context) (bgtasks.Status, error) {
		return bgtasks.Status{Leader: "bgtasks.1", Jobs: []bgtasks.JobStatus{
			{Name: "news", Last: time.UnixMilli(1500), Took: 250 * time.Millisecond, Runs: 9, Failures: 3, Failing: 2},
		}}, nil
	})
	s.Leading(func() bool { return true })
	s.Sockets([]string{"open", "draining"}, []string{"warning", "silence"}, func() metrics.SocketCounts {
		return metrics.SocketCounts{
			States: map[string]int{"open": 2}, Reconnects: map[string]uint64{"warning": 3}, Silence: 1500 * time.Millisecond,
			Envelopes: []metrics.EnvelopeCount{{Type: "events_api", Outcome: "queued", N: 7}},
		}
	})
	s.Redis(func() *redis.PoolStats {
		return &redis.PoolStats{Hits: 9, Misses: 2, Timeouts: 1, WaitCount: 4, WaitDurationNs: 5e8, TotalConns: 3, IdleConns: 1, StaleConns: 6}
	}, 4, func() time.Duration { return 2 * time.Second })

	got := scrape(t, s, zerolog.Nop())
	for _, want := range []string{
		`gopherbot_info{commit="abc123",go="` + runtime.Version() + `",process="consumer",version="v1.2.3"} 1`,
		`gopherbot_gateway_sockets{state="open"} 2`,
		`gopherbot_gateway_sockets{state="draining"} 0`,
		`gopherbot_gateway_socket_envelopes_total{outcome="queued",type="events_api"} 7`,
		`gopherbot_gateway_socket_reconnects_total{reason="warning"} 3`,
		`gopherbot_gateway_socket_reconnects_total{reason="silence"} 0`,
		`gopherbot_gateway_socket_silence_seconds 1.5`,
		`gopherbot_requests_total{outcome="queued"} 1`,
		`gopherbot_requests_total{outcome="forbidden"} 0`,
		`gopherbot_request_seconds_bucket{le="0.0025"} 0`,
		`gopherbot_request_seconds_bucket{le="0.005"} 1`,
		`gopherbot_handler_runs_total{handler="command \"help\"",outcome="panic"} 1`,
		`gopherbot_handler_runs_total{handler="quiet",outcome="ok"} 0`,
		`gopherbot_handler_run_seconds_total{handler="command \"help\""} 2`,
		`gopherbot_callback_runs_total{outcome="refused",rule="page"} 1`,
		`gopherbot_callback_runs_total{outcome="ok",rule="log"} 0`,
		`gopherbot_callback_run_seconds_total{rule="page"} 2`,
		`gopherbot_api_calls_total{method="chat.postMessage",platform="slack",status="rate_limited"} 1`,
		`gopherbot_api_calls_total{method="chat.postMessage",platform="slack",status="ok"} 2`,
		`gopherbot_api_calls_total{method="POST /posts",platform="mattermost",status="ok"} 1`,
		`gopherbot_api_call_seconds_total{method="chat.postMessage",platform="slack"} 3`,
		`gopherbot_api_call_seconds_total{method="POST /posts",platform="mattermost"} 2`,
		`gopherbot_api_rate_limit_seconds_total{method="chat.postMessage",platform="slack"} 30`,
		`gopherbot_api_rate_limit_seconds_total{method="POST /posts",platform="mattermost"} 5`,
		`gopherbot_published_total{result="refused",type="greeting"} 3`,
		`gopherbot_deliveries_total{type="greeting"} 9`,
		`gopherbot_events_total{outcome="retried",type="greeting"} 2`,
		`gopherbot_events_total{outcome="postponed",type="greeting"} 8`,
		`gopherbot_dead_letters_dropped_total{type="greeting"} 12`,
		`gopherbot_events_discarded_total{reason="too_old",type="greeting"} 3`,
		`gopherbot_events_discarded_total{reason="not_for_us",type="greeting"} 5`,
		`gopherbot_events_discarded_total{reason="superseded",type="greeting"} 1`,
		`gopherbot_events_discarded_total{reason="gone",type="greeting"} 4`,
		`gopherbot_events_discarded_total{reason="other",type="greeting"} 2`,
		`gopherbot_dead_letters_total{type="greeting"} 31`,
		`gopherbot_requests_unauthorized_total{platform="slack",reason="secret"} 1`,
		`gopherbot_requests_unauthorized_total{platform="slack",reason="other"} 2`,
		`gopherbot_requests_unauthorized_total{platform="mattermost",reason="secret"} 0`,
		`gopherbot_platform_notices_total{notice="app_uninstalled",platform="slack"} 0`,
		`gopherbot_platform_notices_total{notice="tokens_revoked",platform="slack"} 1`,
		`gopherbot_last_request_timestamp_seconds{platform="slack"} 1.7636600005e+09`,
		`gopherbot_last_request_timestamp_seconds{platform="mattermost"} 0`,
		`gopherbot_usual_request_gap_seconds{platform="slack"} 90`,
		`gopherbot_events_refused_total{type="greeting"} 2`,
		`gopherbot_queue_max_backlog 5000`,
		`gopherbot_leases_lost_total{type="greeting"} 1`,
		`gopherbot_queue_wait_seconds_bucket{type="greeting",le="0.001"} 3`,
		`gopherbot_queue_wait_seconds_bucket{type="greeting",le="0.005"} 5`,
		`gopherbot_queue_wait_seconds_bucket{type="greeting",le="300"} 5`,
		`gopherbot_queue_wait_seconds_bucket{type="greeting",le="+Inf"} 6`,
		`gopherbot_queue_wait_seconds_sum{type="greeting"} 400`,
		`gopherbot_queue_depth{type="greeting"} 7`,
		`gopherbot_queue_oldest_seconds{type="greeting"} 1.5`,
		`gopherbot_queue_dead{type="greeting"} 4`,
		`gopherbot_led 1`, `gopherbot_leading 1`,
		`gopherbot_job_runs_total{name="news",result="ok"} 6`,
		`gopherbot_job_failing{name="news"} 2`,
		`gopherbot_job_last_run_timestamp_seconds{name="news"} 1.5`,
		`gopherbot_job_next_run_timestamp_seconds{name="news"} 0`,
		`gopherbot_redis_heartbeat_age_seconds 2`,
		`gopherbot_redis_pool_connections{state="used"} 2`,
		`gopherbot_redis_pool_max_connections 4`,
		`gopherbot_redis_pool_wait_seconds_total 0.5`,
		`go_goroutines `, `process_open_fds `,
	} {
		if !strings.Contains(got, "\n"+want) {
			t.Errorf("not told: %s", want)
		}
	}
	problems, err := promlint.New(strings.NewReader(got)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	if t.Failed() {
		t.Log(got)
	}
}

// TestSet_LeavesOutUnreadable is of a scrape while Redis is away: what the
// process knows by itself is told.
func TestSet_LeavesOutUnreadable(t *testing.T) {
	t.Parallel()
	s := metrics.New("gateway", "", "")
	s.Requests("queued")
	s.Backlog(t.Context(), queue{err: errors.New("redis is away")}, "greeting")
	s.Jobs(t.Context(), func(context.Context) (bgtasks.Status, error) { return bgtasks.Status{}, errors.New("redis is away") })
	var log testenv.Log
	got := scrape(t, s, zerolog.New(&log))
	if !strings.Contains(got, `gopherbot_requests_total{outcome="queued"} 0`) || strings.Contains(got, "gopherbot_queue_depth") || strings.Contains(got, "gopherbot_led") {
		t.Error(got)
	}
	if !strings.Contains(log.String(), "redis is away") || !strings.Contains(log.String(), `"level":"debug"`) {
		t.Errorf("the log says %s", log.String())
	}
}

// TestSet_CountersNeverFall is of a Redis Cluster, whose figures are those of the
// nodes that it has at the moment.
func TestSet_CountersNeverFall(t *testing.T) {
	t.Parallel()
	s := metrics.New("gateway", "", "")
	nodes := redis.PoolStats{Timeouts: 7, TotalConns: 6}
	s.Redis(func() *redis.PoolStats { return &nodes }, 3, func() time.Duration { return 0 })
	first := scrape(t, s, zerolog.Nop())
	nodes = redis.PoolStats{Timeouts: 2, TotalConns: 4}
	second := scrape(t, s, zerolog.Nop())
	for _, got := range []string{first, second} {
		if !strings.Contains(got, "\ngopherbot_redis_pool_timeouts_total 7\n") {
			t.Errorf("told %s", got)
		}
	}
	if !strings.Contains(second, `gopherbot_redis_pool_connections{state="used"} 4`) {
		t.Errorf("a gauge is of the moment: %s", second)
	}
}

func TestSet_Sends(t *testing.T) {
	t.Parallel()
	s := metrics.New("consumer", "", "")
	ended, postponed := s.Sends([]string{"slack"}, []string{"sent", "failed"})
	ended("slack", "sent", 3*time.Second)
	ended("slack", "failed", time.Hour)
	postponed("slack")
	got := scrape(t, s, zerolog.Nop())
	for _, want := range []string{
		`gopherbot_sends_total{bot="slack",state="sent"} 1`, `gopherbot_sends_total{bot="slack",state="failed"} 1`,
		`gopherbot_sends_postponed_total{bot="slack"} 1`, `gopherbot_send_seconds_bucket{bot="slack",le="5"} 1`,
		`gopherbot_send_seconds_bucket{bot="slack",le="2.5"} 0`, `gopherbot_send_seconds_count{bot="slack"} 1`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("want %s", want)
		}
	}
	problems, err := promlint.New(strings.NewReader(got)).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}
