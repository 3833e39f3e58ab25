package client_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/sharkfin/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/sharkfin/client"
)

func TestRESTClient(t *testing.T) {
	t.Parallel()
	s, ctx := start(t, sim.Options{}), t.Context()
	c := s.rest()
	if err := c.Register(ctx); err != nil {
		t.Error(err)
	}
	if err := c.CreateChannel(ctx, "general", true); err != nil {
		t.Error(err)
	}
	channels, err := c.Channels(ctx)
	if want := []client.Channel{{Name: "town", Public: true, Member: true}, {Name: "general", Public: true, Member: true}}; err != nil || !slices.Equal(channels, want) {
		t.Errorf("channels: %v, %v", channels, err)
	}
	first, err := c.SendMessage(ctx, "general", "hello", nil)
	if err != nil {
		t.Fatal(err)
	}
	second, err := c.SendMessage(ctx, "general", "hello again", &client.SendOpts{ThreadID: &first, Metadata: new(`{"a":1}`)})
	if err != nil {
		t.Fatal(err)
	}
	messages, err := c.ListMessages(ctx, "general", &client.HistoryOpts{After: &first})
	if err != nil || len(messages) != 1 {
		t.Fatalf("messages: %v, %v", messages, err)
	}
	if m := messages[0]; m.ID != second || m.Channel != "general" || m.From != "gopher" || m.Body != "hello again" || *m.ThreadID != first || *m.Metadata != `{"a":1}` {
		t.Errorf("message: %+v", m)
	}
	if before, err := c.ListMessages(ctx, "general", &client.HistoryOpts{Before: &second, Limit: new(1)}); err != nil || len(before) != 1 || before[0].ID != first {
		t.Errorf("before: %v, %v", before, err)
	}
	if replies, err := c.ListMessages(ctx, "general", &client.HistoryOpts{ThreadID: &first}); err != nil || len(replies) != 1 || replies[0].ID != second {
		t.Errorf("replies: %v, %v", replies, err)
	}
	id, err := c.RegisterWebhook(ctx, "http://localhost:1/hook")
	if err != nil || id == "" {
		t.Errorf("webhook: %q, %v", id, err)
	}
	if hooks, err := c.ListWebhooks(ctx); err != nil || len(hooks) != 1 || hooks[0] != (client.Webhook{ID: id, URL: "http://localhost:1/hook", Active: true}) {
		t.Errorf("webhooks: %v, %v", hooks, err)
	}
	for range 2 {
		if err := c.UnregisterWebhook(ctx, id); err != nil {
			t.Error(err)
		}
	}
	if hooks, err := c.ListWebhooks(ctx); err != nil || len(hooks) != 0 {
		t.Errorf("webhooks: %v, %v", hooks, err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func TestNewRESTClient_Addresses(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	host := strings.TrimPrefix(s.http.URL, "http://")
	for _, address := range []string{"http://" + host, "http://" + host + "/", "ws://" + host + "/ws", "ws://" + host + "/ws/", "ws://" + host} {
		c := client.NewRESTClient(address, client.WithAPIKey(key), client.WithHTTPClient(s.http.Client()), client.WithReconnect(nil), client.WithDialer(nil))
		if _, err := c.Channels(t.Context()); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	for address, text := range map[string]string{
		"localhost:16000": "must begin with", "": "must begin with", "ftp://host": "must begin with", "http://": "has no host", "http://a b": "is no URL",
	} {
		if _, err := client.NewRESTClient(address).Channels(t.Context()); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%q: %v, want %q", address, err, text)
		}
	}
}

// A server below a path of its host keeps the path.
func TestNewRESTClient_BelowAPath(t *testing.T) {
	t.Parallel()
	paths := make(chan string, 1)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		paths <- r.URL.Path
		_, _ = w.Write([]byte("[]"))
	}))
	defer s.Close()
	c := client.NewRESTClient("ws"+strings.TrimPrefix(s.URL, "http")+"/chat/ws", client.WithHTTPClient(s.Client()))
	if _, err := c.Channels(t.Context()); err != nil {
		t.Fatal(err)
	}
	if path := testenv.Next(t, paths); path != "/chat/api/v1/channels" {
		t.Errorf("path %q", path)
	}
}

func TestServerError_Sentinels(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	sentinels := []error{
		client.ErrBadRequest, client.ErrUnauthorized, client.ErrForbidden, client.ErrNotFound, client.ErrConflict, client.ErrRateLimited, client.ErrServer,
	}
	for status, want := range map[int]error{
		400: client.ErrBadRequest, 401: client.ErrUnauthorized, 403: client.ErrForbidden, 404: client.ErrNotFound, 409: client.ErrConflict,
		429: client.ErrRateLimited, 500: client.ErrServer, 502: client.ErrServer, 503: client.ErrServer, 418: nil, 302: nil,
	} {
		s.Fail(sim.Fault{Status: status, Body: "because\n", Header: http.Header{"Location": {"/elsewhere"}}})
		err := s.rest(client.WithHTTPClient(nil)).Register(t.Context())
		refused, ok := errors.AsType[*client.ServerError](err)
		if !ok || refused.Status != status || refused.Message != "because" {
			t.Errorf("%d: %v", status, err)
		}
		for _, sentinel := range sentinels {
			if errors.Is(err, sentinel) != (sentinel == want) {
				t.Errorf("%d: %v is %v: %t", status, err, sentinel, sentinel != want)
			}
		}
	}
}

func TestRateLimited_HasRetryAfter(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	date := time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)
	for value, want := range map[string]time.Duration{"7": 7 * time.Second, "": 0, "soon": 0, "-3": 0, "99999999999999": 24 * time.Hour, date: time.Hour} {
		s.Fail(sim.Fault{Status: 429, Header: http.Header{"Retry-After": {value}}})
		refused, ok := errors.AsType[*client.ServerError](s.rest().Register(t.Context()))
		if !ok || refused.RetryAfter > want || refused.RetryAfter < want-10*time.Second {
			t.Errorf("%q: %v, want %v", value, refused, want)
		}
	}
}

func TestTimeout_IsDeadlineExceededToo(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	s.Fail(sim.Fault{Hang: true, Times: 2})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := s.rest().Channels(ctx); !errors.Is(err, client.ErrTimeout) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("of the context: %v", err)
	}
	impatient := *s.http.Client()
	impatient.Timeout = 20 * time.Millisecond
	if _, err := s.rest(client.WithHTTPClient(&impatient)).Channels(t.Context()); !errors.Is(err, client.ErrTimeout) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("of the HTTP client: %v", err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.rest().Channels(cancelled); errors.Is(err, client.ErrTimeout) || !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestJoinChannel_OfOnesOwnSucceeds(t *testing.T) {
	t.Parallel()
	for _, oddities := range [][]sim.Oddity{nil, {sim.ErrorsAre500}} {
		s, ctx := start(t, sim.Options{Without: oddities}), t.Context()
		s.channel(t, "square", true, "alice")
		for range 2 {
			if err := s.rest().JoinChannel(ctx, "square"); err != nil && (oddities == nil || !errors.Is(err, client.ErrConflict)) {
				t.Error(err)
			}
		}
		if !slices.Contains(s.Members("square"), "gopher") {
			t.Error("not joined")
		}
		if err := s.rest().JoinChannel(ctx, "nowhere"); !errors.Is(err, client.ErrNotFound) {
			t.Errorf("an unknown channel: %v", err)
		}
		// An error of the server's own stays one.
		s.channel(t, "market", true, "alice")
		s.Fail(sim.Fault{Path: "/api/v1/channels/market/join", Status: 500, Body: "database is locked"})
		if err := s.rest().JoinChannel(ctx, "market"); !errors.Is(err, client.ErrServer) {
			t.Errorf("a real error: %v", err)
		}
	}
}

func TestCreateChannel_TakenNameIsConflict(t *testing.T) {
	t.Parallel()
	s, ctx := start(t, sim.Options{}), t.Context()
	if err := s.rest().CreateChannel(ctx, "town", true); !errors.Is(err, client.ErrConflict) || !strings.Contains(err.Error(), `"town"`) {
		t.Errorf("by REST: %v", err)
	}
	s.Fail(sim.Fault{Method: "POST", Status: 500, Body: "database is locked"})
	if err := s.rest().CreateChannel(ctx, "new", true); errors.Is(err, client.ErrConflict) || !errors.Is(err, client.ErrServer) {
		t.Errorf("a real error: %v", err)
	}
}

func TestChannelNames_AreEscaped(t *testing.T) {
	t.Parallel()
	s, ctx := start(t, sim.Options{}), t.Context()
	c := s.rest()
	for _, name := range []string{"a b/c?é", "../town", "100%", "#general"} {
		if err := c.CreateChannel(ctx, name, true); err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		if _, err := c.SendMessage(ctx, name, "in "+name, nil); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		if messages, err := c.ListMessages(ctx, name, nil); err != nil || len(messages) != 1 || messages[0].Body != "in "+name {
			t.Errorf("%q: %v, %v", name, messages, err)
		}
		if err := c.JoinChannel(ctx, name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestLimit_IsAtMost100(t *testing.T) {
	t.Parallel()
	s, ctx := start(t, sim.Options{}), t.Context()
	for range 120 {
		s.say(t, "alice", "hello", true)
	}
	for limit, want := range map[int]int{200: 100, 101: 100, 100: 100, 7: 7, 0: 50, -1: 50} {
		if messages, err := s.rest().ListMessages(ctx, "town", &client.HistoryOpts{Limit: &limit}); err != nil || len(messages) != want {
			t.Errorf("limit %d: %d messages, %v", limit, len(messages), err)
		}
	}
}

func TestMetadata_IsCheckedBeforeSending(t *testing.T) {
	t.Parallel()
	s, ctx := start(t, sim.Options{}), t.Context()
	for _, metadata := range []string{"", "not json", `"text"`, "[1]", "3", "null", `{"a":1} x`} {
		if _, err := s.rest().SendMessage(ctx, "town", "hello", &client.SendOpts{Metadata: &metadata}); err == nil || !strings.Contains(err.Error(), "nothing was sent") {
			t.Errorf("%q: %v", metadata, err)
		}
	}
	if n := len(s.Stats().Requests); n != 0 {
		t.Errorf("%v were sent", s.Stats().Requests)
	}
}

func TestBadServer_IsAClearError(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>welcome</html>")) }))
	defer s.Close()
	c := client.NewRESTClient(s.URL, client.WithHTTPClient(s.Client()))
	if _, err := c.Channels(t.Context()); err == nil || !strings.Contains(err.Error(), "is this a Sharkfin server's address?") {
		t.Errorf("Channels: %v", err)
	}
	for _, err := range c.All(t.Context(), "town", 0) {
		if err == nil || !strings.Contains(err.Error(), "is this a Sharkfin server's address?") {
			t.Errorf("All: %v", err)
		}
	}
	s.Close()
	if _, err := c.Channels(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "client: GET /api/v1/channels: ") {
		t.Errorf("a server that is gone: %v", err)
	}
}

func TestKey_IsInNoErrorOfREST(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	for _, padding := range []string{"", strings.Repeat("x", 1<<10-len("ApiKey-v1 ")-6)} {
		s.Fail(sim.Fault{Status: 502, Body: padding, ShowHeader: true})
		if err := s.rest().Register(t.Context()); err == nil || strings.Contains(err.Error(), key[:5]) || !strings.Contains(err.Error(), "ApiKey-v1") {
			t.Errorf("%v", err)
		}
	}
	for _, bad := range []string{"gopher-key\n", "gopher\x00key"} {
		_, err := client.NewRESTClient(s.http.URL, client.WithAPIKey(bad)).Channels(t.Context())
		if err == nil || !strings.Contains(err.Error(), "control character") || strings.Contains(err.Error(), "gopher") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
