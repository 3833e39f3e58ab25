package doctor

import (
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/presence"
)

func TestRequests(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	requests := func(authentic time.Duration, refused, wrongSecret int64) presence.Requests {
		r := presence.Requests{Platform: "slack", Refused: refused, WrongSecret: wrongSecret}
		if authentic > 0 {
			r.Authentic = now.Add(-authentic)
		}
		if refused > 0 {
			r.FirstRefused, r.LastRefused, r.Reason = now.Add(-time.Hour), now.Add(-3*time.Second), "wrong signature"
		}
		return r
	}
	for _, test := range []struct {
		name    string
		of      presence.Requests
		running time.Duration
		want    Status
		says    string
	}{
		{"new", requests(0, 0, 0), time.Minute, OK, "no authentic request so far"},
		{"nothing ever came", requests(0, 0, 0), 2 * time.Hour, Warning, "no authentic request so far"},
		{"recently", requests(5*time.Second, 0, 0), 2 * time.Hour, OK, "the last authentic request was 5s ago"},
		{"silent", requests(25*time.Hour, 0, 0), 48 * time.Hour, Warning, "25h0m0s ago"},
		{"strangers", requests(time.Hour, 1000, 0), 48 * time.Hour, OK, "1h0m0s ago; 1000 refused since 2026-11-01T11:00:00Z, 0 of them signed with another secret, the last 3s ago: wrong signature"},
		{"strangers, and nothing else ever", requests(0, 5, 0), time.Minute, Warning, "no authentic request so far; 5 refused since"},
		{"somebody tried a secret", requests(time.Hour, 1, 1), 48 * time.Hour, Warning, "1 of them signed with another secret"},
		{"the secret was changed", requests(time.Hour, 4, 3), 48 * time.Hour, Failure, "3 of them signed with another secret"},
		{"the secret was never right", requests(0, 9, 9), time.Minute, Failure, "no authentic request so far; 9 refused"},
	} {
		registered := presence.Status{Instances: []presence.Instance{
			{Role: "gateway", Started: now.Add(-time.Second)}, {Role: "gateway", Started: now.Add(-test.running)}, {Role: "consumer", Started: now.Add(-1000 * time.Hour)},
		}}
		list := []presence.Requests{{Platform: "mattermost", Authentic: now.Add(-time.Second), Refused: 100, WrongSecret: 100}, test.of}
		f := Requests(list, "slack", "GOPHER_SLACK_REQUEST_SECRET", registered, now)
		check(t, test.name, f, test.want, test.says)
		if f.Check != "slack requests" || f.State != (test.want != OK) {
			t.Errorf("%s: %+v", test.name, f)
		}
	}
	check(t, "a platform that has sent nothing", Requests(nil, "slack", "", presence.Status{}, now), OK, "no authentic request so far")
}
