package client_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/sharkfin/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/sharkfin/client"
)

// Frames that no server should send end neither the connection nor a call.
func TestFrames_ThatAreNotUnderstood(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	c := s.dial(t)
	for _, frame := range []string{
		``, `not json`, `[]`, `null`, `3`, `{}`, `{"type":3}`, `{"type":""}`,
		`{"type":"reply"}`, `{"type":"reply","ref":"999","ok":true,"d":{}}`, `{"type":"reply","ref":7,"ok":true}`, `{"type":"reply","ref":null}`,
		`{"type":"error","d":{"message":"invalid JSON"},"ok":false}`, `{"type":"error","ref":"1","ok":false}`, `{"type":"pong","ref":"1","ok":true}`,
		`{"type":"reply","ref":"\ud800"}`,
	} {
		s.Inject("gopher", []byte(frame))
	}
	s.Inject("gopher", []byte(`{"type":"message.new","d":null}`))
	if e := next(t, c, "message.new"); e.Data != nil {
		t.Errorf("data %s", e.Data)
	}
	s.Inject("gopher", []byte(`{"type":"new.kind","ref":"77","d":[1]}`))
	if e, _ := receive(t, c); e.Type != "new.kind" || string(e.Data) != "[1]" {
		t.Errorf("%s %s", e.Type, e.Data)
	}
	if err := c.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

// A call gets the first reply with its ref.
func TestFrames_AReplyTwice(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	c := s.dial(t) // its ping was request 1
	s.LoseReplies("gopher", 1)
	version := make(chan string, 1)
	go func() {
		v, err := c.Version(t.Context())
		if err != nil {
			t.Error(err)
		}
		version <- v
	}()
	testenv.Eventually(t, "the server has the request", func() bool { return s.Stats().Frames == 2 })
	for _, text := range []string{"first", "second"} {
		s.Inject("gopher", []byte(`{"type":"reply","ref":"2","ok":true,"d":{"version":"`+text+`"}}`))
	}
	if v := testenv.Next(t, version); v != "first" {
		t.Errorf("version %q", v)
	}
	if v, err := c.Version(t.Context()); err != nil || v != "dev" {
		t.Errorf("version %q, %v", v, err)
	}
}

func TestFrames_BadReplies(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	c := s.dial(t)
	for i, test := range []struct{ frame, text string }{
		{`{"type":"reply","ref":"2","ok":true,"d":[]}`, "decode the reply"},
		{`{"type":"reply","ref":"3","ok":false,"d":{}}`, "it gave no reason"},
		{`{"type":"error","ref":"4","d":{"message":"` + strings.Repeat("é", 5000) + `"}}`, "éé"},
	} {
		s.LoseReplies("gopher", 1)
		failed := make(chan error, 1)
		go func() {
			_, err := c.Version(t.Context())
			failed <- err
		}()
		testenv.Eventually(t, "the server has the request", func() bool { return s.Stats().Frames == i+2 })
		s.Inject("gopher", []byte(test.frame))
		if err := testenv.Next(t, failed); err == nil || !strings.Contains(err.Error(), test.text) || len(err.Error()) > 2000 {
			t.Errorf("%v, want %q", err, test.text)
		}
	}
}

// Frames that are larger than an answer may be: a push is lost and counted, a reply is an error of
// its call, and the connection stays.
func TestFrames_TooLarge(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	c := s.dial(t, client.WithMaxAnswer(100_000))
	large := strings.Repeat("x", 1_000_000)
	if _, err := c.SendMessage(t.Context(), "town", large, nil); err != nil {
		t.Fatal(err)
	}
	if e := next(t, c, "lost"); lostCount(t, e) != 1 || c.Dropped() != 1 {
		t.Errorf("lost %s, dropped %d", e.Data, c.Dropped())
	}
	if _, err := c.History(t.Context(), "town", nil); !errors.Is(err, client.ErrTooLarge) {
		t.Errorf("history: %v", err)
	}
	if err := c.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	// A large reply that no call can be found for ends the connection, so that no call waits for
	// ever.
	s.LoseReplies("gopher", 1)
	lost := make(chan error, 1)
	go func() { lost <- c.Ping(t.Context()) }()
	testenv.Eventually(t, "the server has the request", func() bool { return s.Stats().Frames == 5 })
	s.Inject("gopher", []byte(`{"type":"reply","ref":"5","d":"`+large+`"}`))
	if err := testenv.Next(t, lost); !errors.Is(err, client.ErrNotConnected) || !errors.Is(err, client.ErrTooLarge) {
		t.Error(err)
	}
}

func TestKey_IsInNoErrorOrLogOfTheSocket(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	log := new(testenv.Log)
	c := s.dial(t, client.WithReconnect(soon), client.WithLogger(slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	s.Fail(sim.Fault{Path: "/ws", Status: 502, ShowHeader: true, Times: 3})
	s.CutSockets("gopher")
	next(t, c, "reconnect")
	if err := c.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Inject("gopher", []byte("not json "+key))
	s.Inject("gopher", []byte(`{"type":"reply","ref":"999"}`))
	s.LoseReplies("gopher", 1)
	ctx, cancel := context.WithTimeout(t.Context(), testenv.Timeout)
	defer cancel()
	failed := make(chan error, 1)
	go func() { failed <- c.Ping(ctx) }()
	testenv.Eventually(t, "the server has the request", func() bool { return s.Stats().Frames == 3 })
	s.Inject("gopher", []byte(`{"type":"error","ref":"3","d":{"message":"ApiKey-v1 `+key+`"}}`))
	if err := testenv.Next(t, failed); err == nil || strings.Contains(err.Error(), key) {
		t.Error(err)
	}
	c.Close()
	if text := log.String(); strings.Contains(text, key) || !strings.Contains(text, "attempt to reconnect failed") || !strings.Contains(text, "[key]") {
		t.Errorf("log:\n%s", text)
	}
	s.Fail(sim.Fault{Path: "/ws", Status: 502, ShowHeader: true})
	if _, err := client.Dial(t.Context(), s.address(), client.WithAPIKey(key)); err == nil || strings.Contains(err.Error(), key) {
		t.Error(err)
	}
	if _, err := client.Dial(t.Context(), "ws://user:secret@127.0.0.1:1/ws"); err == nil || strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
}
