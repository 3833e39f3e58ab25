package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// BenchmarkSocket compares one socket with the HTTP path of the same gateway, a process that
// logs each event to a file. Up to 64 events are on their way at a time in both; in each round the
// order is drawn at random. It reports the medians of the rounds. CPU is that of the gateway.
// It measures once, whatever b.N is: run it with -benchtime 1x.
//
// On 2 cores without other work, one run:
//
//	          events/s   µs CPU/event
//	http        32,600             34
//	socket      24,500             44   0.75 of the rate over HTTP, 0.97 with net/http's server
func BenchmarkSocket(b *testing.B) {
	rdb := redistest.Start(b)
	client := redistest.Dial(b, rdb.URL())
	slack := newBenchSlack(b)
	gateway := startBenchServer(b, "gateway", gatewayCommand(b), "REDIS_URL="+rdb.URL(), "ENV=production", "GOPHER_REDIS_INSECURE=true",
		"GOPHER_APP=bench", "GOPHER_LOG_LEVEL=info", "GOPHER_SLACK_APP_ID="+appID, "GOPHER_SLACK_TEAM_ID="+teamID,
		"GOPHER_SLACK_REQUEST_SECRET="+signingSecret, "GOPHER_SLACK_APP_TOKEN="+appToken, "GOPHER_SLACK_API_URL="+slack.URL+"/",
		"GOPHER_QUEUE_MAX_BACKLOG=1000000")
	ws := testenv.Next(b, slack.sockets)
	paths := []*benchPath{
		{name: "http", round: func() time.Duration { return gateway.round(b, gatewayEvents) }},
		{name: "socket", round: func() time.Duration { return slack.round(b, ws) }},
	}
	for _, p := range paths {
		p.round() // warms it up
	}
	trim(b, client)
	for range gatewayRounds {
		for _, i := range rand.Perm(len(paths)) {
			p, before := paths[i], gateway.cpuTime(b)
			p.rates = append(p.rates, gatewayEvents/p.round().Seconds())
			p.cpu = append(p.cpu, float64((gateway.cpuTime(b)-before).Microseconds())/gatewayEvents)
			trim(b, client)
		}
	}
	b.ReportMetric(0, "ns/op")
	for _, p := range paths {
		b.ReportMetric(median(p.rates), p.name+"-events/s")
		b.ReportMetric(median(p.cpu), p.name+"-µs-CPU/event")
	}
	b.ReportMetric(median(paths[1].rates)/median(paths[0].rates), "of-the-http-rate")
}

// benchPath is one of the ways into a gateway.
type benchPath struct {
	name       string
	round      func() time.Duration
	rates, cpu []float64 // of the rounds: events/s, µs per event
}

// benchSlack is a Slack that greets a socket and sends what it is told to. The simulated
// workspace does more, which would be measured, too.
type benchSlack struct {
	*httptest.Server
	sockets chan *websocket.Conn
}

func newBenchSlack(b *testing.B) *benchSlack {
	b.Helper()
	s := &benchSlack{sockets: make(chan *websocket.Conn, 1)}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /apps.connections.open", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"ok":true,"url":"ws://%s/link/?ticket=1"}`, r.Host)
	})
	mux.HandleFunc("POST /auth.test", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"ok":true,"team_id":%q,"user_id":"UBOT","bot_id":"BBOT","url":"https://x.slack.example/"}`, teamID)
	})
	mux.HandleFunc("GET /link/", func(w http.ResponseWriter, r *http.Request) {
		ws, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
		if err != nil {
			b.Error(err)
			return
		}
		b.Cleanup(func() { ws.Close() })
		hello := fmt.Sprintf(`{"type":"hello","num_connections":1,"connection_info":{"app_id":%q},"debug_info":{"approximate_connection_time":3600}}`, appID)
		if err := ws.WriteMessage(websocket.TextMessage, []byte(hello)); err != nil {
			b.Error(err)
			return
		}
		s.sockets <- ws
	})
	s.Server = httptest.NewServer(mux)
	b.Cleanup(s.Close)
	return s
}

// round sends a round's events over a socket, and returns how long it took until all were
// acknowledged. The frames are made before.
func (s *benchSlack) round(b *testing.B, ws *websocket.Conn) time.Duration {
	b.Helper()
	frames := make([]*websocket.PreparedMessage, gatewayEvents)
	for i := range frames {
		_, body, _ := strings.Cut(string(benchRequest(time.Now())), "\r\n\r\n")
		frame, err := json.Marshal(map[string]any{
			"envelope_id": fmt.Sprintf("57d6a792-4d35-4d0b-b6aa-%012d", i), "type": "events_api", "payload": json.RawMessage(body),
			"accepts_response_payload": false, "retry_attempt": 0, "retry_reason": "",
		})
		if err != nil {
			b.Fatal(err)
		}
		if frames[i], err = websocket.NewPreparedMessage(websocket.TextMessage, frame); err != nil {
			b.Fatal(err)
		}
	}
	if err := ws.SetReadDeadline(time.Now().Add(testenv.Timeout)); err != nil {
		b.Fatal(err)
	}
	room := make(chan struct{}, gatewayConns)
	failed := make(chan error, 1)
	start := time.Now()
	go func() {
		for _, frame := range frames {
			room <- struct{}{}
			if err := ws.WritePreparedMessage(frame); err != nil {
				failed <- err
				return
			}
		}
		failed <- nil
	}()
	for range frames {
		if _, _, err := ws.ReadMessage(); err != nil {
			b.Fatal(err)
		}
		testenv.Next(b, room)
	}
	took := time.Since(start)
	if err := testenv.Next(b, failed); err != nil {
		b.Fatal(err)
	}
	return took
}
