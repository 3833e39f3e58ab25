package await_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/internal/await"
	"github.com/gobridge/gopherbot/internal/pause"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// connect opens several connections at once, which the pool keeps. Opening one takes
// several replies.
func connect(t *testing.T, rdb redis.UniversalClient) {
	t.Helper()
	for range 4 {
		conn := rdb.(*redis.Client).Conn()
		defer conn.Close()
		if err := conn.Ping(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPress_SlowRedis has each reply of Redis to the gateway be late. If that is more than
// a second, publishing fails for the gateway, though the event is queued.
func TestPress_SlowRedis(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name         string
		slow         time.Duration // each reply to the gateway
		slowConsumer bool          // the consumer's replies, too
		validate     time.Duration
		outcomes     []gateway.Outcome
	}{
		{"1s, an answer at once", time.Second, false, 0, []gateway.Outcome{gateway.Answered}},
		{"1.1s, an answer after the gateway has given up", 1100 * time.Millisecond, false, 1500 * time.Millisecond, []gateway.Outcome{gateway.Unavailable}},
		{"1.1s, for the consumer too", 1100 * time.Millisecond, true, 0, []gateway.Outcome{gateway.Answered, gateway.Unavailable}},
		{"0.7s, an answer at once", 700 * time.Millisecond, false, 0, []gateway.Outcome{gateway.Answered}},
		{"0.7s, an answer after 1s", 700 * time.Millisecond, false, time.Second, []gateway.Outcome{gateway.Answered}},
		{"0.7s, an answer after 2s", 700 * time.Millisecond, false, 2 * time.Second, []gateway.Outcome{gateway.Late}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			url, app := redistest.URL(t), redistest.App()
			network := redistest.NewNetwork(t, url)
			far, near := redistest.Dial(t, network.URL()), redistest.Dial(t, url)
			connect(t, far)
			in := newGateway(t, far, app)
			consumer := near
			if test.slowConsumer {
				consumer = redistest.Dial(t, network.URL())
				connect(t, consumer)
			}
			f := newForm(consumer, app, 0)
			consume(t, consumer, app, workqueue.DefaultLease, func(ctx context.Context, d *workqueue.Delivery) error {
				if d.ID != "Ev0" {
					pause.For(ctx, test.validate)
				}
				return f.handle(ctx, d)
			})
			// Redis knows the scripts, and the consumer has its group, as after the first press.
			warm := newForm(near, app, 0)
			w := silent(near, app)
			for _, take := range []bool{true, false} {
				address := register(t, w, "")
				if take {
					if _, _, err := w.Await(t.Context(), address, time.Now(), grace); err != nil {
						t.Fatal(err)
					}
				}
				if given, err := warm.answers.Give(t.Context(), address, "Ev0", nil); given == take || err != nil {
					t.Fatalf("given %v, %v", given, err)
				}
			}
			if got := in.Accept(t.Context(), []byte("Ev0"), gateway.Meta{}); got.Queued.IsZero() {
				t.Fatalf("the first press: %+v", got)
			}
			testenv.Next(t, f.gave)
			network.Delay(test.slow)

			began := time.Now()
			got := in.Accept(t.Context(), []byte("Ev1"), gateway.Meta{})
			took := time.Since(began)
			network.Delay(0)
			testenv.Next(t, f.gave)
			given, runs := f.outcome("Ev1")
			if taken := got.Outcome == gateway.Answered; taken != given || taken != (runs == 1) || taken != (got.Reply == `"taken"`) {
				t.Errorf("%s %q after %v; the verdict was given: %v; runs: %d", got.Outcome, got.Reply, took, given, runs)
			}
			if got.Acknowledge() != (got.Outcome != gateway.Unavailable) {
				t.Errorf("%s is acknowledged: %v", got.Outcome, got.Acknowledge())
			}
			expected := false
			for _, outcome := range test.outcomes {
				expected = expected || got.Outcome == outcome
			}
			if !expected || took > slackTimeout {
				t.Errorf("%s after %v (%s), want one of %v", got.Outcome, took, got.Reason, test.outcomes)
			}
		})
	}
}

// TestPress_RedisAway stops Redis before a press.
func TestPress_RedisAway(t *testing.T) {
	t.Parallel()
	server, app := redistest.Start(t), redistest.App()
	in := newGateway(t, redistest.Dial(t, server.URL()), app)
	server.Stop(t)
	began := time.Now()
	got := in.Accept(t.Context(), []byte("Ev1"), gateway.Meta{})
	if took := time.Since(began); got.Outcome != gateway.Unavailable || got.Acknowledge() || took > slackTimeout {
		t.Errorf("%+v after %v", got, took)
	}
}

// TestWaiter_RedisAway stops Redis while a request waits: the verdict is unknown. The
// waiter goes on when Redis is back, and takes the wait.
func TestWaiter_RedisAway(t *testing.T) {
	t.Parallel()
	server, app := redistest.Start(t), redistest.App()
	rdb, log := redistest.Dial(t, server.URL()), &testenv.Log{}
	w := start(t, rdb, await.Options{App: app, Log: zerolog.New(log)})
	first := register(t, w, "")
	server.Stop(t)
	testenv.Eventually(t, "the failure is logged", func() bool { return strings.Contains(log.String(), "Redis does not answer") })
	began := time.Now()
	answer, answered, err := w.Await(t.Context(), first, began.Add(100*time.Millisecond), 250*time.Millisecond)
	if took := time.Since(began); answered || err == nil || took > testenv.Timeout/2 {
		t.Errorf("%q, %v, %v after %v", answer, answered, err, took)
	}
	server.Restart(t)
	address := register(t, w, "")
	answers := await.NewAnswers(rdb, app)
	testenv.Eventually(t, "an answer is given", func() bool {
		given, err := answers.Give(t.Context(), address, "Ev1", []byte("back"))
		return given && err == nil
	})
	if answer, answered, err := w.Await(t.Context(), address, time.Now().Add(testenv.Timeout), grace); string(answer) != "back" || !answered || err != nil {
		t.Errorf("%q, %v, %v", answer, answered, err)
	}
	// A consumer that answers the first request now is told that it is late.
	testenv.Eventually(t, "the verdict is late", func() bool {
		_, token, _ := strings.Cut(first, "/")
		keys, err := rdb.Keys(t.Context(), app+":{answers.*}:"+token).Result()
		return err == nil && len(keys) == 1
	})
	if given, err := answers.Give(t.Context(), first, "Ev0", nil); given || err != nil {
		t.Errorf("the first request's answer was given: %v, %v", given, err)
	}
	if text := log.String(); strings.Count(text, "does not answer") != 1 || strings.Count(text, "answers again") != 1 {
		t.Errorf("logged %s", text)
	}
}

// TestWaiter_SilentRedis has Redis say nothing at the end of the budget. The gateway does
// not wait longer than the grace for it, and a consumer is not told that it was late.
func TestWaiter_SilentRedis(t *testing.T) {
	t.Parallel()
	network := redistest.NewNetwork(t, redistest.URL(t))
	rdb, app := redistest.Dial(t, network.URL()), redistest.App()
	w := silent(rdb, app)
	network.Delay(time.Second)
	for _, ended := range []bool{false, true} {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if ended {
			cancel()
		}
		var all sync.WaitGroup
		for range 3 {
			address := register(t, w, "")
			all.Go(func() {
				began := time.Now()
				_, answered, err := w.Await(ctx, address, began, 100*time.Millisecond)
				if took := time.Since(began); answered || err == nil || took > 900*time.Millisecond {
					t.Errorf("%v, %v after %v", answered, err, took)
				}
			})
		}
		testenv.Wait(t, &all)
	}
}
