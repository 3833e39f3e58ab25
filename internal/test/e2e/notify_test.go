package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/config"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// notifyKey is a key of the notification API.
const notifyKey = "ci-0123456789-abcdefghijklmnopqrstuvwxyz"

// notifies gives the bot the notification API, whose chat "alerts" is #general. server is YAML
// below the key server.
func (b *bot) notifies(server string) {
	b.environ["CI_KEY"] = notifyKey
	b.environ["GOPHER_NOTIFY_YAML"] = fmt.Sprintf(`
chats: {alerts: {bot: slack, id: %s, default: true}}
server:
  api_keys: [{name: ci, key: env:CI_KEY, rate: 1000, burst: 10000}]
  %s
`, general, server)
}

// notifyAnswer is an answer of the notification API.
type notifyAnswer struct {
	status    int
	raw       string
	took      time.Duration
	Queued    bool
	Duplicate bool
	RequestID string `json:"request_id"`
	SyncID    string `json:"sync_id"`
}

// notify calls the notification API. headers are names and values in turn.
func (b *bot) notify(path, contentType, body string, headers ...string) (a notifyAnswer, err error) {
	r, err := http.NewRequestWithContext(b.Context(), "POST", b.gateway+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		return a, err
	}
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("X-API-Key", notifyKey)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	client := http.Client{Timeout: testenv.Timeout, Transport: &http.Transport{DisableKeepAlives: true}}
	began := time.Now()
	response, err := client.Do(r)
	if err != nil {
		return a, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return a, err
	}
	a.status, a.raw, a.took = response.StatusCode, string(text), time.Since(began)
	return a, json.Unmarshal(text, &a)
}

// notified calls the notification API, and wants an answer with a status.
func (b *bot) notified(status int, path, contentType, body string, headers ...string) notifyAnswer {
	b.Helper()
	a, err := b.notify(path, contentType, body, headers...)
	if err != nil || a.status != status {
		b.Fatalf("%s: %d %s, %v; want %d", path, a.status, a.raw, err, status)
	}
	return a
}

// posts returns what the bot has posted in a channel.
func (b *bot) posts(channel string) (list []slacksim.Message) {
	for _, m := range b.slack.Snapshot().Messages {
		if m.User == slacksim.BotUserID && m.Channel == channel {
			list = append(list, m)
		}
	}
	return list
}

// shown is all text of a message.
func shown(m slacksim.Message) string {
	text := m.Text
	for _, a := range m.Attachments {
		text += a.Title + a.Text
	}
	return text
}

// port gives up the bot's listener, and returns its port for a gateway that is a process.
func (b *bot) port() string {
	_ = b.listener.Close() // an earlier gateway may have had it
	return b.gateway[strings.LastIndex(b.gateway, ":")+1:]
}

// spawnGateway runs the gateway as a process, at the address that the bot had from the start.
func (b *bot) spawnGateway(extra ...string) *child {
	b.Helper()
	gateway := b.spawn(config.Gateway, append(extra, "PORT="+b.port())...)
	gateway.logs(b, "gateway serves")
	return gateway
}

// TestNotify_Send sends in each way that docs/notifications.md shows to scripts.
func TestNotify_Send(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	b.notifies("")
	b.environ["GOPHER_LOG_LEVEL"] = "info"
	b.startAll()

	posted := b.notified(200, "/send?wait=15s", "application/json", `{"message":"the *first* <!channel>","status":"ok"}`)
	posts := b.posts(general)
	if len(posts) != 1 || posted.SyncID != general+"/"+posts[0].TS || !strings.Contains(shown(posts[0]), "the *first* &lt;!channel&gt;") {
		t.Fatalf("%s: %+v", posted.raw, posts)
	}
	reply := b.notified(200, "/send?wait=15s", "application/json", fmt.Sprintf(`{"message":"the reply","thread":%q}`, posted.SyncID))
	if last := b.posts(general)[1]; last.ThreadTS != posts[0].TS || last.Text != "the reply" {
		t.Errorf("%s: %+v", reply.raw, last)
	}

	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for name, value := range map[string]string{"chat_id": "alerts", "message": "the report"} {
		if err := w.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	const content = "%PDF-1.7 what nobody may log"
	file, err := w.CreateFormFile("file", "report.pdf")
	if err == nil {
		_, err = io.WriteString(file, content)
	}
	if err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	b.notified(200, "/send?wait=15s", w.FormDataContentType(), form.String())
	if last := b.posts(general)[2]; last.Text != "the report" || len(last.Files) != 1 || last.Files[0].Name != "report.pdf" {
		t.Errorf("%+v", last)
	} else if got, ok := b.slack.Content(last.Files[0].ID); !ok || got != content {
		t.Errorf("the file has %q", got)
	}

	run := func(wantCode int, args ...string) string {
		t.Helper()
		out, code := b.notifyTool(args...)
		if code != wantCode {
			t.Errorf("gopherbot notify %q: exit code %d, want %d: %s", args, code, wantCode, out)
		}
		return out
	}
	var sent, kept struct {
		notifyAnswer
		State string `json:"state"`
	}
	out := run(0, "send", "--wait", "15s", "--status", "error", "--json", "from a script")
	if err := json.Unmarshal([]byte(out), &sent); err != nil || len(b.posts(general)) != 4 || sent.SyncID != general+"/"+b.posts(general)[3].TS {
		t.Fatalf("%v: %s", err, out)
	}
	if last := b.posts(general)[3]; len(last.Attachments) != 1 || last.Attachments[0].Color != "danger" || !strings.Contains(shown(last), "from a script") {
		t.Errorf("%+v", last)
	}
	out = run(0, "receipt", "--json", sent.RequestID)
	if err := json.Unmarshal([]byte(out), &kept); err != nil || kept.State != "sent" || kept.SyncID != sent.SyncID {
		t.Errorf("%v: %s", err, out)
	}
	if out = run(0, "receipt", "--redis", sent.RequestID); !strings.Contains(out, sent.SyncID) {
		t.Error(out)
	}
	if out = run(4, "send", "--chat", "alert", "a typing mistake"); !strings.Contains(out, "alerts") || !strings.Contains(out, "unknown_chat") {
		t.Error(out)
	}
	if out = run(4, "send", "--chat", "CNOBODY0000", "--wait", "15s", "no such channel"); !strings.Contains(out, "channel_not_found") {
		t.Error(out)
	}
	run(3, "send", "later")
	b.settled()
	run(1, "receipt", strings.Repeat("A", 26))
	if posts = b.posts(general); len(posts) != 5 {
		t.Errorf("%d messages in all: %+v", len(posts), posts)
	}
	for _, secret := range []string{notifyKey, content, "the *first*", "from a script", "report.pdf"} {
		if strings.Contains(b.log.String(), secret) {
			t.Errorf("the log has %q:\n%s", secret, b.log)
		}
	}
}

// notifyTool runs gopherbot notify, as a process that has the key and the address in its environment.
func (b *bot) notifyTool(args ...string) (output string, code int) {
	b.Helper()
	dir, err := binaries()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.CommandContext(b.Context(), filepath.Join(dir, "gopherbot"), append([]string{"notify"}, args...)...)
	for _, name := range []string{"REDIS_URL", "GOPHER_APP", "GOPHER_REDIS_INSECURE"} {
		cmd.Env = append(cmd.Env, name+"="+b.environ[name])
	}
	cmd.Env = append(cmd.Env, "GOPHER_NOTIFY_KEY="+notifyKey, "GOPHER_NOTIFY_URL="+b.gateway)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		b.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}
