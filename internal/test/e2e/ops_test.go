package e2e

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/config"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestOps_Page reads the state of a whole deployment from its operations page.
func TestOps_Page(t *testing.T) {
	t.Parallel()
	const token = "the-token-of-the-operators-of-the-bot"
	b := newBot(t)
	b.environ["GOPHER_OPS_TOKEN"] = token
	b.notifiesWithRule()
	b.startAll()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{Jar: jar, Transport: transport, Timeout: testenv.Timeout}
	response, err := client.PostForm(b.gateway+"/ops/login", url.Values{"name": {"ada"}, "token": {token}})
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()

	b.slack.Fail("chat.postMessage", slacksim.Fault{Error: "restricted_action"})
	b.say(ada, general, mention+"flip a coin")
	shows := func(parts ...string) func() bool {
		return func() bool {
			state := fetch(t, client, b.gateway+"/ops/api/state")
			for _, part := range parts {
				if !strings.Contains(state, part) {
					return false
				}
			}
			return true
		}
	}
	testenv.Eventually(t, "the page shows the failure", shows(`"type":"message_public"`, `restricted_action`, `"dead":1`))
	b.say(ada, general, mention+"flip a coin")
	testenv.Eventually(t, "the page shows the answer, its consumer, and the jobs", shows(
		`"acked":1`, `"p99_ms":`, `"leader":"`, `"name":"channel-directory"`, `"result":"ok"`,
	))
	if status, err := b.notifySays("deployed"); err != nil || status != http.StatusAccepted {
		t.Fatal(status, err)
	}
	testenv.Eventually(t, "the page shows that it was sent", shows(`"bots":[{"bot":"slack","states":{"sent":1},"p50_ms":`))
	b.slack.Fail("chat.postMessage", slacksim.Fault{Error: "restricted_action"})
	if status, err := b.notifySays("a secret"); err != nil || status != http.StatusAccepted {
		t.Fatal(status, err)
	}
	testenv.Eventually(t, "the page shows the next that was not, and the callback rule", shows(
		`"states":{"failed":1,"sent":1}`, `"code":"restricted_action"`, `"key_name":"ci"`, `"chat":"alerts"`, `"rule":"hook","outcomes":{"refused":`,
	))
	if state := fetch(t, client, b.gateway+"/ops/api/state"); strings.Contains(state, "a secret") {
		t.Error("the page shows a text")
	}

	// An operator speaks, and takes it back.
	act := func(path, body string) string {
		t.Helper()
		response, err := client.Post(b.gateway+"/ops/api/"+path, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		answer, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %s (%v)", path, response.StatusCode, answer, err)
		}
		return string(answer)
	}
	b.waitForDirectory()
	if answer := act("say", `{"place":"general","text":"We are *back*."}`); !strings.Contains(answer, `"where":"general"`) {
		t.Error(answer)
	}
	said := b.hears("We are *back*.")
	act("unsay", `{"link":"https://example.slack.com/archives/`+said.Channel+`/p`+strings.ReplaceAll(said.TS, ".", "")+`"}`)
	if call := b.calls("chat.delete", 1)[0]; call.Form["channel"] != general || call.Form["ts"] != said.TS {
		t.Errorf("%+v", call)
	}
	if log := b.log.String(); strings.Contains(log, token) || strings.Contains(log, "We are") {
		t.Error("the log has the token, or what an operator said")
	}
}

func TestOps_NoPageWithoutAToken(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	b.start(config.Gateway)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{Transport: transport, Timeout: testenv.Timeout}
	for _, path := range []string{"/ops", "/ops/", "/ops/login", "/ops/app.js"} {
		if body := fetch(t, client, b.gateway+path); body != "404 page not found\n" {
			t.Errorf("%s: %s", path, body)
		}
	}
}

func fetch(t *testing.T, client *http.Client, address string) string {
	t.Helper()
	response, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
