package sim_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/sharkfin/sim"
)

// mcp makes a request to /mcp and returns the status, the body and the session of the answer.
func (s *server) mcp(t *testing.T, name, session, contentType, body string) (int, string, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.http.URL+"/mcp", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "ApiKey-v1 "+name+"-key")
	request.Header.Set("Content-Type", contentType)
	if session != "" {
		request.Header.Set("Mcp-Session-Id", session)
	}
	response, err := s.http.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode, readAll(t, response.Body), response.Header.Get("Mcp-Session-Id")
}

// session begins an MCP session.
func (s *server) session(t *testing.T, name string) string {
	t.Helper()
	status, body, id := s.mcp(t, name, "", "application/json", `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}`)
	if status != 200 || id == "" || !strings.Contains(body, `"protocolVersion":"2025-03-26"`) {
		t.Fatalf("initialize: %d %s", status, body)
	}
	return id
}

// tool calls a tool and returns the answer.
func (s *server) tool(t *testing.T, name, session, tool, arguments string) (int, string) {
	t.Helper()
	status, body, _ := s.mcp(t, name, session, "application/json",
		fmt.Sprintf(`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":%q,"arguments":%s}}`, tool, arguments))
	return status, body
}

func TestMCP_SendMessage(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	s.channel(t, "town", true, "alice", "gopher")
	s.channel(t, "secret", false, "alice")
	alice := s.dial(t, "alice", "/ws")
	alice.none("x")
	session := s.session(t, "gopher")
	for _, test := range []struct{ arguments, want string }{
		{`{"channel":"town","message":"hello @alice","metadata":"{\"gopher\":\"h1\"}"}`, `{"id":2,"jsonrpc":"2.0","result":{"content":[{"text":"message sent (id: 1)","type":"text"}]}}`},
		{`{"channel":"nope","message":"x"}`, `"isError":true`},
		{`{"channel":"secret","message":"x"}`, `you are not a participant of this channel`},
		{`{"channel":"town","message":"x","thread_id":999}`, `{"code":-32603,"message":"send message: parent message not found: 999"}`},
		{`{"channel":"town","message":"in the thread","thread_id":1}`, `message sent (id: 2)`},
		{`{"channel":"town","message":"deeper","thread_id":2}`, `cannot reply to a reply`},
		{`{"channel":"town"}`, `message sent (id: 3)`},
	} {
		if status, got := s.tool(t, "gopher", session, "send_message", test.arguments); status != 200 || !strings.Contains(got, test.want) {
			t.Errorf("%s: %d %s, want %s", test.arguments, status, got, test.want)
		}
	}
	if got := alice.next("message.new"); !strings.Contains(got, `"mentions":["alice"],"metadata":"{\"gopher\":\"h1\"}"`) {
		t.Error(got)
	}
	if _, got := s.tool(t, "gopher", session, "nonsense", "{}"); !strings.Contains(got, `"code":-32602`) {
		t.Error(got)
	}
	if _, got := s.tool(t, "gopher", session, "channel_create", `{"name":"town","public":true}`); !strings.Contains(got, "UNIQUE constraint failed") || !strings.Contains(got, "-32603") {
		t.Error(got)
	}
}

// Arguments of a wrong type are ignored without an error.
func TestLooseMCP(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	s.channel(t, "town", true, "gopher")
	session := s.session(t, "gopher")
	first := s.say(t, "gopher", "town", "first", false)
	arguments := fmt.Sprintf(`{"channel":"town","message":"x","thread_id":"%d","metadata":{}}`, first)
	if _, got := s.tool(t, "gopher", session, "send_message", arguments); !strings.Contains(got, "message sent (id: 2)") {
		t.Error(got)
	}
	if m := s.Messages("town")[1]; m.ThreadID != nil || m.Metadata != nil {
		t.Errorf("%+v", m)
	}
	s.Set(sim.LooseMCP, false)
	if _, got := s.tool(t, "gopher", session, "send_message", arguments); !strings.Contains(got, `"isError":true`) {
		t.Error(got)
	}
}

func TestMCP_Sessions(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	session := s.session(t, "gopher")
	want := func(id string, status int, text string) {
		t.Helper()
		if got, body := s.tool(t, "gopher", id, "dm_list", "{}"); got != status || !strings.Contains(body, text) {
			t.Errorf("%d %s, want %d %q", got, body, status, text)
		}
	}
	want(session, 200, `"text":"null"`)
	want("", 404, "Invalid session ID")
	want("nonsense", 404, "Invalid session ID")
	if status, body := s.tool(t, "alice", session, "dm_list", "{}"); status != 200 { // not bound to an identity
		t.Errorf("%d %s", status, body)
	}
	if status, body, _ := s.mcp(t, "gopher", session, "text/plain", "{}"); status != 400 || strings.Contains(body, "jsonrpc") {
		t.Errorf("%d %s", status, body)
	}
	for _, bad := range []string{"{", `[{"jsonrpc":"2.0","id":1,"method":"ping"}]`} {
		if status, body, _ := s.mcp(t, "gopher", session, "application/json", bad); status != 400 || !strings.Contains(body, "-32700") {
			t.Errorf("%s: %d %s", bad, status, body)
		}
	}
	if status, _, _ := s.mcp(t, "gopher", session, "application/json", `{"jsonrpc":"2.0","method":"notifications/initialized"}`); status != 202 {
		t.Errorf("a notification: %d", status)
	}
	s.Restart()
	want(session, 404, "Invalid session ID")
	session = s.session(t, "gopher")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, s.http.URL+"/mcp", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "ApiKey-v1 gopher-key")
	request.Header.Set("Mcp-Session-Id", session)
	do(t, s.http.Client(), request)
	want(session, 404, "Session terminated")
	if n := s.Stats().Sessions; n != 2 {
		t.Errorf("%d sessions", n)
	}
}

// Direct conversations can have a third participant, and their names collide.
func TestDirectConversations(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	session := s.session(t, "gopher")
	tool := func(name, arguments string) string {
		_, body := s.tool(t, "gopher", session, name, arguments)
		var answer struct {
			Result struct{ Content []struct{ Text string } }
			Error  struct{ Message string }
		}
		if err := json.Unmarshal([]byte(body), &answer); err != nil {
			t.Fatal(err)
		}
		if answer.Error.Message != "" {
			return answer.Error.Message
		}
		return answer.Result.Content[0].Text
	}
	for _, test := range []struct{ tool, arguments, want string }{
		{"dm_open", `{"username":"gopher"}`, "cannot open DM with yourself"},
		{"dm_open", `{"username":"zzz"}`, "user not found: zzz"},
		{"dm_open", `{"username":"alice"}`, `{"channel":"dm-alice-gopher","created":true,"participant":"alice"}`},
		{"dm_open", `{"username":"alice"}`, `{"channel":"dm-alice-gopher","created":false,"participant":"alice"}`},
		{"dm_list", `{}`, `[{"channel":"dm-alice-gopher","participant":"alice"}]`},
		{"channel_list", `{}`, `null`},
	} {
		if got := tool(test.tool, test.arguments); got != test.want {
			t.Errorf("%s %s: %s, want %s", test.tool, test.arguments, got, test.want)
		}
	}
	s.want(t, "bob", "POST", "/api/v1/channels/dm-alice-gopher/join", "", 200, "")
	if got := tool("dm_list", "{}"); got != `[{"channel":"dm-alice-gopher","participant":"alice"},{"channel":"dm-alice-gopher","participant":"bob"}]` {
		t.Error(got)
	}
	if got := tool("dm_open", `{"username":"bob"}`); got != `{"channel":"dm-alice-gopher","created":false,"participant":"bob"}` {
		t.Error(got)
	}
	s.channel(t, "dm-gopher-robot", true, "alice") // a squatter
	if got := tool("dm_open", `{"username":"robot"}`); !strings.Contains(got, "open dm: ") {
		t.Error(got)
	}
	s.Set(sim.DMNamesCollide, false)
	if got := tool("dm_open", `{"username":"robot"}`); !strings.Contains(got, `"created":true`) {
		t.Error(got)
	}
}

// Half of the echoes come before the answer.
func TestEchoBeforeAnswer(t *testing.T) {
	t.Parallel()
	for _, on := range []bool{true, false} {
		s := start(t, sim.Options{Without: []sim.Oddity{sim.DisorderPushes}})
		s.Set(sim.EchoBeforeAnswer, on)
		s.channel(t, "town", true, "gopher")
		c := s.dial(t, "gopher", "/ws")
		early := 0
		for range 20 {
			c.send(`{"type":"send_message","d":{"channel":"town","body":"x"},"ref":"1"}`)
			if text := c.any(); strings.Contains(text, "message.new") {
				early++
			}
			c.any()
		}
		if want := map[bool]int{true: 10, false: 0}[on]; early != want {
			t.Errorf("on %t: %d echoes were early", on, early)
		}
	}
}
