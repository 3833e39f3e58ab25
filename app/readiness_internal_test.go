package app

import (
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestGateway_NotReadyWhileFull fills the queue, and then Redis. /readyz and the registration
// say so while it lasts, and /healthz does not.
func TestGateway_NotReadyWhileFull(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	rdb := redistest.Dial(t, server.URL())
	p := startGateway(t, newSlackServer(t), "REDIS_URL="+server.URL(), "GOPHER_APP=a", "GOPHER_QUEUE_MAX_BACKLOG=100", "GOPHER_INSTANCE_TTL=1s",
		"GOPHER_SLACK_APP_ID=A0TEST", "GOPHER_SLACK_TEAM_ID=T0TEST", "GOPHER_SLACK_BOT_ACCESS_TOKEN="+testBotToken, "GOPHER_SLACK_REQUEST_SECRET="+testSecret)
	testenv.Next(t, p.serving)
	becomes := func(what string, ready bool, why string) {
		t.Helper()
		testenv.Eventually(t, what, func() bool {
			status, _ := p.get("/readyz")
			return status == map[bool]int{true: 200, false: 503}[ready]
		})
		testenv.Eventually(t, what+", as registered", func() bool {
			s, err := presence.Read(t.Context(), rdb, "a")
			return err == nil && len(s.Instances) == 1 && (s.Instances[0].NotReady == "") == ready && strings.Contains(s.Instances[0].NotReady, why)
		})
		if status, _ := p.get("/healthz"); status != 200 {
			t.Errorf("%s: /healthz is %d", what, status)
		}
	}
	becomes("ready", true, "")
	const stream = "a:{message_private.0}:stream"
	for range 100 {
		if err := rdb.Do(t.Context(), "XADD", stream, "*", "e", "x").Err(); err != nil {
			t.Fatal(err)
		}
	}
	becomes("a stream is full", false, "message_private.0}:stream has 100 events, and takes 100: the queue is full")
	if err := rdb.Del(t.Context(), stream).Err(); err != nil {
		t.Fatal(err)
	}
	becomes("it has room again", true, "")
	if err := rdb.ConfigSet(t.Context(), "maxmemory", "1").Err(); err != nil {
		t.Fatal(err)
	}
	// A full Redis takes no heartbeat, so the registration does not say so.
	testenv.Eventually(t, "Redis is full", func() bool { status, _ := p.get("/readyz"); return status == 503 })
	if status := p.post(testEvent("1")); status != 503 {
		t.Errorf("an event is answered %d", status)
	}
	if err := rdb.ConfigSet(t.Context(), "maxmemory", "0").Err(); err != nil {
		t.Fatal(err)
	}
	becomes("Redis has memory again", true, "")
	p.stop()
	if err := testenv.Next(t, p.ended); err != nil {
		t.Error(err)
	}
}

// TestGateway_RecordsRequests has authentic and refused requests come over HTTP, and a frame
// over a socket.
func TestGateway_RecordsRequests(t *testing.T) {
	t.Parallel()
	url, app := redistest.URL(t), redistest.App()
	slack := newSlackServer(t)
	p := startGateway(t, slack, "REDIS_URL="+url, "GOPHER_APP="+app, "GOPHER_SLACK_APP_TOKEN="+testAppToken,
		"GOPHER_SLACK_APP_ID=A0TEST", "GOPHER_SLACK_TEAM_ID=T0TEST", "GOPHER_SLACK_BOT_ACCESS_TOKEN="+testBotToken, "GOPHER_SLACK_REQUEST_SECRET="+testSecret)
	testenv.Next(t, p.serving)
	reader := presence.NewReader(redistest.Dial(t, url), app)
	becomes := func(what string, is func(presence.Requests) bool) {
		t.Helper()
		testenv.Eventually(t, what, func() bool {
			list, err := reader.Requests(t.Context())
			return err == nil && len(list) == 1 && list[0].Platform == "slack" && is(list[0])
		})
	}
	p.postSigned(testEvent("1"), "anothersecret001")
	p.postSigned(testEvent("1"), "")
	becomes("two are refused", func(r presence.Requests) bool {
		return r.Authentic.IsZero() && r.Refused == 2 && r.WrongSecret == 1 && r.Reason == "no or malformed timestamp"
	})
	// Whoever checks the address does not count.
	if status := p.post(`{"type":"url_verification","challenge":"x"}`); status != 200 {
		t.Errorf("the challenge is answered %d", status)
	}
	p.postSigned(testEvent("1"), "anothersecret001")
	becomes("three are refused", func(r presence.Requests) bool { return r.Authentic.IsZero() && r.Refused == 3 })
	deliver(t, greet(t, slack), "2")
	becomes("an authentic one over the socket", func(r presence.Requests) bool { return !r.Authentic.IsZero() && r.Refused == 0 })
	p.stop()
	if err := testenv.Next(t, p.ended); err != nil {
		t.Error(err)
	}
}
