package e2e

import (
	"net/http"
	"net/http/httptest"
)

// notifiesWithRule gives a bot that is not started yet a notification API, and a callback
// rule, whose webhook refuses all messages.
func (b *bot) notifiesWithRule() {
	b.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }))
	b.Cleanup(server.Close)
	b.notifies(`callbacks: {rules: [{name: hook, events: [message], bots: [slack], handler: {type: webhook, url: "` + server.URL + `"}}]}`)
}

// notifySays sends a text to the notification API's /send.
func (b *bot) notifySays(text string) (status int, err error) {
	a, err := b.notify("/send", "application/json", `{"message":"`+text+`"}`)
	return a.status, err
}
