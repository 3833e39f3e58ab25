package e2e

import (
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// notifyKey is a key of the notification API.
const notifyKey = "the-key-with-which-scripts-post-0123456789"

// notifies gives a bot that is not started yet a notification API, whose default chat is
// #general, and a callback rule, whose webhook refuses all messages.
func notifies(b *bot) {
	b.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }))
	b.Cleanup(server.Close)
	b.environ["GOPHER_NOTIFY_KEYS"], b.environ["GOPHER_NOTIFY_CHAT"] = notifyKey, "#general"
	b.environ["GOPHER_NOTIFY_YAML"] = `{server: {callbacks: {rules: [{name: hook, events: [message], bots: [slack], handler: {type: webhook, url: "` + server.URL + `"}}]}}}`
}

// notify sends a request to the notification API's /send.
func (b *bot) notify(body string) (status int, err error) {
	r, err := http.NewRequestWithContext(b.Context(), "POST", b.gateway+"/api/v1/send", strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+notifyKey)
	client := http.Client{Timeout: testenv.Timeout, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(r)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	return response.StatusCode, nil
}
