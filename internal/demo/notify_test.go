package demo_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/demo"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/browsertest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// alerts returns the messages of the bot in the channel of notifications, with all that they
// show.
func (v *viewer) alerts() []string {
	v.mu.Lock()
	id := ""
	for _, c := range v.channels {
		if c.Name == "alerts" {
			id = c.ID
		}
	}
	v.mu.Unlock()
	var texts []string
	for _, m := range v.in(id)[slacksim.BotUserID] {
		text, err := json.Marshal(m) // a message with a colour has its text in an attachment
		if err != nil {
			v.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	return texts
}

// has reports whether one of several texts has all parts.
func has(texts []string, parts ...string) bool {
	for _, text := range texts {
		found := true
		for _, part := range parts {
			found = found && strings.Contains(text, part)
		}
		if found {
			return true
		}
	}
	return false
}

// do makes a request of the notification API, with the headers that the command has.
func do(t *testing.T, method, address, mediaType, key string, body io.Reader) (*http.Response, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testenv.Timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-API-Key", key)
	if mediaType != "" {
		r.Header.Set("Content-Type", mediaType)
	}
	response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(text)
}

// command is the command on the page.
var command = regexp.MustCompile(`^curl -H 'X-API-Key: (\S{32,})' -F message='([^']+)' (http://\S+)$`)

// TestNotify_PostsThroughTheGateway does what the page's command does, and then fires an
// alert and resolves it.
func TestNotify_PostsThroughTheGateway(t *testing.T) {
	t.Parallel()
	log := &testenv.Log{}
	url, stop := startWith(t, func(o *demo.Options) { o.Log = zerolog.New(log) })
	v := view(t, url)
	notify := v.now().Notify
	parts := command.FindStringSubmatch(notify.Curl)
	if parts == nil {
		t.Fatalf("the command: %s", notify.Curl)
	}
	key, message, address := parts[1], parts[2], parts[3]
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if err := form.WriteField("message", message); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	response, text := do(t, http.MethodPost, address, form.FormDataContentType(), key, &body)
	if response.StatusCode != http.StatusAccepted {
		t.Fatalf("%s: %s", response.Status, text)
	}
	testenv.Eventually(t, "the message is posted", func() bool { return has(v.alerts(), message) })

	v.post("alert", map[string]bool{"fire": true})
	testenv.Eventually(t, "the alert is posted", func() bool { return has(v.alerts(), "FIRING", "DiskAlmostFull", "db1") })
	testenv.Eventually(t, "the page knows", func() bool { n := v.now().Notify; return n.Firing && strings.Contains(n.Status, "202") })
	v.post("alert", map[string]bool{"fire": true}) // somebody else was slower
	v.post("alert", map[string]bool{"fire": false})
	testenv.Eventually(t, "its end is posted", func() bool { return has(v.alerts(), "RESOLVED", "DiskAlmostFull") })
	testenv.Eventually(t, "the page knows", func() bool { return !v.now().Notify.Firing })
	if texts := v.alerts(); len(texts) != 3 {
		t.Errorf("posted: %q", texts)
	}

	page, text := do(t, http.MethodGet, notify.Docs, "", key, nil)
	if page.StatusCode != http.StatusOK || !strings.Contains(text, address) {
		t.Errorf("%s: %s", notify.Docs, page.Status)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if strings.Contains(log.String(), key) {
		t.Error("the key is in the log")
	}
}

// TestBrowser_FiresAnAlert fires and resolves an alert with the keyboard, and copies the command.
func TestBrowser_FiresAnAlert(t *testing.T) {
	t.Parallel()
	browsertest.Need(t)
	url, _ := startWith(t, func(*demo.Options) {})
	page := open(t, url, 1280, 800)
	page.Do(click(`#show-notify`), visible(`#notify`), click(`#copy-curl`))
	eventually(t, page, `document.querySelector("#copied").textContent !== ""`)
	eventually(t, page, `document.querySelector("#title").textContent.includes("alerts")`)
	page.Do(typeInto(`#alert`, "\r"), visible(fromBot))
	eventually(t, page, `document.querySelector("#alert").textContent === "Resolve the alert"`)
	eventually(t, page, `document.querySelector("#messages").textContent.includes("DiskAlmostFull")`)
	page.Do(typeInto(`#alert`, "\r"))
	eventually(t, page, `document.querySelector("#messages").textContent.includes("RESOLVED")`)
	eventually(t, page, `document.querySelector("#alert").textContent === "Fire an alert"`)
}
