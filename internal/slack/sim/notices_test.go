package sim_test

import (
	"fmt"
	"testing"

	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
)

func TestNotices(t *testing.T) {
	t.Parallel()
	bothTransports(t, same, nothing, func(t *testing.T, s served, told <-chan heard) {
		if err := s.LimitEvents(); err != nil {
			t.Fatal(err)
		}
		if e := next(t, told); e.object("event") != nil || e.text("type") != "app_rate_limited" {
			t.Errorf("%v", e)
		}
		if err := s.RevokeToken(); err != nil {
			t.Fatal(err)
		}
		if e := next(t, told).object("event"); e["type"] != "tokens_revoked" || fmt.Sprint(e["tokens"]) != "map[bot:["+slacksim.BotUserID+"] oauth:[]]" {
			t.Errorf("%v", e)
		}
		if answer := s.call("auth.test", object{}); answer["error"] != "token_revoked" {
			t.Errorf("auth.test with a revoked token: %v", answer)
		}
	})
}
