package ops_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/gateway/ops"
	"github.com/gobridge/gopherbot/internal/audit"
	"github.com/gobridge/gopherbot/internal/control"
	"github.com/gobridge/gopherbot/internal/login"
	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

func TestMain(m *testing.M) { os.Exit(redistest.Main(m)) }

const (
	token       = "the-token-of-the-operators-of-the-bot"
	oldToken    = "the-former-token-of-the-operators-of-it"
	greeting    = "greeting" // a type of events
	messageText = "a secret text of a message"
	formSecret  = "s3cr3t-of-a-form" // which no operator is shown
)

// targets are what operators can control.
var targets = ops.Targets{
	Platforms: []string{"slack"},
	Handlers:  func() ([]string, error) { return []string{`command "flip a coin"`, `phrase "tea"`}, nil },
	Find: func(_ context.Context, kind control.Kind, named string) (name, label, problem string, err error) {
		switch {
		case kind == control.Channel && named == "general":
			return "C01GENERAL", "general", "", nil
		case strings.ToUpper(named) == named:
			return named, "", "", nil
		}
		return "", "", "Nothing is known as that.", nil
	},
	Event: func(named string) (ops.MatchEvent, string) {
		if strings.Contains(named, "://") {
			return nil, "This is no link of a message."
		}
		return func(id, requestID, _ string) bool { return named == id || named == requestID }, ""
	},
}

// site is a gateway with the operations page, and its queue.
type site struct {
	*testing.T
	rdb    redis.UniversalClient
	app    string
	url    string
	client *http.Client
	log    *buffer
	// repaired is closed once events are handled without an error.
	repaired chan struct{}
}

// newSite serves the page of a queue on the shared Redis until the test ends.
func newSite(t *testing.T, change ...func(*ops.Options)) *site {
	t.Helper()
	s := &site{T: t, log: &buffer{}, repaired: make(chan struct{})}
	s.rdb, s.app = redistest.New(t)
	queue, err := workqueue.NewInspector(s.rdb, s.app)
	if err != nil {
		t.Fatal(err)
	}
	tokens := []string{token, oldToken}
	opts := ops.Options{
		Tokens: tokens, Login: login.New(s.rdb, s.app, tokens), Audit: audit.New(s.rdb, s.app), Controls: control.New(s.rdb, s.app), Targets: targets, Version: "v1.2.3, commit 0a1b", App: s.app, Types: []string{greeting, "other"}, Queue: queue, Presence: presence.NewReader(s.rdb, s.app),
		Jobs: func(context.Context) (ops.Jobs, error) {
			return ops.Jobs{Leader: "bgtasks.1", Jobs: []ops.Job{{
				Name: "channel-directory", Last: time.Now().Add(-time.Minute), Next: time.Now().Add(9 * time.Minute), Result: "ok", Runs: 12,
			}, {
				Name: "news", Last: time.Now().Add(-time.Hour), Next: time.Now().Add(time.Minute), Result: "the feed does not answer", Runs: 40, Failures: 3, Failing: 2,
			}}}, nil
		},
		Every: 100 * time.Millisecond,
		Log:   zerolog.New(s.log),
	}
	for _, c := range change {
		c(&opts)
	}
	page, err := ops.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	s.background(func(ctx context.Context) error { page.Run(ctx); return nil })
	mux := http.NewServeMux()
	mux.Handle("/ops/", page)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	s.url = server.URL
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	s.client = &http.Client{Jar: jar, Transport: transport, Timeout: testenv.Timeout}
	return s
}

// background runs a function until the test ends.
func (s *site) background(run func(context.Context) error) {
	ctx, cancel := context.WithCancel(s.Context())
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	s.Cleanup(func() {
		cancel()
		if err := testenv.Next(s, done); err != nil {
			s.Error(err)
		}
	})
}

// consume runs a consumer with a reporter. Its handler fails until s.repaired is closed.
func (s *site) consume() {
	s.Helper()
	reporter := presence.NewReporter(s.rdb, s.app, "consumer.1-abc", zerolog.Nop())
	c, err := workqueue.NewConsumer(s.rdb, workqueue.ConsumerOptions{App: s.app, Name: "consumer.1", Outcomes: 100, Hooks: workqueue.Hooks{OnFinish: reporter.OnFinish}})
	if err != nil {
		s.Fatal(err)
	}
	c.Handle(greeting, func(context.Context, *workqueue.Delivery) error {
		select {
		case <-s.repaired:
			return nil
		default:
			return workqueue.Reject(errors.New("reply in C01GENERAL: channel_not_found"))
		}
	})
	s.background(c.Run)
	s.background(func(ctx context.Context) error { reporter.Run(ctx, c.Counts); return nil })
}

// publish puts events on the queue.
func (s *site) publish(ids ...string) {
	s.Helper()
	s.publishAs(greeting, ids...)
}

// publishAs puts events of a type on the queue.
func (s *site) publishAs(eventType string, ids ...string) {
	s.Helper()
	p, err := workqueue.NewPublisher(s.rdb, workqueue.PublisherOptions{App: s.app})
	if err != nil {
		s.Fatal(err)
	}
	const interaction = `{"v":1,"transport":"http","answer_to":"g/1","body":{"type":"message","user":"U1","text":"` + messageText + `",` +
		`"trigger_id":"` + formSecret + `","response_url":"https://hooks.slack.com/actions/` + formSecret + `","response_urls":[{"response_url":"` + formSecret + `"}],` +
		`"token":"` + formSecret + `","view":{"id":"V1","private_metadata":"` + formSecret + `"}}}`
	for _, id := range ids {
		e := workqueue.Event{Type: eventType, ID: id, Time: time.Now(), RequestID: "r-" + id, Payload: []byte(interaction)}
		if _, err := p.Publish(s.Context(), e); err != nil {
			s.Fatal(err)
		}
	}
}

// dead returns how many dead letters there are.
func (s *site) dead() int64 {
	s.Helper()
	return s.stats().Dead
}

func (s *site) stats() workqueue.Stats {
	s.Helper()
	q, err := workqueue.NewInspector(s.rdb, s.app)
	if err != nil {
		s.Fatal(err)
	}
	list, err := q.Stats(s.Context(), greeting)
	if err != nil {
		s.Fatal(err)
	}
	return list[0]
}

// answer is the response to a request.
type answer struct {
	status int
	body   string
	header http.Header
}

func (s *site) do(method, path, body string, header ...string) answer {
	s.Helper()
	r, err := http.NewRequestWithContext(s.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := s.client.Do(r)
	if err != nil {
		s.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		s.Fatal(err)
	}
	return answer{response.StatusCode, string(content), response.Header}
}

const form = "application/x-www-form-urlencoded"

func (s *site) login(token string) answer {
	s.Helper()
	return s.loginAs("ada", token)
}

func (s *site) loginAs(name, token string, header ...string) answer {
	s.Helper()
	return s.do("POST", "/ops/login", url.Values{"name": {name}, "token": {token}}.Encode(), append(header, "Content-Type", form)...)
}

func TestPage_RefusesForgedRequests(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.consume()
	s.publish("Ev1")
	testenv.Eventually(t, "a dead letter", func() bool { return s.dead() == 1 })
	s.login(token)
	for _, header := range [][]string{
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"},
	} {
		for _, path := range []string{"/ops/api/dead/drop", "/ops/api/dead/replay", "/ops/login", "/ops/logout"} {
			if a := s.do("POST", path, `{}`, append(header, "Content-Type", "application/json")...); a.status != http.StatusForbidden {
				t.Errorf("%s with %q: %d %s", path, header, a.status, a.body)
			}
		}
	}
	for _, media := range []string{form, "text/plain", ""} {
		if a := s.do("POST", "/ops/api/dead/drop", `{}`, "Content-Type", media); a.status != http.StatusUnsupportedMediaType {
			t.Errorf("as %q: %d", media, a.status)
		}
	}
	if s.dead() != 1 || !strings.Contains(s.log.String(), "came from another site") {
		t.Errorf("%d dead letters; the log: %s", s.dead(), s.log)
	}
}

func TestPage_StrictHeaders(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, path := range []string{"/ops/", "/ops/app.js", "/ops/style.css", "/ops/dom.js", "/ops/theme.css", "/ops/api/state", "/ops/nothing"} {
		h := s.do("GET", path, "").header
		if !strings.HasPrefix(h.Get("Content-Security-Policy"), "default-src 'none'; script-src 'self'; style-src 'self';") ||
			!strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") ||
			h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", path, h)
		}
	}
}

func TestPage_HidesTexts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.consume()
	s.publish("Ev1")
	testenv.Eventually(t, "a dead letter", func() bool { return s.dead() == 1 })
	s.login(token)
	list := s.do("GET", "/ops/api/dead?type=greeting", "")
	if list.status != http.StatusOK || strings.Contains(list.body, messageText) || strings.Contains(list.body, formSecret) || !strings.Contains(list.body, `"event_id":"Ev1"`) {
		t.Errorf("%d %s", list.status, list.body)
	}
	var page struct {
		Letters []struct {
			QueuedAt time.Time `json:"queued_at"`
			DeadAt   time.Time `json:"dead_at"`
		}
	}
	if err := json.Unmarshal([]byte(list.body), &page); err != nil || len(page.Letters) != 1 {
		t.Fatalf("%s (%v)", list.body, err)
	}
	if d := page.Letters[0]; time.Since(d.QueuedAt) > time.Minute || d.DeadAt.Before(d.QueuedAt) || time.Since(d.DeadAt) > time.Minute {
		t.Errorf("queued at %v, dead at %v: %s", d.QueuedAt, d.DeadAt, list.body)
	}
	_, id, _ := strings.Cut(list.body, `"id":"`)
	id, _, _ = strings.Cut(id, `"`)
	if a := s.do("GET", "/ops/api/dead/text?type=greeting&id="+id, ""); a.status != http.StatusOK || !strings.Contains(a.body, messageText) || strings.Contains(a.body, formSecret) || !strings.Contains(a.body, "V1") {
		t.Errorf("%d %s", a.status, a.body)
	}
	if log := s.log.String(); strings.Contains(log, messageText) || strings.Contains(log, formSecret) || !strings.Contains(log, `"operator":"ada","from":"127.0.0.1","action":"read text"`) {
		t.Errorf("the log: %s", log)
	}
	for path, want := range map[string]int{
		"/ops/api/dead?type=nothing": 400, "/ops/api/dead/text?type=greeting&id=1-1": 404, "/ops/api/dead/text?type=x&id=1-1": 400,
	} {
		if a := s.do("GET", path, ""); a.status != want || !strings.Contains(a.body, `"error":"`) {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
	for body, want := range map[string]int{`{"type":"greeting","id":"1-1"}`: 404, `{"type":"x","id":"1-1"}`: 400, `no`: 400} {
		if a := s.do("POST", "/ops/api/dead/drop", body, "Content-Type", "application/json"); a.status != want {
			t.Errorf("drop %s: %d %s", body, a.status, a.body)
		}
	}
}
