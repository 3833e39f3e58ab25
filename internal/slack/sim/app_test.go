package sim_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack"

	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// heard is something that the app was told.
type heard struct {
	kind string // the type of the envelope, over both transports
	body map[string]any
}

func (h heard) text(key string) string {
	s, _ := h.body[key].(string)
	return s
}

func (h heard) object(key string) map[string]any {
	o, _ := h.body[key].(map[string]any)
	return o
}

// ignore is an answer that never comes.
type ignore struct{}

// bothTransports runs a test over HTTP and over a socket, each with a clock of its own. answer is the app: it returns nil, an answer to be encoded,
// or ignore.
func bothTransports(t *testing.T, change func(*slacksim.Options), answer func(heard) any, test func(t *testing.T, s served, told <-chan heard)) {
	t.Helper()
	for _, transport := range []string{"http", "socket"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			told := make(chan heard, 100)
			app := func(h heard) any {
				told <- h
				return answer(h)
			}
			front := httptest.NewServer(overHTTP(t, app))
			t.Cleanup(front.Close)
			own := newClock()
			s := serve(t, func(o *slacksim.Options) {
				o.Now = own.now
				o.SocketMode = transport == "socket"
				o.EventURL = front.URL + "/slack/event"
				o.Timeout = testenv.Timeout
				o.Retries = []time.Duration{}
				change(o)
			})
			s.clock = own
			if transport == "socket" {
				overSocket(s.connect(), app)
			}
			test(t, s, told)
		})
	}
}

// overHTTP is an app behind Request URLs.
func overHTTP(t *testing.T, app func(heard) any) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		verifier, err := slack.NewSecretsVerifier(r.Header, "s")
		if err != nil {
			t.Error(err)
			return
		}
		if _, err := verifier.Write(body); err != nil || verifier.Ensure() != nil {
			t.Errorf("the signature of %s is wrong (%v)", r.URL.Path, err)
		}
		h := heard{kind: map[string]string{"event": "events_api", "command": "slash_commands", "interactive": "interactive"}[path.Base(r.URL.Path)]}
		if h.kind == "events_api" {
			h.body = decode(t, body)
		} else {
			form, err := url.ParseQuery(string(body))
			if err != nil || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
				t.Errorf("%s: %v", r.Header.Get("Content-Type"), err)
			}
			if h.kind == "interactive" {
				h.body = decode(t, []byte(form.Get("payload")))
			} else {
				h.body = map[string]any{}
				for name := range form {
					h.body[name] = form.Get(name)
				}
			}
		}
		switch answer := app(h).(type) {
		case nil:
		case ignore:
			<-r.Context().Done()
		default:
			if err := json.NewEncoder(rw).Encode(answer); err != nil {
				t.Error(err)
			}
		}
	})
}

// overSocket answers the envelopes of a socket until it ends.
func overSocket(ws *websocket.Conn, app func(heard) any) {
	_ = ws.SetReadDeadline(time.Time{}) // of the hello
	go func() {
		for {
			var frame struct {
				ID, Type string
				Envelope string `json:"envelope_id"`
				Payload  map[string]any
			}
			if ws.ReadJSON(&frame) != nil {
				return
			}
			if frame.Envelope == "" {
				continue
			}
			ack := map[string]any{"envelope_id": frame.Envelope}
			switch answer := app(heard{frame.Type, frame.Payload}).(type) {
			case nil:
			case ignore:
				continue
			default:
				ack["payload"] = answer
			}
			if ws.WriteJSON(ack) != nil {
				return
			}
		}
	}()
}

func decode(t *testing.T, body []byte) map[string]any {
	var o map[string]any
	if err := json.Unmarshal(body, &o); err != nil {
		t.Errorf("%s: %v", body, err)
	}
	return o
}

// next returns what the app is told next.
func next(t *testing.T, told <-chan heard) heard {
	t.Helper()
	return testenv.Next(t, told)
}

func nothing(heard) any         { return nil }
func same(*slacksim.Options)    {}
func noAnswer(heard) any        { return ignore{} }
func short(o *slacksim.Options) { o.Timeout = 100 * time.Millisecond }

// respond posts JSON to a response_url and returns the status and the body.
func (s served) respond(address, body string) (int, string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), "POST", address, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	client := &http.Client{Timeout: testenv.Timeout, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, string(answer)
}

// call calls a method of the Web API with JSON, and returns its answer.
func (s served) call(method string, arguments map[string]any) map[string]any {
	s.t.Helper()
	body, err := json.Marshal(arguments)
	if err != nil {
		s.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(s.t.Context(), "POST", s.api+method, strings.NewReader(string(body)))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("Authorization", "Bearer xoxb-1")
	client := &http.Client{Timeout: testenv.Timeout, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return decode(s.t, answer)
}

// ok is call for one that succeeds.
func (s served) ok(method string, arguments map[string]any) map[string]any {
	s.t.Helper()
	answer := s.call(method, arguments)
	if answer["ok"] != true {
		s.t.Fatalf("%s: %v", method, answer)
	}
	return answer
}

// last returns the latest message.
func (s served) last() slacksim.Message {
	s.t.Helper()
	all := s.Snapshot().Messages
	if len(all) == 0 {
		s.t.Fatal("there is no message")
	}
	return all[len(all)-1]
}

type object = map[string]any
type list = []any

func plain(text string) object { return object{"type": "plain_text", "text": text} }

func option(value string) object { return object{"text": plain("the " + value), "value": value} }

// serverOf serves HTTP until the end of the test, and returns the address.
func serverOf(t *testing.T, f http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return server.URL
}

// clock is a clock that tests set.
type clock struct{ ahead atomic.Int64 }

func newClock() *clock { return &clock{} }

func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

func (c *clock) forward(d time.Duration) { c.ahead.Add(int64(d)) }
