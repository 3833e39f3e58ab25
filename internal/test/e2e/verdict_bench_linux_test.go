package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	gatewayslack "github.com/gobridge/gopherbot/gateway/slack"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// formsPerSecond is how many forms people submit in BenchmarkForm.
const formsPerSecond = 50

// BenchmarkForm submits 50 forms a second to a gateway and a consumer, processes as they are
// deployed, over HTTP and over a socket. It reports the time from a form's submission to
// its verdict. Run it with -benchtime 1000x: each is one form.
//
// On 2 cores with a load of 20 to 30 of other work the median is 15 ms over HTTP and 18 ms over
// a socket, and the 99th percentile 85 ms and 260 ms. Of the median about 10 ms are the
// gateway's polling, every 20 ms.
func BenchmarkForm(b *testing.B) {
	rdb := redistest.Start(b)
	slack := newBenchSlack(b)
	env := []string{
		"REDIS_URL=" + rdb.URL(), "ENV=production", "GOPHER_REDIS_INSECURE=true", "GOPHER_APP=bench", "GOPHER_LOG_LEVEL=info",
		"GOPHER_SLACK_APP_ID=" + appID, "GOPHER_SLACK_TEAM_ID=" + teamID, "GOPHER_SLACK_API_URL=" + slack.URL + "/",
		"GOPHER_SLACK_REQUEST_SECRET=" + signingSecret, "GOPHER_SLACK_APP_TOKEN=" + appToken, "GOPHER_SLACK_BOT_ACCESS_TOKEN=" + botToken,
	}
	gateway := startBenchServer(b, "gateway", gatewayCommand(b), env...)
	consumer := waiterCommand(b)
	consumer.Env = append([]string{waiterVariable + "=true"}, env...)
	if err := consumer.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = consumer.Process.Kill()
		_ = consumer.Wait()
	})
	socket := newBenchSocket(testenv.Next(b, slack.sockets))
	http := benchHTTP{b, "http://" + gateway.address + "/slack/interactive"}
	sent := 0
	for _, path := range []struct {
		name   string
		submit func(body json.RawMessage) (answer string, err error)
	}{{"HTTP", http.submit}, {"socket", socket.submit}} {
		testenv.Eventually(b, "a form is taken", func() bool { // Redis knows the scripts, and the consumer has its group
			sent++
			answer, err := path.submit(submittedPayload(b, sent, "wait", "for", "0s"))
			return err == nil && !strings.Contains(answer, "errors")
		})
		b.Run(path.name, func(b *testing.B) {
			var (
				all   sync.WaitGroup
				mu    sync.Mutex
				waits []time.Duration
			)
			tick := time.NewTicker(time.Second / formsPerSecond)
			defer tick.Stop()
			for b.Loop() {
				<-tick.C
				sent++
				body := submittedPayload(b, sent, "wait", "for", "0s")
				all.Go(func() {
					began := time.Now()
					answer, err := path.submit(body)
					wait := time.Since(began)
					mu.Lock()
					defer mu.Unlock()
					if waits = append(waits, wait); err != nil || strings.Contains(answer, "errors") {
						b.Errorf("answered %q (%v) after %v", answer, err, wait)
					}
				})
			}
			testenv.Wait(b, &all)
			slices.Sort(waits)
			b.ReportMetric(0, "ns/op")
			for name, q := range map[string]float64{"p50-ms": 0.5, "p99-ms": 0.99} {
				b.ReportMetric(float64(waits[int(q*float64(len(waits)-1))].Microseconds())/1000, name)
			}
		})
	}
}

// benchHTTP sends interactions to an address.
type benchHTTP struct {
	*testing.B
	address string
}

func (h benchHTTP) submit(body json.RawMessage) (answer string, err error) {
	form := []byte(url.Values{"payload": {string(body)}}.Encode())
	r, err := http.NewRequestWithContext(h.Context(), http.MethodPost, h.address, bytes.NewReader(form))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	gatewayslack.Sign(r.Header, form, signingSecret, time.Now())
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	said, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("the gateway answered %s", response.Status)
	}
	return string(said), err
}

// benchSocket sends interactions over a socket, and hands out their answers.
type benchSocket struct {
	ws *websocket.Conn

	mu      sync.Mutex
	sent    int
	waiting map[string]chan string
}

// newBenchSocket reads a socket until it is closed.
func newBenchSocket(ws *websocket.Conn) *benchSocket {
	s := &benchSocket{ws: ws, waiting: map[string]chan string{}}
	go func() {
		for {
			var ack struct {
				EnvelopeID string          `json:"envelope_id"`
				Payload    json.RawMessage `json:"payload"`
			}
			if err := ws.ReadJSON(&ack); err != nil {
				return
			}
			s.mu.Lock()
			if waiting := s.waiting[ack.EnvelopeID]; waiting != nil {
				waiting <- string(ack.Payload) // has room for one
			}
			delete(s.waiting, ack.EnvelopeID)
			s.mu.Unlock()
		}
	}()
	return s
}

func (s *benchSocket) submit(body json.RawMessage) (answer string, err error) {
	acked := make(chan string, 1)
	s.mu.Lock()
	s.sent++
	id := fmt.Sprint("envelope-", s.sent)
	s.waiting[id] = acked
	err = s.ws.WriteJSON(map[string]any{"envelope_id": id, "type": "interactive", "payload": body, "accepts_response_payload": true})
	s.mu.Unlock()
	if err != nil {
		return "", err
	}
	select {
	case answer := <-acked:
		return answer, nil
	case <-time.After(testenv.Timeout):
		return "", fmt.Errorf("%s was not acknowledged within %v", id, testenv.Timeout)
	}
}
