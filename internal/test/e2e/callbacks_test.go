package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestCallbacks_ReachScripts has what people say reach a command and a webhook, in the order
// of the rules, through a consumer that is killed while it waits for the webhook.
func TestCallbacks_ReachScripts(t *testing.T) {
	t.Parallel()
	testenv.Program(t, "sh")
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	judge, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	type request struct {
		header http.Header
		body   []byte
	}
	requests, release := make(chan request, 10), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		requests <- request{r.Header, body}
		select {
		case <-release:
		case <-r.Context().Done(): // the consumer died
		}
	}))
	t.Cleanup(server.Close)
	dir := t.TempDir()
	b := newBot(t)
	b.environ["HOOK_SECRET"] = secret
	b.environ["GOPHER_NOTIFY_YAML"] = fmt.Sprintf(`
server:
  callbacks:
    rules:
      - name: file
        events: [message]
        bots: [slack]
        handler: {type: exec, command: "cat > %[1]s/body; env > %[1]s/env; cat /proc/$PPID/environ > %[1]s/parent; echo x >> %[1]s/runs"}
      - name: hook
        events: [message_public]
        bots: [slack]
        handler: {type: webhook, url: "%[2]s/hook", secret: env:HOOK_SECRET, timeout: 30s}
      - name: joins
        events: [team_join, channel_join]
        bots: [slack]
        async: true
        handler: {type: exec, command: "cat >> %[1]s/joins"}
`, dir, server.URL)
	b.start(config.Gateway)
	b.start(config.BGTasks)
	b.waitForDirectory()
	first := b.spawn(config.Consumer, "PATH="+os.Getenv("PATH"))
	first.logs(t, "consumer takes events")

	const said = "a sentence of nobody's business"
	ts := b.say(ada, general, said)
	before := testenv.Next(t, requests)
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	testenv.Next(t, first.exited)
	second := b.spawn(config.Consumer, "PATH="+os.Getenv("PATH"))
	after := testenv.Next(t, requests)
	close(release)
	if _, err := b.slack.JoinWorkspace(); err != nil {
		t.Fatal(err)
	}
	b.settled()

	for _, r := range []request{before, after} {
		if err := judge.Verify(r.body, r.header); err != nil {
			t.Error(err)
		}
	}
	if id := before.header.Get("webhook-id"); id == "" || id != after.header.Get("webhook-id") {
		t.Errorf("the repetition of %q has the id %q", id, after.header.Get("webhook-id"))
	}
	var body struct {
		SyncID  string `json:"sync_id"`
		Command struct {
			Body string `json:"body"`
			Type string `json:"command_type"`
		} `json:"command"`
		From map[string]string `json:"from"`
	}
	if err := json.Unmarshal(after.body, &body); err != nil || body.SyncID != general+"/"+ts || body.Command.Body != said || body.Command.Type != "user" ||
		body.From["user_huid"] != ada || body.From["group_chat_id"] != general || body.From["chat_type"] != "group_chat" {
		t.Errorf("%v: %s", err, after.body)
	}
	read := func(name string) string {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
		}
		return string(text)
	}
	if got := read("body"); got != string(after.body) {
		t.Errorf("the command got %s, the webhook %s", got, after.body)
	}
	if runs := read("runs"); runs != "x\n" {
		t.Errorf("the command ran %d times: it was done before the webhook", strings.Count(runs, "x"))
	}
	testenv.Eventually(t, "the join has reached its command", func() bool {
		joins, _ := os.ReadFile(filepath.Join(dir, "joins")) // which the first command creates
		return bytes.Contains(joins, []byte(`"event":"team_join"`)) && bytes.Contains(joins, []byte(`"body":"system:team_join"`))
	})
	given := read("env")
	if os.Getuid() != 0 { // root may read everything, and bots do not run as root
		given += read("parent")
	}
	for _, s := range []string{signingSecret, botToken, secret} {
		if strings.Contains(given, s) {
			t.Errorf("the command has the secret %q", s)
		}
	}
	for _, log := range []string{b.log.String(), first.log.String(), second.log.String()} {
		if strings.Contains(log, said) || strings.Contains(log, secret) {
			t.Errorf("a log has the text or a secret:\n%s", log)
		}
	}
	stats, err := b.inspector().Stats(t.Context(), "callback")
	if err != nil || stats[0].Dead != 0 {
		t.Errorf("%+v, %v", stats, err)
	}
}

// TestCallbacks_DoNotAnswerThemselves has a script that posts in the channel: the rule does not get
// the post.
func TestCallbacks_DoNotAnswerThemselves(t *testing.T) {
	t.Parallel()
	requests := make(chan string, 10)
	b := newBot(t)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		requests <- string(body)
	}))
	t.Cleanup(server.Close)
	b.environ["GOPHER_NOTIFY_YAML"] = fmt.Sprintf(`{server: {callbacks: {rules: [{events: [message], bots: [slack], handler: {type: webhook, url: "%s"}}]}}}`, server.URL)
	b.startAll()
	b.say(ada, general, mention+"flip a coin")
	if got := testenv.Next(t, requests); !strings.Contains(got, "flip a coin") {
		t.Errorf("%s", got)
	}
	b.calls("chat.postMessage", 1) // the workspace tells the bot of its own post
	ts := b.say(ada, general, "the next")
	if got := testenv.Next(t, requests); !strings.Contains(got, general+"/"+ts) {
		t.Errorf("%s", got)
	}
	b.settled()
	select {
	case got := <-requests:
		t.Errorf("%s", got)
	case <-time.After(100 * time.Millisecond):
	}
}
