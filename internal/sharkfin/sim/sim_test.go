package sim_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"github.com/gobridge/gopherbot/internal/sharkfin/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server is a simulated server on a port, with alice, bob, an agent and the bot gopher.
type server struct {
	*sim.Server
	http *httptest.Server
}

func start(t *testing.T, opts sim.Options) *server {
	t.Helper()
	if opts.Identities == nil {
		opts.Identities = []sim.Identity{
			{Name: "alice"}, {Name: "bob"}, {Name: "robot", Type: sim.Agent}, {Name: "gopher", Type: sim.Service},
		}
	}
	s := &server{Server: sim.New(opts)}
	s.http = httptest.NewServer(s.Server)
	t.Cleanup(func() {
		s.Server.Close()
		s.http.Close()
	})
	return s
}

func (s *server) channel(t *testing.T, name string, public bool, members ...string) {
	t.Helper()
	if err := s.AddChannel(name, public, members...); err != nil {
		t.Fatal(err)
	}
}

// call makes a REST request of name and returns the status and the body.
func (s *server) call(t *testing.T, name, method, path, body string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, s.http.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "ApiKey-v1 "+name+"-key")
	request.Header.Set("Content-Type", "application/json")
	return do(t, s.http.Client(), request)
}

func do(t *testing.T, c *http.Client, request *http.Request) (int, string) {
	t.Helper()
	response, err := c.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, strings.TrimSpace(string(text))
}

// want fails the test if a REST request is not answered with status and a body that has text.
func (s *server) want(t *testing.T, name, method, path, body string, status int, text string) {
	t.Helper()
	got, answer := s.call(t, name, method, path, body)
	if got != status || !strings.Contains(answer, text) {
		t.Errorf("%s %s %s %s: %d %s, want %d %q", name, method, path, body, got, answer, status, text)
	}
}

// socket is an open socket whose frames are read.
type socket struct {
	t      *testing.T
	ws     *websocket.Conn
	frames chan string
}

func (s *server) dial(t *testing.T, name, path string) *socket {
	t.Helper()
	header := http.Header{"Authorization": {"ApiKey-v1 " + name + "-key"}}
	ws, response, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(s.http.URL, "http")+path, header)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	c := &socket{t, ws, make(chan string, 10_000)}
	t.Cleanup(func() { ws.Close() })
	go func() {
		defer close(c.frames)
		for {
			_, data, err := ws.ReadMessage()
			if err != nil {
				return
			}
			c.frames <- string(data)
		}
	}()
	return c
}

func (c *socket) send(frame string) {
	c.t.Helper()
	if err := c.ws.WriteMessage(websocket.TextMessage, []byte(frame)); err != nil {
		c.t.Fatal(err)
	}
}

// next returns the next frame whose type is kind.
func (c *socket) next(kind string) string {
	c.t.Helper()
	for {
		text := testenv.Next(c.t, c.frames)
		var f struct {
			Type string `json:"type"`
		}
		if err := json.Unmarshal([]byte(text), &f); err != nil {
			c.t.Fatalf("frame %q: %v", text, err)
		}
		if f.Type == kind {
			return text
		}
	}
}

// none fails the test if a frame of the type kind has come. A request makes sure that all that
// came before it has been read.
func (c *socket) none(kind string) {
	c.t.Helper()
	c.send(`{"type":"version","ref":"none"}`)
	for {
		text := testenv.Next(c.t, c.frames)
		if strings.Contains(text, `"ref":"none"`) {
			return
		}
		if strings.Contains(text, `"type":"`+kind+`"`) {
			c.t.Errorf("got %s", text)
			return
		}
	}
}

// ended waits until the socket is closed.
func (c *socket) ended() {
	c.t.Helper()
	deadline := time.After(testenv.Timeout)
	for {
		select {
		case _, open := <-c.frames:
			if !open {
				return
			}
		case <-deadline:
			c.t.Fatal("the socket did not end")
		}
	}
}

func TestAuthentication(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	for header, text := range map[string]string{
		"": "missing Authorization header", "apikey-v1 alice-key": "invalid token", "ApiKey-v1 nope": "invalid token", "Bearer alice-key": "invalid token",
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.http.URL+"/api/v1/channels", nil)
		if err != nil {
			t.Fatal(err)
		}
		if header != "" {
			request.Header.Set("Authorization", header)
		}
		if status, body := do(t, s.http.Client(), request); status != 401 || body != `{"error":"auth: `+text+`"}` {
			t.Errorf("%q: %d %s", header, status, body)
		}
	}
	if n := s.Stats().Unauthorized; n != 4 {
		t.Errorf("%d requests were refused", n)
	}
}

func TestPassportDown_CachedKeysWork(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 26, 18, 0, 0, 0, time.UTC)
	s := start(t, sim.Options{Now: func() time.Time { return now }})
	s.want(t, "alice", "GET", "/api/v1/channels", "", 200, "[]")
	s.PassportDown(true)
	s.want(t, "alice", "GET", "/api/v1/channels", "", 200, "[]")
	s.want(t, "bob", "GET", "/api/v1/channels", "", 401, "invalid token")
	now = now.Add(31 * time.Second)
	s.want(t, "alice", "GET", "/api/v1/channels", "", 401, "invalid token")
	s.PassportDown(false)
	s.want(t, "alice", "GET", "/api/v1/channels", "", 200, "[]")
	s.PassportDown(true)
	s.Set(sim.CachedKeys, false)
	s.want(t, "alice", "GET", "/api/v1/channels", "", 401, "invalid token")
}

func TestFirstIsAdmin(t *testing.T) {
	t.Parallel()
	bot := []sim.Identity{{Name: "gopher", Type: sim.Service}}
	bot[0].Key = "gopher-key"
	s := start(t, sim.Options{Fresh: true, Identities: bot})
	s.want(t, "gopher", "POST", "/api/v1/auth/register", "", 201, `"role":"admin","type":"service"`)
	s = start(t, sim.Options{Fresh: true, Identities: bot, Without: []sim.Oddity{sim.FirstIsAdmin}})
	s.want(t, "gopher", "POST", "/api/v1/auth/register", "", 201, `"role":"bot"`)
}

func TestREST(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 26, 18, 9, 52, 123, time.UTC)
	s := start(t, sim.Options{Now: func() time.Time { return at }})
	s.want(t, "gopher", "POST", "/api/v1/channels", `{"name":"town","public":true}`, 201, `{"id":1,"name":"town","public":true}`)
	s.want(t, "gopher", "POST", "/api/v1/channels", `{"public":true}`, 400, "name is required")
	s.want(t, "alice", "GET", "/api/v1/channels", "", 200, `[{"id":1,"name":"town","public":true,"member":false}]`)
	s.want(t, "alice", "POST", "/api/v1/channels/nope/join", "", 404, "channel not found")
	s.want(t, "alice", "POST", "/api/v1/channels/town/join", "", 200, "")
	s.want(t, "alice", "POST", "/api/v1/channels/town/messages", `{"body":"by rest @bob","metadata":{"a":1}}`, 201,
		`{"body":"by rest @bob","id":1,"metadata":{"a":1},"sent_at":"2026-11-26T18:09:52Z"}`)
	s.want(t, "alice", "POST", "/api/v1/channels/town/messages", `{"body":"x","metadata":"{}"}`, 400, "body is required")
	s.want(t, "alice", "POST", "/api/v1/channels/town/messages", `{"body":"`+strings.Repeat("x", 1<<20)+`"}`, 400, "body is required")
	s.want(t, "alice", "POST", "/api/v1/channels/town/messages", `{"body":"in a thread","thread_id":1}`, 201, `"id":2`)
	s.want(t, "alice", "POST", "/api/v1/channels/town/messages", `{"body":"deeper","thread_id":2}`, 500, "send message failed")
	s.want(t, "alice", "POST", "/api/v1/channels/town/messages", `{"body":"lost","thread_id":999}`, 500, "send message failed")
	s.want(t, "alice", "GET", "/api/v1/channels/town/messages?thread_id=1", "", 200,
		`[{"id":1,"from":"alice","body":"by rest @bob","metadata":"{\"a\":1}","sent_at":"2026-11-26T18:09:52Z"},{"id":2,`)
	s.want(t, "alice", "GET", "/api/v1/nothing", "", 404, "404 page not found")
	if n := s.Stats().Requests["POST /api/v1/channels/{}/messages"]; n != 6 {
		t.Errorf("%d posts were counted", n)
	}
}

func TestWebhooks_AreRegistered(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	_, first := s.call(t, "gopher", "POST", "/api/v1/webhooks", `{"url":"http://localhost:1/"}`)
	if _, second := s.call(t, "gopher", "POST", "/api/v1/webhooks", `{"url":"http://localhost:1/"}`); first != second {
		t.Errorf("registered twice: %s and %s", first, second)
	}
	var hook struct{ ID string }
	if err := json.Unmarshal([]byte(first), &hook); err != nil {
		t.Fatal(err)
	}
	s.want(t, "gopher", "GET", "/api/v1/webhooks", "", 200, hook.ID)
	s.want(t, "alice", "GET", "/api/v1/webhooks", "", 200, "[]")
	s.want(t, "gopher", "DELETE", "/api/v1/webhooks/"+hook.ID, "", 204, "")
	s.want(t, "gopher", "DELETE", "/api/v1/webhooks/"+hook.ID, "", 204, "")
	s.want(t, "gopher", "GET", "/api/v1/webhooks", "", 200, "[]")
}
