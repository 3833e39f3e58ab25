package mcp_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/gobridge/gopherbot/internal/outbound"
	"github.com/gobridge/gopherbot/internal/sharkfin/mcp"
	"github.com/gobridge/gopherbot/internal/sharkfin/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server is a simulated server with the people alice and bob, the bot gopher, and the channel
// town, which all are in.
type server struct {
	*sim.Server
	url  string
	http *http.Client
}

func start(t *testing.T, opts sim.Options) *server {
	t.Helper()
	opts.Identities = append(opts.Identities, sim.Identity{Name: "alice"}, sim.Identity{Name: "bob"}, sim.Identity{Name: "gopher", Type: sim.Service})
	s := &server{Server: sim.New(opts)}
	h := httptest.NewServer(s.Server)
	transport := &http.Transport{}
	s.url, s.http = h.URL, &http.Client{Timeout: testenv.Timeout, Transport: transport}
	t.Cleanup(func() {
		s.Close()
		transport.CloseIdleConnections()
		h.CloseClientConnections() // of requests that hang
		h.Close()
	})
	if err := s.AddChannel("town", true, "alice", "bob", "gopher"); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *server) client() *mcp.Client { return mcp.New(s.url+"/", "gopher-key", s.http) }

// TestClient_Send sends arguments of the types without which the server drops them.
func TestClient_Send(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	c := s.client()
	first, err := c.Send(t.Context(), mcp.Message{Channel: "town", Text: "hello @alice"})
	if err != nil || first == 0 {
		t.Fatal(first, err)
	}
	second, err := c.Send(t.Context(), mcp.Message{Channel: "town", Text: "more", Thread: first, Metadata: `{"n":12345678901234567890}`})
	if err != nil || second <= first {
		t.Fatal(second, err)
	}
	all := s.Messages("town")
	if len(all) != 2 || all[0].ThreadID != nil || all[0].Metadata != nil || !slices.Equal(all[0].Mentions, []string{"alice"}) {
		t.Errorf("%+v", all)
	}
	if m := all[1]; m.From != "gopher" || m.ThreadID == nil || *m.ThreadID != first || m.Metadata == nil || *m.Metadata != `{"n":12345678901234567890}` {
		t.Errorf("%+v", m)
	}
	if _, err := c.Send(t.Context(), mcp.Message{Channel: "town"}); err == nil || len(s.Messages("town")) != 2 {
		t.Errorf("an empty message: %v", err)
	}
}

// TestClient_Refusals tells the server's errors apart.
func TestClient_Refusals(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	if err := s.AddChannel("secret", false, "alice"); err != nil {
		t.Fatal(err)
	}
	c := s.client()
	for _, test := range []struct {
		m    mcp.Message
		tool bool
		want string
	}{
		{mcp.Message{Channel: "nope", Text: "x"}, true, "channel not found: nope"},
		{mcp.Message{Channel: "secret", Text: "x"}, true, "you are not a participant of this channel"},
		{mcp.Message{Channel: "town", Text: "x", Thread: 999}, false, "send message: parent message not found: 999"},
	} {
		_, err := c.Send(t.Context(), test.m)
		refused, isTool := errors.AsType[*mcp.ToolError](err)
		failed, isRPC := errors.AsType[*mcp.RPCError](err)
		if isTool != test.tool || isRPC == test.tool || isTool && refused.Text != test.want || isRPC && failed.Text != test.want {
			t.Errorf("%+v: %v, want %q", test.m, err, test.want)
		}
	}
	_, err := c.Call(t.Context(), "nonsense", map[string]any{})
	if failed, ok := errors.AsType[*mcp.RPCError](err); !ok || failed.Code != mcp.CodeInvalidParams {
		t.Error(err)
	}
	_, err = mcp.New(s.url, "wrong-key", s.http).Users(t.Context())
	if answer, ok := errors.AsType[*mcp.StatusError](err); !ok || answer.Status != 401 || strings.Contains(err.Error(), "wrong-key") || errors.Is(err, mcp.ErrNotServed) {
		t.Error(err)
	}
}

// TestClient_Lists reads lists, of which empty ones are null, and merges the rows of a direct
// conversation with three people.
func TestClient_Lists(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	c := s.client()
	if dms, err := c.DMs(t.Context()); err != nil || len(dms) != 0 {
		t.Error(dms, err)
	}
	if groups, err := c.Groups(t.Context()); err != nil || len(groups) != 0 {
		t.Error(groups, err)
	}
	channel, err := c.OpenDM(t.Context(), "alice")
	if err != nil || channel != "dm-alice-gopher" {
		t.Fatal(channel, err)
	}
	if again, err := c.OpenDM(t.Context(), "alice"); err != nil || again != channel {
		t.Error(again, err)
	}
	if err := s.Join("bob", channel); err != nil {
		t.Fatal(err)
	}
	dms, err := c.DMs(t.Context())
	if err != nil || len(dms) != 1 || dms[0].Channel != channel || !slices.Equal(dms[0].Participants, []string{"alice", "bob"}) {
		t.Error(dms, err)
	}
	users, err := c.Users(t.Context())
	types := map[string]string{}
	for _, u := range users {
		types[u.Username] = u.Type
	}
	if err != nil || types["alice"] != "user" || types["gopher"] != "service" {
		t.Error(users, err)
	}
	if _, err := c.OpenDM(t.Context(), "nobody"); err == nil || !strings.Contains(err.Error(), "user not found: nobody") {
		t.Error(err)
	}
}

// TestClient_Sessions begins one session for many calls, and another when the server has
// forgotten it: nothing ran, so that the call is made again.
func TestClient_Sessions(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	c := s.client()
	burst := func(n int) {
		var all sync.WaitGroup
		for i := range n {
			all.Go(func() {
				if _, err := c.Send(t.Context(), mcp.Message{Channel: "town", Text: fmt.Sprint(i)}); err != nil {
					t.Error(err)
				}
			})
		}
		testenv.Wait(t, &all)
	}
	burst(20)
	s.Restart()
	burst(20)
	if n := len(s.Messages("town")); n != 40 {
		t.Errorf("%d messages", n)
	}
	if n := s.Stats().Sessions; n != 2 {
		t.Errorf("%d sessions, want 2", n)
	}
}

// TestClient_NoSessionOnOtherErrors: the server keeps every session for good.
func TestClient_NoSessionOnOtherErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name      string
		fault     sim.Fault
		notServed bool
	}{
		{"400", sim.Fault{Status: 400, Body: "Invalid session ID"}, false},
		{"a missing route", sim.Fault{Status: 404, Body: "404 page not found\n"}, true},
		{"a method that a proxy refuses", sim.Fault{Status: 405}, true},
		{"503", sim.Fault{Status: 503, Body: "no backend"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, sim.Options{})
			c := s.client()
			if err := c.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			test.fault.Path, test.fault.Times = "/mcp", 3
			s.Fail(test.fault)
			_, err := c.Users(t.Context())
			answer, ok := errors.AsType[*mcp.StatusError](err)
			if !ok || answer.Status != test.fault.Status || errors.Is(err, mcp.ErrNotServed) != test.notServed {
				t.Error(err)
			}
			if n := s.Stats().Requests["POST /mcp"]; n != 2 {
				t.Errorf("%d requests, want the session's and one more", n)
			}
		})
	}
}

func TestClient_Start(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	s.Fail(sim.Fault{Path: "/mcp", Status: 404, Body: "404 page not found\n"})
	if err := s.client().Start(t.Context()); !errors.Is(err, mcp.ErrNotServed) {
		t.Error(err)
	}
	// A server that forgets its sessions at once is not asked for ever.
	s.Fail(sim.Fault{Path: "/mcp", Status: 404, Body: "Invalid session ID", Times: 1 << 20})
	if err := s.client().Start(t.Context()); err == nil || errors.Is(err, mcp.ErrNotServed) {
		t.Error(err)
	}
}

// TestClient_LostAnswer: the caller learns that the message may have been sent.
func TestClient_LostAnswer(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	c := s.client()
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Fail(sim.Fault{Path: "/mcp", Lose: true})
	ctx, sent := outbound.Sent(t.Context())
	if _, err := c.Send(ctx, mcp.Message{Channel: "town", Text: "x"}); err == nil || !sent() || len(s.Messages("town")) != 1 {
		t.Errorf("%v, sent %v", err, sent())
	}
	s.Fail(sim.Fault{Path: "/mcp", Hang: true})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.Send(ctx, mcp.Message{Channel: "town", Text: "x"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

// TestClient_StrangeAnswers of something that is no Sharkfin server. Errors quote no text of
// messages and not the key.
func TestClient_StrangeAnswers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, body, want string
		status           int
	}{
		{"HTML", "<html>a secret</html>", "no answer of MCP", 200},
		{"nothing", "", "no answer of MCP", 200},
		{"another JSON", `{"ok":true}`, "no answer of MCP", 200},
		{"no result", `{"jsonrpc":"2.0","id":1}`, "without a result", 200},
		{"a result that is no list", `{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"a secret"}]}}`, "not as documented", 200},
		{"too much", strings.Repeat(" ", 9<<20), "larger than", 200},
		{"a page with the key", "<p>gopher-key</p>", "[redacted]", 502},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Mcp-Session-Id") == "" {
					w.Header().Set("Mcp-Session-Id", "s1")
					_, _ = w.Write([]byte(`{"jsonrpc":"2.0","id":1,"result":{}}`))
					return
				}
				w.WriteHeader(test.status)
				_, _ = w.Write([]byte(test.body))
			}))
			defer h.Close()
			c := mcp.New(h.URL, "gopher-key", &http.Client{Timeout: testenv.Timeout, Transport: &http.Transport{DisableKeepAlives: true}})
			_, err := c.Users(t.Context())
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "gopher-key") {
				t.Error(err)
			}
		})
	}
}

// TestClient_NoID: a success whose text has no id is a success.
func TestClient_NoID(t *testing.T) {
	t.Parallel()
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"sent"},{"type":"image"}]}}`))
	}))
	defer h.Close()
	c := mcp.New(h.URL, "gopher-key", &http.Client{Timeout: testenv.Timeout, Transport: &http.Transport{DisableKeepAlives: true}})
	if id, err := c.Send(t.Context(), mcp.Message{Channel: "town", Text: "x"}); id != 0 || err != nil {
		t.Error(id, err)
	}
}
