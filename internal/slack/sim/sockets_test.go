package sim_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack"

	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/slack/sim/socket"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

const appToken = "xapp-1"

// served is a workspace that runs, and an app's view of it.
type served struct {
	*slacksim.Workspace
	t     *testing.T
	api   string // the address of the Web API
	clock *clock // the workspace's, in bothTransports
}

// serve runs a workspace with its Web API. change may change its options.
func serve(t *testing.T, change func(*slacksim.Options)) served {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	opts := slacksim.Options{
		AppID: "A1", TeamID: "T1", SigningSecret: "s", BotToken: "xoxb-1", AppToken: appToken,
		APIURL: "http://" + server.Listener.Addr().String() + "/",
		Client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: testenv.Timeout},
	}
	change(&opts)
	s := served{Workspace: slacksim.New(opts), t: t, api: opts.APIURL}
	server.Config.Handler = s.API()
	server.Start()
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := testenv.Next(t, stopped); err != nil {
			t.Error(err)
		}
		server.Close()
	})
	return s
}

func (s served) client(botToken, appToken string) *slack.Client {
	client := &http.Client{Timeout: testenv.Timeout, Transport: &http.Transport{DisableKeepAlives: true}}
	return slack.New(botToken, slack.OptionAppLevelToken(appToken), slack.OptionAPIURL(s.api), slack.OptionHTTPClient(client))
}

// connect opens a socket as an app does.
func (s served) connect() *websocket.Conn {
	s.t.Helper()
	_, address, err := s.client("xoxb-1", appToken).StartSocketModeContext(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	ws, response, err := websocket.DefaultDialer.DialContext(s.t.Context(), address, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	response.Body.Close()
	s.t.Cleanup(func() { ws.Close() })
	if hello := s.next(ws); hello["type"] != "hello" {
		s.t.Fatalf("%v", hello)
	}
	return ws
}

// next returns the next frame of a socket.
func (s served) next(ws *websocket.Conn) map[string]any {
	s.t.Helper()
	if err := ws.SetReadDeadline(time.Now().Add(testenv.Timeout)); err != nil {
		s.t.Fatal(err)
	}
	var frame map[string]any
	if err := ws.ReadJSON(&frame); err != nil {
		s.t.Fatal(err)
	}
	return frame
}

func socketMode(o *slacksim.Options) { o.SocketMode = true }

func TestSockets_TokensThatOpen(t *testing.T) {
	t.Parallel()
	s := serve(t, socketMode)
	open := func(token string) string {
		_, _, err := s.client("xoxb-1", token).StartSocketModeContext(t.Context())
		return fmt.Sprint(err)
	}
	for token, want := range map[string]string{
		appToken: "<nil>", "xoxb-1": "not_allowed_token_type", "xapp-2": "invalid_auth", "": "not_authed",
	} {
		if got := open(token); got != want {
			t.Errorf("%q: %s, want %s", token, got, want)
		}
	}
	if _, err := s.client(appToken, "").AuthTestContext(t.Context()); err == nil || err.Error() != "not_allowed_token_type" {
		t.Errorf("the app's token elsewhere: %v", err)
	}
	for _, want := range []string{
		"invalid_auth", "account_inactive", "token_revoked", "missing_scope", "internal_error", "fatal_error",
	} {
		s.Fail("apps.connections.open", slacksim.Fault{Error: want})
		if got := open(appToken); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	s.SetSocketMode(false)
	if got := open(appToken); got == "<nil>" {
		t.Error("opened while Socket Mode is off")
	}
}

func TestSockets_EventsAreRepeated(t *testing.T) {
	t.Parallel()
	s := serve(t, func(o *slacksim.Options) {
		o.SocketMode = true
		o.Sockets = socket.Options{AckTimeout: time.Second}
		o.Retries = []time.Duration{time.Millisecond, time.Millisecond, time.Millisecond}
	})
	ws := s.connect()
	ts, err := s.Say("U01ADA", "C01GENERAL", "hi", "")
	if err != nil {
		t.Fatal(err)
	}
	ids := map[any]bool{}
	for attempt := range 3 {
		frame := s.next(ws)
		payload, _ := frame["payload"].(map[string]any)
		event, _ := payload["event"].(map[string]any)
		reason := map[bool]string{true: "timeout"}[attempt > 0]
		if frame["type"] != "events_api" || frame["accepts_response_payload"] != false || frame["retry_attempt"] != float64(attempt) || frame["retry_reason"] != reason {
			t.Errorf("%v", frame)
		}
		if payload["type"] != "event_callback" || payload["api_app_id"] != "A1" || event["ts"] != ts {
			t.Errorf("%v", payload)
		}
		ids[frame["envelope_id"]] = true
		if attempt == 2 {
			if err := ws.WriteJSON(map[string]any{"envelope_id": frame["envelope_id"]}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(ids) != 3 {
		t.Errorf("%d ids of 3 envelopes", len(ids))
	}
	testenv.Eventually(t, "the journey does not say that it was refused", func() bool {
		return s.Snapshot().Messages[0].Journey.Outcome == "" && s.Socket().Connections()[0].Acks == 1
	})
}

// TestSockets_SwitchTransports sends events before, while and after Socket Mode is on.
func TestSockets_SwitchTransports(t *testing.T) {
	t.Parallel()
	requests := make(chan string, 10)
	gateway := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { requests <- r.URL.Path }))
	defer gateway.Close()
	s := serve(t, func(o *slacksim.Options) { o.EventURL = gateway.URL + "/slack/event" })
	say := func() {
		t.Helper()
		if _, err := s.Say("U01ADA", "C01GENERAL", "hi", ""); err != nil {
			t.Fatal(err)
		}
	}
	say()
	testenv.Next(t, requests)
	s.SetSocketMode(true)
	ws := s.connect()
	say()
	frame := s.next(ws)
	if err := ws.WriteJSON(map[string]any{"envelope_id": frame["envelope_id"]}); err != nil {
		t.Fatal(err)
	}
	s.SetSocketMode(false)
	if frame := s.next(ws); frame["reason"] != "link_disabled" {
		t.Errorf("%v", frame)
	}
	say()
	testenv.Next(t, requests)
	if len(requests) > 0 {
		t.Error("an event came over both transports")
	}
}

// TestSockets_ReplyIsOfTheJourney names an envelope in a call of the Web API.
func TestSockets_ReplyIsOfTheJourney(t *testing.T) {
	t.Parallel()
	s := serve(t, socketMode)
	ws := s.connect()
	if _, err := s.Say("U01ADA", "C01GENERAL", "hi", ""); err != nil {
		t.Fatal(err)
	}
	id, _ := s.next(ws)["envelope_id"].(string)
	if err := ws.WriteJSON(map[string]any{"envelope_id": id}); err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), "POST", s.api+"chat.postMessage?channel=C01GENERAL&text=hi", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer xoxb-1")
	r.Header.Set("X-Request-ID", id)
	client := &http.Client{Timeout: testenv.Timeout, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if steps := s.Snapshot().Messages[0].Journey.Steps; len(steps) != 1 || steps[0].Name != slacksim.Replied {
		t.Errorf("%v", steps)
	}
}
