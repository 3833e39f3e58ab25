package slack_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	gatewayslack "github.com/gobridge/gopherbot/gateway/slack"
)

func TestRestamp(t *testing.T) {
	t.Parallel()
	now := time.Unix(1700000000, 123456789)
	body := []byte(`{"type":"event_callback","event_id":"Ev1","event_time":1,"event":{"type":"message","ts":"1.000000","event_ts":"1.000000","text":"<hi>"}}`)
	renewed, err := gatewayslack.Restamp(body, now)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Type  string
		ID    string `json:"event_id"`
		Time  int64  `json:"event_time"`
		Event map[string]string
	}
	if err := json.Unmarshal(renewed, &got); err != nil {
		t.Fatal(err)
	}
	if got.Type != "event_callback" || got.ID == "Ev1" || !strings.HasPrefix(got.ID, "Ev") || got.Time != 1700000000 ||
		got.Event["ts"] != "1700000000.123456" || got.Event["event_ts"] != got.Event["ts"] || got.Event["text"] != "<hi>" {
		t.Errorf("%s", renewed)
	}
	if _, added := got.Event["thread_ts"]; added {
		t.Error("what was not there is there now")
	}
	for _, bad := range []string{``, `[]`, `{}`, `{"event":"x"}`, `hello`} {
		if renewed, err := gatewayslack.Restamp([]byte(bad), now); err == nil {
			t.Errorf("%s: %s", bad, renewed)
		}
	}
}
