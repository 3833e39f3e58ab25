package doctor

import (
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/control"
)

func TestControls(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	list := Controls([]control.Control{
		{Kind: control.Platform, Name: "slack", By: "ada", At: now.Add(-2 * time.Hour)},
		{Kind: control.Handler, Name: "command flip", By: "rob", Why: "too loud", At: now.Add(-time.Minute)},
		{Kind: control.Channel, Name: "C1", Label: "general", By: "rob", At: now},
		{Kind: control.Person, Name: "U1", By: "rob", At: now},
	}, now)
	if len(list) != 3 {
		t.Fatalf("%+v", list)
	}
	check(t, "a platform", list[0], Warning, "platform slack is paused, by ada 2h0m0s ago")
	check(t, "a handler", list[1], Warning, `handler "command flip" is paused, by rob 1m0s ago: too loud`)
	check(t, "others", list[2], OK, "channel #general (C1), person U1")
	if want := `"gopherbot resume handler 'command flip'" ends it; its events wait`; list[1].Fix != want || !list[0].State {
		t.Errorf("%+v, want %s", list[1], want)
	}
	if list := Controls(nil, now); len(list) > 0 {
		t.Errorf("%+v", list)
	}
}
