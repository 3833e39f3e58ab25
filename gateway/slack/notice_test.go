package slack_test

import (
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/gateway/slack"
)

// TestRoute_Notices: an operator is told, and nothing is queued.
func TestRoute_Notices(t *testing.T) {
	t.Parallel()
	limited := `{"type":"app_rate_limited","team_id":"` + teamID + `","api_app_id":"` + appID + `","minute_rate_limited":1518467820}`
	for _, test := range []struct {
		name, body, notice, logged string
		outcome                    gateway.Outcome
	}{
		{"uninstalled", envelope(`{"type":"app_uninstalled"}`), slack.AppUninstalled, "install the app again", gateway.Ignored},
		{"the bot's token revoked", envelope(`{"type":"tokens_revoked","tokens":{"oauth":["U1"],"bot":["U2"]}}`), slack.TokensRevoked, "install the app again", gateway.Ignored},
		{"a person's token revoked", envelope(`{"type":"tokens_revoked","tokens":{"oauth":["U1"]}}`), "", "", gateway.Ignored},
		{"no tokens revoked", envelope(`{"type":"tokens_revoked"}`), "", "", gateway.Ignored},
		{"rate limited", limited, slack.AppRateLimited, "dropped events", gateway.Ignored},
		{"another workspace is rate limited", strings.Replace(limited, teamID, "T0OTHER", 1), "", "", gateway.OtherWorkspace},
		{"uninstalled from another workspace", strings.ReplaceAll(envelope(`{"type":"app_uninstalled"}`), teamID, "T0OTHER"), "", "", gateway.OtherWorkspace},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := open(t)
			if status, _ := d.send(d.signed(test.body)); status != 200 {
				t.Fatal(status)
			}
			if a := d.answers[0]; a.Outcome != test.outcome || a.Notice != test.notice || len(d.queue.events) > 0 {
				t.Errorf("%s with notice %q, and %d events queued", a.Outcome, a.Notice, len(d.queue.events))
			}
			log := d.log.String()
			if told := strings.Contains(log, `"level":"error"`); told != (test.notice != "") || !strings.Contains(log, test.logged) {
				t.Errorf("logged %s", log)
			}
		})
	}
}
