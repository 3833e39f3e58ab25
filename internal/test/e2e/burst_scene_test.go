package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/consumer/gophers"
	gatewayslack "github.com/gobridge/gopherbot/gateway/slack"
	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// askEvery is how many messages of a burst there are for each that asks something.
const askEvery = 10

// burst is a burst of messages, each in a channel of its own, to a gateway and a
// consumer with their defaults. One in ten asks something.
type burst struct {
	testing.TB
	messages int
	within   time.Duration
	latency  time.Duration // of each call of the Web API
	public   bool          // said in public channels, not in direct and group messages
	// retries are the pauses before a message that was refused is sent again.
	retries []time.Duration

	rdb              redis.UniversalClient
	redisURL, app    string
	gateway, metrics string // addresses
	client           *http.Client

	mu       sync.Mutex
	answered map[string]int // answers by channel
	last     time.Time      // of the latest answer

	// refused were answered otherwise than with 200 when they first came, and late not
	// within the three seconds that Slack waits; lost were never accepted.
	refused, late, lost, handled atomic.Int64
}

// newBurst prepares a burst, on a Redis of its own.
func newBurst(tb testing.TB, messages int, within time.Duration) *burst {
	tb.Helper()
	transport := &http.Transport{MaxConnsPerHost: 500, MaxIdleConnsPerHost: 500}
	redisURL := redistest.Start(tb).URL()
	s := &burst{
		TB: tb, messages: messages, within: within, latency: 150 * time.Millisecond,
		redisURL: redisURL, rdb: redistest.Dial(tb, redisURL), app: "burst", client: &http.Client{Transport: transport, Timeout: 3 * time.Second},
		answered: map[string]int{},
	}
	tb.Cleanup(transport.CloseIdleConnections)
	return s
}

// run runs a gateway and a consumer, has everything said, and waits until all that
// was accepted was handled.
func (s *burst) run() {
	s.Helper()
	s.start(config.Gateway)
	stop := s.start(config.Consumer)
	s.sayAll(time.Now())
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	deadline := time.After(3 * time.Minute)
	for s.handled.Load()+s.lost.Load() < int64(s.messages) {
		select {
		case <-tick.C:
		case <-deadline:
			s.Fatalf("%d of %d messages were handled", s.handled.Load(), s.messages)
		}
	}
	if metrics := s.get("/metrics"); !strings.Contains(metrics, "\ngopherbot_redis_pool_timeouts_total 0\n") {
		s.Errorf("handlers waited in vain for a connection to Redis:\n%s", metrics)
	}
	stop() // which tells operators the rest
}

// start runs one of the processes within the test's own, until stop is called, and
// returns when it is at work.
func (s *burst) start(p config.Process, environ ...string) (stop func()) {
	s.Helper()
	listener, err := testenv.Listen()
	if err != nil {
		s.Fatal(err)
	}
	api := httptest.NewServer(http.HandlerFunc(s.webAPI))
	environ = append(environ, "ENV=production", "REDIS_URL="+s.redisURL, "GOPHER_REDIS_INSECURE=true", "GOPHER_APP="+s.app, "GOPHER_SLACK_API_URL="+api.URL,
		"GOPHER_SLACK_APP_ID="+appID, "GOPHER_SLACK_TEAM_ID="+teamID, "GOPHER_SLACK_REQUEST_SECRET="+signingSecret, "GOPHER_SLACK_BOT_ACCESS_TOKEN="+botToken)
	if p == config.Gateway {
		s.gateway = "http://" + listener.Addr().String()
	} else {
		address := listener.Addr().String()
		if err := listener.Close(); err != nil { // the consumer opens it itself
			s.Fatal(err)
		}
		s.metrics = "http://" + address
		environ = append(environ, "GOPHER_CONSUMER_LISTEN="+address)
	}
	c, err := config.Load(p, environ)
	if err != nil {
		s.Fatal(err)
	}
	ctx, cancel := context.WithCancel(s.Context())
	serving, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- app.Run(ctx, role(p), gophers.Content, app.Options{
			Environ: environ, Listener: listener, Log: zerolog.New(io.Discard).Level(c.LogLevel()),
			Hooks: app.Hooks{
				Serving:  func() { close(serving) },
				Consumer: workqueue.Hooks{OnFinish: func(*workqueue.Delivery, error) { s.handled.Add(1) }},
			},
		})
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := testenv.Next(s, ended); err != nil {
			s.Errorf("%s: %v", p, err)
		}
		api.Close()
	})
	s.Cleanup(stop)
	testenv.Next(s, serving)
	return stop
}

// sayAll has all messages said, which were sent at a time, evenly over the time that
// the burst takes, and returns when each was accepted or given up.
func (s *burst) sayAll(sent time.Time) {
	start := time.Now()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	var sending sync.WaitGroup
	for n := 0; n < s.messages; {
		<-tick.C
		due := int(float64(s.messages) * time.Since(start).Seconds() / s.within.Seconds())
		for ; n < min(due, s.messages); n++ {
			body := s.message(n, sent.Add(time.Since(start)))
			sending.Go(func() { s.deliver(body) })
		}
	}
	testenv.Wait(s, &sending)
}

// message returns the request that brings the n-th message.
func (s *burst) message(n int, at time.Time) []byte {
	// The bot answers whoever speaks to it, so the others speak to one another.
	text, kind := fmt.Sprintf("we put build %d into production on Friday, and nothing broke over the whole weekend", n), "mpim"
	switch asks := n%askEvery == 0; {
	case asks && s.public:
		text, kind = "<@UBOT> newbie resources", "channel"
	case asks:
		text, kind = "newbie resources", "im"
	case s.public:
		kind = "channel"
	}
	ts := fmt.Sprintf("%d.%06d", at.Unix(), n)
	body, err := json.Marshal(map[string]any{
		"type": "event_callback", "token": "deprecated", "team_id": teamID, "context_team_id": teamID, "api_app_id": appID,
		"event": map[string]any{
			"type": "message", "channel": channelOf(n), "channel_type": kind, "user": fmt.Sprintf("U%08d", n), "text": text, "ts": ts, "event_ts": ts,
			"team": teamID, "client_msg_id": "0ddba11f-0000-4000-8000-000000000000", "blocks": []any{map[string]any{
				"type": "rich_text", "block_id": "x1", "elements": []any{map[string]any{
					"type": "rich_text_section", "elements": []any{map[string]any{"type": "text", "text": text}}}}}},
		},
		"event_id": fmt.Sprintf("Ev%08d", n), "event_time": at.Unix(), "event_context": strings.Repeat("4-eyJldCI6", 12),
		"authorizations": []any{map[string]any{"team_id": teamID, "user_id": "UBOT", "is_bot": true}}, "is_ext_shared_channel": false,
	})
	if err != nil {
		s.Error(err)
	}
	return body
}

func channelOf(n int) string { return fmt.Sprintf("D%08d", n) }

// deliver sends a message, and again while it is refused.
func (s *burst) deliver(body []byte) {
	for try := 0; ; try++ {
		switch status := s.post(body, try); {
		case status == http.StatusOK:
			return
		case status == 0 && try == 0:
			s.late.Add(1)
		case try == 0:
			s.refused.Add(1)
		}
		if try == len(s.retries) {
			s.lost.Add(1)
			return
		}
		timer := time.NewTimer(s.retries[try])
		select {
		case <-timer.C:
		case <-s.Context().Done():
			timer.Stop()
			return
		}
	}
}

// post makes one try to deliver a message, and returns the status of the answer, 0
// for none.
func (s *burst) post(body []byte, try int) (status int) {
	r, err := http.NewRequestWithContext(s.Context(), http.MethodPost, s.gateway+"/slack/event", bytes.NewReader(body))
	if err != nil {
		s.Error(err)
		return 0
	}
	r.Header.Set("Content-Type", "application/json")
	if try > 0 {
		r.Header.Set("X-Slack-Retry-Num", fmt.Sprint(try))
	}
	gatewayslack.Sign(r.Header, body, signingSecret, time.Now())
	response, err := s.client.Do(r)
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body) // the status tells
	return response.StatusCode
}

// get asks the consumer for a page.
func (s *burst) get(path string) (body string) {
	s.Helper()
	response, err := s.client.Get(s.metrics + path)
	if err != nil {
		s.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.Fatal(err)
	}
	return string(text)
}

// webAPI answers a call of Slack's Web API.
func (s *burst) webAPI(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if r.URL.Path == "/auth.test" {
		fmt.Fprintf(w, `{"ok":true,"team_id":%q,"user_id":"UBOT","bot_id":"BBOT","url":"https://x.slack.example/"}`, teamID)
		return
	}
	channel := r.FormValue("channel")
	timer := time.NewTimer(s.latency)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
		return
	}
	s.mu.Lock()
	s.answered[channel]++
	s.last = time.Now()
	s.mu.Unlock()
	fmt.Fprintf(w, `{"ok":true,"channel":%q,"ts":"1.2"}`, channel)
}

// answeredOnce returns how many questions were answered once.
func (s *burst) answeredOnce() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := 0; i < s.messages; i += askEvery {
		if s.answered[channelOf(i)] == 1 {
			n++
		}
	}
	return n
}

// unanswered returns what operators are shown, without the type.
func (s *burst) unanswered() presence.Unanswered {
	s.Helper()
	list, err := presence.NewReader(s.rdb, s.app).Unanswered(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	sum := presence.Unanswered{}
	for _, u := range list {
		if u.Type == event.Type(event.Slack, event.MessagePrivate) || u.Type == event.Type(event.Slack, event.MessagePublic) {
			sum.Refused, sum.TooOld = sum.Refused+u.Refused, sum.TooOld+u.TooOld
		}
	}
	return sum
}
