package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/consumer/gophers"
	"github.com/gobridge/gopherbot/gateway"
	gatewayslack "github.com/gobridge/gopherbot/gateway/slack"
	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

const (
	testAppToken = "xapp-1-A0TEST-verysecret"
	testBotToken = "xoxb-verysecret"
	testSecret   = "8f742231b10e8888abcd99yyyzzz85a5"
	testTicket   = "aticketforonedial"
	testMetrics  = "metrics-token-of-more-than-32-characters"
)

// slackServer is the part of Slack that a gateway calls: it says whose a token is, and
// opens sockets.
type slackServer struct {
	*httptest.Server
	away    atomic.Bool
	sockets chan *websocket.Conn
}

func newSlackServer(t *testing.T) *slackServer {
	t.Helper()
	s := &slackServer{sockets: make(chan *websocket.Conn, 10)}
	answer := func(token, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "Bearer "+token {
				t.Errorf("%s with %q", r.URL.Path, r.Header.Get("Authorization"))
			}
			if s.away.Load() {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			fmt.Fprint(w, body)
		}
	}
	mux := http.NewServeMux()
	s.Server = httptest.NewServer(mux)
	mux.HandleFunc("POST /auth.test", answer(testBotToken, `{"ok":true,"team_id":"T0TEST","bot_id":"B0"}`))
	mux.HandleFunc("POST /bots.info", answer(testBotToken, `{"ok":true,"bot":{"app_id":"A0TEST"}}`))
	mux.HandleFunc("POST /apps.connections.open", answer(testAppToken, `{"ok":true,"url":"`+strings.Replace(s.URL, "http", "ws", 1)+`/link/?ticket=`+testTicket+`"}`))
	mux.HandleFunc("GET /link/", func(w http.ResponseWriter, r *http.Request) {
		ws, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		s.sockets <- ws
	})
	t.Cleanup(s.Close)
	return s
}

// gatewayProcess is a gateway in this process.
type gatewayProcess struct {
	*testing.T
	url     string
	log     *testenv.Log
	serving chan struct{}
	answers chan gateway.Result
	stop    context.CancelFunc
	ended   chan error
}

func startGateway(t *testing.T, slack *slackServer, environ ...string) *gatewayProcess {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	p := &gatewayProcess{
		T: t, url: "http://" + listener.Addr().String(), log: &testenv.Log{}, serving: make(chan struct{}),
		answers: make(chan gateway.Result, 100), stop: stop, ended: make(chan error, 1),
	}
	environ = append(environ, "GOPHER_REDIS_INSECURE=true", "GOPHER_SLACK_API_URL="+slack.URL+"/", "GOPHER_METRICS_TOKEN="+testMetrics, "GOPHER_INSTANCE_TTL=1s")
	go func() {
		p.ended <- Run(ctx, Gateway, gophers.Content, Options{
			Environ: environ, Log: zerolog.New(p.log), Listener: listener,
			Hooks: Hooks{Serving: func() { close(p.serving) }, Answered: func(r gateway.Result) { p.answers <- r }},
		})
	}()
	t.Cleanup(func() {
		stop()
		for _, secret := range []string{testAppToken, testBotToken, testSecret, testTicket} {
			if strings.Contains(p.log.String(), secret) {
				t.Errorf("a secret is logged: %s", p.log)
			}
		}
	})
	return p
}

// get returns the status and the body of a page.
func (p *gatewayProcess) get(path string) (int, string) {
	p.Helper()
	r, err := http.NewRequestWithContext(p.Context(), http.MethodGet, p.url+path, nil)
	if err != nil {
		p.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+testMetrics)
	return p.do(r)
}

// post sends a signed event.
func (p *gatewayProcess) post(body string) int {
	p.Helper()
	return p.postSigned(body, testSecret)
}

// postSigned is like post, with another secret, or "" for no signature.
func (p *gatewayProcess) postSigned(body, secret string) int {
	p.Helper()
	r, err := http.NewRequestWithContext(p.Context(), http.MethodPost, p.url+"/slack/event", strings.NewReader(body))
	if err != nil {
		p.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if secret != "" {
		gatewayslack.Sign(r.Header, []byte(body), secret, time.Now())
	}
	status, _ := p.do(r)
	return status
}

func (p *gatewayProcess) do(r *http.Request) (int, string) {
	p.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: testenv.Timeout}
	response, err := client.Do(r)
	if err != nil {
		p.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		p.Fatal(err)
	}
	return response.StatusCode, string(body)
}

const testHello = `{"type":"hello","num_connections":3,"connection_info":{"app_id":"A0TEST"}}`

// testEvent returns a message as both ways bring it.
func testEvent(ts string) string {
	return `{"type":"event_callback","api_app_id":"A0TEST","team_id":"T0TEST","event_id":"Ev` + ts + `","event":{"type":"message","channel":"C1","channel_type":"channel","ts":"1763660000.` + ts + `"}}`
}

// deliver sends an event over a socket, and waits until it is acknowledged.
func deliver(t *testing.T, ws *websocket.Conn, ts string) {
	t.Helper()
	if err := ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"events_api","envelope_id":"`+ts+`","payload":`+testEvent(ts)+`}`)); err != nil {
		t.Fatal(err)
	}
	var ack struct {
		ID string `json:"envelope_id"`
	}
	if err := ws.SetReadDeadline(time.Now().Add(testenv.Timeout)); err != nil {
		t.Fatal(err)
	}
	if err := ws.ReadJSON(&ack); err != nil || ack.ID != ts {
		t.Fatalf("acknowledged %q (%v), want %q", ack.ID, err, ts)
	}
}

func greet(t *testing.T, s *slackServer) *websocket.Conn {
	t.Helper()
	ws := testenv.Next(t, s.sockets)
	t.Cleanup(func() { ws.Close() })
	if err := ws.WriteMessage(websocket.TextMessage, []byte(testHello)); err != nil {
		t.Fatal(err)
	}
	return ws
}

// TestGateway_SocketsAlone runs a gateway with two tokens and no address: it is not ready
// until Slack says whose they are, takes events, registers its sockets, and closes them
// when it stops.
func TestGateway_SocketsAlone(t *testing.T) {
	t.Parallel()
	url, app := redistest.URL(t), redistest.App()
	slack := newSlackServer(t)
	slack.away.Store(true)
	p := startGateway(t, slack, "REDIS_URL="+url, "GOPHER_APP="+app, "GOPHER_SLACK_APP_TOKEN="+testAppToken, "GOPHER_SLACK_BOT_ACCESS_TOKEN="+testBotToken)
	testenv.Eventually(t, "it asks Slack", func() bool { return strings.Contains(p.log.String(), "Slack does not answer; retrying") })
	if status, _ := p.get("/readyz"); status != 503 {
		t.Errorf("/readyz is %d before the workspace is known", status)
	}
	if status, _ := p.get("/healthz"); status != 200 {
		t.Errorf("/healthz is %d", status)
	}
	slack.away.Store(false)
	ws := greet(t, slack)
	testenv.Next(t, p.serving)
	deliver(t, ws, "1")
	if r := testenv.Next(t, p.answers); r.Outcome != gateway.Queued || r.Event.Key != "T0TEST/C1/1763660000.1" {
		t.Errorf("%+v", r)
	}
	if status, body := p.get("/readyz"); status != 200 {
		t.Errorf("/readyz is %d %s", status, body)
	}
	if status := p.post(testEvent("2")); status != 404 {
		t.Errorf("without a signing secret an event over HTTP is answered %d", status)
	}
	for _, want := range []string{
		`gopherbot_gateway_sockets{state="open"} 1`, `gopherbot_gateway_socket_envelopes_total{outcome="queued",type="events_api"} 1`,
		`gopherbot_gateway_socket_reconnects_total{reason="silence"} 0`, `gopherbot_gateway_socket_silence_seconds `,
	} {
		// An envelope is counted right after it is acknowledged.
		testenv.Eventually(t, "/metrics has "+want, func() bool { _, metrics := p.get("/metrics"); return strings.Contains(metrics, want) })
	}
	rdb := redistest.Dial(t, url)
	var registered []presence.Instance
	testenv.Eventually(t, "the gateway registers its socket and its workspace", func() bool {
		status, err := presence.Read(t.Context(), rdb, app)
		registered = status.Instances
		return err == nil && len(registered) == 1 && registered[0].Team == "T0TEST" && registered[0].Sockets != nil &&
			*registered[0].Sockets == presence.Sockets{Wanted: 1, Open: 1, Connections: 3}
	})
	if text, err := json.Marshal(registered); err != nil || strings.Contains(string(text), "secret") {
		t.Errorf("registered %s, %v", text, err)
	}
	p.stop()
	for {
		if _, _, err := ws.ReadMessage(); err != nil {
			if !websocket.IsCloseError(err, websocket.CloseNormalClosure) {
				t.Errorf("the socket ends with %v", err)
			}
			break
		}
	}
	if err := testenv.Next(t, p.ended); err != nil {
		t.Error(err)
	}
}

// TestGateway_BothWays: what comes over HTTP and is repeated over a socket is a duplicate.
// Until the installation is known, HTTP is answered 503, so that Slack repeats it.
func TestGateway_BothWays(t *testing.T) {
	t.Parallel()
	slack := newSlackServer(t)
	slack.away.Store(true)
	p := startGateway(t, slack, "REDIS_URL="+redistest.URL(t), "GOPHER_APP="+redistest.App(), "GOPHER_SLACK_APP_TOKEN="+testAppToken,
		"GOPHER_SLACK_BOT_ACCESS_TOKEN="+testBotToken, "GOPHER_SLACK_REQUEST_SECRET="+testSecret)
	if status := p.post(testEvent("1")); status != 503 {
		t.Errorf("%d before the app is known", status)
	}
	slack.away.Store(false)
	testenv.Next(t, p.serving)
	if status := p.post(testEvent("1")); status != 200 {
		t.Errorf("over HTTP: %d", status)
	}
	deliver(t, greet(t, slack), "1")
	for _, want := range []gateway.Outcome{gateway.Queued, gateway.Duplicate} {
		if r := testenv.Next(t, p.answers); r.Outcome != want {
			t.Errorf("%s, want %s", r.Outcome, want)
		}
	}
	p.stop()
	if err := testenv.Next(t, p.ended); err != nil {
		t.Error(err)
	}
}

// TestGateway_OtherWorkspace: the token is of another workspace than is set. One line says
// so, and the gateway waits.
func TestGateway_OtherWorkspace(t *testing.T) {
	t.Parallel()
	p := startGateway(t, newSlackServer(t), "REDIS_URL="+redistest.URL(t), "GOPHER_APP="+redistest.App(), "GOPHER_SLACK_TEAM_ID=T1OTHER",
		"GOPHER_SLACK_BOT_ACCESS_TOKEN="+testBotToken, "GOPHER_SLACK_REQUEST_SECRET="+testSecret)
	testenv.Eventually(t, "it is logged", func() bool {
		return strings.Contains(p.log.String(), "the bot access token is for workspace T0TEST and GOPHER_SLACK_TEAM_ID is T1OTHER")
	})
	if status, _ := p.get("/readyz"); status != 503 || p.post(testEvent("1")) != 503 {
		t.Errorf("/readyz is %d", status)
	}
	p.stop()
	if err := testenv.Next(t, p.ended); err != nil {
		t.Error(err)
	}
}

func TestNoSocket(t *testing.T) {
	t.Parallel()
	now := time.Unix(1763660000, 0)
	for _, test := range []struct {
		since time.Time
		ready bool
	}{
		{time.Time{}, true},
		{now.Add(-socketsMissing), true},
		{now.Add(-socketsMissing - time.Second), false},
	} {
		if err := noSocket(test.since, now); (err == nil) != test.ready {
			t.Errorf("%v: %v", now.Sub(test.since), err)
		}
	}
}
