package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/pause"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestNotify_SlackIsAway has five alerts of a group come while Slack answers nothing that is of use.
// Each is accepted at once, and once Slack is back each is posted once, or with "update" one message
// shows the last state.
func TestNotify_SlackIsAway(t *testing.T) {
	t.Parallel()
	for _, follow := range []event.FollowUp{event.PostAnew, event.InThread, event.Update} {
		t.Run(string(follow), func(t *testing.T) {
			t.Parallel()
			const alerts = 5
			b := newBot(t)
			b.notifies("alertmanager: {follow_up: " + string(follow) + "}")
			b.start(config.Gateway)
			b.start(config.Consumer)
			testenv.Eventually(t, "the consumer has begun", func() bool { return strings.Contains(b.log.String(), "consumer takes events") })
			n := 0
			b.slack.Disturb(func(slacksim.Call) slacksim.Fault {
				n++ // the workspace calls this one at a time
				return []slacksim.Fault{{Cut: true}, {Status: http.StatusBadGateway}, {Status: http.StatusServiceUnavailable}}[n%3]
			})
			fastest := time.Minute
			var list []string
			for i := range alerts {
				began := time.Now().UTC().Add(time.Duration(i) * time.Second).Format(time.RFC3339)
				list = append(list, fmt.Sprintf(`{"status":"firing","labels":{"alertname":"Disk","severity":"critical"},"annotations":{"summary":"db%d is full"},"startsAt":%q,"fingerprint":"%d"}`, i, began, i))
				a := b.notified(202, "/alertmanager", "application/json", fmt.Sprintf(
					`{"version":"4","groupKey":"g","status":"firing","receiver":"r","groupLabels":{"alertname":"Disk"},"alerts":[%s]}`, strings.Join(list, ",")))
				fastest = min(fastest, a.took)
			}
			if fastest > 100*time.Millisecond {
				t.Errorf("the fastest answer took %v", fastest)
			}
			testenv.Eventually(t, "attempts have failed", func() bool { return len(b.slack.Calls("chat.postMessage")) >= 3 })
			if !pause.For(t.Context(), time.Second) {
				t.Fatal(t.Context().Err())
			}
			if posts := b.posts(general); len(posts) != 0 {
				t.Errorf("posted while Slack was away: %+v", posts)
			}
			b.slack.Disturb(nil)
			b.allHandled()

			posts := b.posts(general)
			var roots []slacksim.Message
			shows := map[string]int{}
			for _, m := range posts {
				if m.ThreadTS == "" {
					roots = append(roots, m)
				}
				for i := range alerts {
					if strings.Contains(shown(m), fmt.Sprintf("db%d is full", i)) {
						shows[fmt.Sprint(i)]++
					}
				}
			}
			switch last := fmt.Sprintf("db%d is full", alerts-1); {
			case follow == event.Update:
				if len(roots) != 1 || !strings.Contains(shown(roots[0]), last) {
					t.Errorf("the channel shows %+v", roots)
				}
				for alert, n := range shows {
					if n > 2 {
						t.Errorf("alert %s is in the message and %d times in its thread", alert, n-1)
					}
				}
			// A state that comes later than one that says the same and more is not posted any more.
			case len(posts) > alerts || shows["4"] != 1 || shows["0"] != len(posts):
				t.Errorf("%d posts, of which so many show an alert: %v", len(posts), shows)
			case follow == event.InThread && len(roots) != 1 || follow == event.PostAnew && len(roots) != len(posts):
				t.Errorf("%d of %d posts are in no thread", len(roots), len(posts))
			}
			t.Logf("%d posts, the fastest answer took %v", len(posts), fastest)
		})
	}
}
