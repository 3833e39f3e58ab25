package app

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
)

// TestLister_NamesTheToken that Slack refuses, and no other error.
func TestLister_NamesTheToken(t *testing.T) {
	t.Parallel()
	const variable = "GOPHER_SLACK_BOT_ACCESS_TOKEN"
	for _, test := range []struct {
		answer, want string
		named        bool
	}{
		{`{"ok":true,"channels":[{"id":"C1","name":"general"}]}`, "<nil>", false},
		{`{"ok":false,"error":"invalid_auth"}`, "after 0 of them: invalid_auth", true},
		{`{"ok":false,"error":"missing_scope"}`, "missing_scope", true},
		{`{"ok":false,"error":"team_not_found"}`, "team_not_found", false},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, test.answer) }))
		transport := &http.Transport{}
		_, _, err := lister{slackapi.NewReader("xoxb-secret", server.URL+"/", transport)}.Channels(t.Context())
		if text := fmt.Sprint(err); !strings.Contains(text, test.want) || strings.Contains(text, variable) != test.named || strings.Contains(text, "xoxb-") {
			t.Errorf("%s: %s", test.answer, text)
		}
		transport.CloseIdleConnections()
		server.Close()
	}
}
