package sim_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/slack-go/slack/socketmode"

	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/slack/sim/socket"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// lenient is a workspace for clients that lose envelopes at a disconnect, and are deaf for a while after it.
func lenient(o *slacksim.Options) {
	o.SocketMode = true
	o.Timeout = 2 * time.Second
	o.Retries = []time.Duration{50 * time.Millisecond, 500 * time.Millisecond, 2 * time.Second, 5 * time.Second, 10 * time.Second}
	o.Sockets = socket.Options{Grace: 500 * time.Millisecond, Linger: 50 * time.Millisecond}
}

// line is what a counterpart says it got.
type line struct{ Type, Text string }

// hundred sends 100 events to a client, with a refresh after each third, and waits until it has got them all and is
// known to have acknowledged them.
func hundred(t *testing.T, s served, told <-chan line) {
	t.Helper()
	missing := map[string]bool{}
	connected := 0
	take := func() {
		t.Helper()
		l := testenv.Next(t, told)
		delete(missing, l.Text)
		if l.Type == "connected" {
			connected++
		}
	}
	for i := range 100 {
		if i%33 == 0 && i < 99 {
			for len(missing) > 0 || connected < max(1, i/33) {
				take()
			}
			if i > 0 && s.Socket().Disconnect(socket.RefreshRequested) < 1 {
				t.Error("no connection was refreshed")
			}
		}
		text := fmt.Sprintf("message %d", i)
		missing[text] = true
		if _, err := s.Say("U01ADA", "C01GENERAL", text, ""); err != nil {
			t.Fatal(err)
		}
	}
	for len(missing) > 0 || connected < 3 {
		take()
	}
	testenv.Eventually(t, "every event is acknowledged", func() bool {
		for _, m := range s.Snapshot().Messages {
			if m.Journey != nil && m.Journey.Outcome != "" {
				return false
			}
		}
		return true
	})
}

func TestCounterpart_SlackGo(t *testing.T) {
	t.Parallel()
	s := serve(t, lenient)
	client := socketmode.New(s.client("xoxb-1", appToken))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stopped := make(chan error, 1)
	go func() { stopped <- client.RunContext(ctx) }()
	told := make(chan line, 1000)
	go func() {
		for {
			select {
			case event := <-client.Events:
				switch event.Type {
				case socketmode.EventTypeHello: // not EventTypeConnected: the dial's
					told <- line{"connected", ""}
				case socketmode.EventTypeEventsAPI:
					var outer struct{ Event struct{ Text string } }
					if err := json.Unmarshal(event.Request.Payload, &outer); err != nil {
						t.Error(err)
					}
					client.Ack(*event.Request)
					told <- line{"events_api", outer.Event.Text}
				case socketmode.EventTypeErrorBadMessage, socketmode.EventTypeInvalidAuth:
					t.Errorf("%s: %+v", event.Type, event.Data)
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	hundred(t, s, told)
	cancel()
	testenv.Next(t, stopped)
}

// counterpart runs a program of testdata/counterpart until the end of the test, and returns its lines.
func counterpart(t *testing.T, s served, program string) <-chan line {
	t.Helper()
	node := testenv.Program(t, "node")
	dir := filepath.Join("testdata", "counterpart")
	if _, err := os.Stat(filepath.Join(dir, "node_modules")); err != nil {
		reason := `needs Slack's clients for node, which are not installed; "make test" installs them`
		if testenv.All() {
			t.Fatal(reason)
		}
		t.Skip(reason)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context())) // the test's has ended at cleanup
	cmd := exec.CommandContext(ctx, node, program)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "API_URL="+s.api, "APP_TOKEN="+appToken, "BOT_TOKEN=xoxb-1")
	log := &testenv.Log{}
	cmd.Stderr = log
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, stdoutWriter := io.Pipe()
	cmd.Stdout = stdoutWriter
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	told := make(chan line, 1000)
	go func() {
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			var l line
			if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
				t.Errorf("%s: %v", lines.Bytes(), err)
			}
			told <- l
		}
	}()
	t.Cleanup(func() {
		defer cancel()
		stop := time.AfterFunc(testenv.Timeout, cancel)
		defer stop.Stop()
		if err := stdin.Close(); err != nil { // which ends it
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s: %v\n%s", program, err, log)
		}
		stdoutWriter.Close()
		if t.Failed() {
			t.Logf("%s wrote:\n%s", program, log)
		}
	})
	return told
}

func TestCounterpart_NodeSocketMode(t *testing.T) {
	t.Parallel()
	s := serve(t, lenient)
	hundred(t, s, counterpart(t, s, "socket-mode.js"))
}

func TestCounterpart_BoltEvents(t *testing.T) {
	t.Parallel()
	s := serve(t, lenient)
	hundred(t, s, counterpart(t, s, "bolt.js"))
}

func TestCounterpart_BoltInteractions(t *testing.T) {
	t.Parallel()
	s := serve(t, func(o *slacksim.Options) {
		lenient(o)
		o.Timeout = testenv.Timeout
		o.Client = &http.Client{Timeout: testenv.Timeout, Transport: &http.Transport{DisableKeepAlives: true}}
	})
	told := counterpart(t, s, "bolt.js")
	if l := testenv.Next(t, told); l.Type != "connected" {
		t.Fatalf("%+v", l)
	}
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	said := func(text string) func() bool {
		return func() bool {
			all := s.Snapshot().Messages
			return len(all) > 0 && all[len(all)-1].Text == text
		}
	}

	do(s.SlashCommand(t.Context(), "U01ADA", "C01GENERAL", "/gopher", "hello"))
	testenv.Eventually(t, "the command is answered", said("you said hello"))
	m := s.last()
	do(s.Press(t.Context(), "U01ADA", "C01GENERAL", m.TS, "approve"))
	testenv.Eventually(t, "the button's message is replaced", said("approved 17"))
	if again := s.last(); again.TS != m.TS || len(again.Blocks) > 0 || again.EphemeralFor != "U01ADA" {
		t.Errorf("%+v", again)
	}

	do(s.GlobalShortcut(t.Context(), "U01ADA", "suggest"))
	testenv.Eventually(t, "the modal is open", func() bool { return len(s.Modal("U01ADA").Views) == 1 })
	if options, err := s.Suggest(t.Context(), "U01ADA", "related", "lookup", "chan"); err != nil || len(options) != 1 || options[0]["value"] != "chan" {
		t.Errorf("%v (%v)", options, err)
	}
	do(s.Fill(t.Context(), "U01ADA", "related", "lookup", "chan"))
	do(s.Fill(t.Context(), "U01ADA", "term", "value", "wrong"))
	do(s.Submit(t.Context(), "U01ADA"))
	if v := s.Modal("U01ADA").Views; len(v) != 1 || v[0].Errors["term"] != "not that one" {
		t.Fatalf("%+v", v)
	}
	do(s.Fill(t.Context(), "U01ADA", "term", "value", "goroutine"))
	do(s.Submit(t.Context(), "U01ADA"))
	if v := s.Modal("U01ADA").Views; len(v) != 0 {
		t.Errorf("%+v", v)
	}
	testenv.Eventually(t, "the submission is answered", said("goroutine like chan"))

	do(s.OpenHome("U01ADA"))
	testenv.Eventually(t, "the home is published", func() bool {
		_, ok := s.Home("U01ADA")
		return ok
	})
	if shown, mistakes := s.Errors("U01ADA"), s.Mistakes(); len(shown)+len(mistakes) > 0 {
		t.Errorf("%v %q", shown, mistakes)
	}
}
