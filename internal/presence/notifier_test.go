package presence_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// notifier runs a Notifier until stop is called.
func notifier(t *testing.T, rdb redis.UniversalClient, app string) (n *presence.Notifier, stop func()) {
	t.Helper()
	n = presence.NewNotifier(rdb, app, zerolog.Nop())
	return n, runs(t, n.Run)
}

func notifications(t *testing.T, rdb redis.UniversalClient, app string) presence.Notifications {
	t.Helper()
	all, err := presence.NewReader(rdb, app).Notifications(t.Context(), 3)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestNotifier_AddsUpConsumers has two consumers count, and one of them again after a restart.
func TestNotifier_AddsUpConsumers(t *testing.T) {
	t.Parallel()
	for _, kind := range []redistest.Kind{redistest.Single, redistest.Clustered, redistest.Embedded} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			rdb, app := redistest.Open(t, kind), redistest.App()
			if all := notifications(t, rdb, app); len(all.Bots)+len(all.Rules)+len(all.Unsent) > 0 {
				t.Errorf("of a new deployment: %+v", all)
			}
			first, stop := notifier(t, rdb, app)
			other, _ := notifier(t, rdb, app)
			first.Ended("slack", "sent")
			first.Posted("slack", 80*time.Millisecond)
			first.Ran("joins", "ok")
			stop() // writes it
			again, stop := notifier(t, rdb, app)
			again.Ended("slack", "sent")
			again.Posted("slack", 2*time.Hour)
			again.Ended("main", "retrying")
			again.Ran("joins", "timeout")
			again.Ran("all.messages", "ok")
			stop()
			other.Ended("slack", "sent")
			other.Posted("slack", -time.Second) // of two clocks that differ
			failed := presence.Unsent{At: time.Now().UTC(), RequestID: "r1", State: "failed", Code: "channel_not_found", Error: "näh", Chat: "alerts", KeyName: "ci"}
			other.Failed(failed)

			slack := presence.BotNotifications{Bot: "slack", States: map[string]int64{"sent": 3}}
			slack.Wait.Counts[0], slack.Wait.Counts[6], slack.Wait.Counts[16] = 1, 1, 1
			want := presence.Notifications{
				Bots:   []presence.BotNotifications{{Bot: "main", States: map[string]int64{"retrying": 1}}, slack},
				Rules:  []presence.RuleRuns{{Rule: "all.messages", Outcomes: map[string]int64{"ok": 1}}, {Rule: "joins", Outcomes: map[string]int64{"ok": 1, "timeout": 1}}},
				Unsent: []presence.Unsent{failed},
			}
			testenv.Eventually(t, "operators see the sums of all", func() bool { return reflect.DeepEqual(notifications(t, rdb, app), want) })
		})
	}
}

// TestNotifier_IsBounded has more fail than is kept, with a long error, and counts of other
// hours and releases in Redis.
func TestNotifier_IsBounded(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	this := time.Now().Unix() / 3600
	key := func(hour int64) string { return fmt.Sprintf("%s:{vitals}:notifications:%d", app, hour) }
	for ago, count := range map[int64]int{1: 10, 22: 100, 25: 1000} {
		err := rdb.HSet(t.Context(), key(this-ago), "state/slack/sent", count, "wait/slack/99", 1, "wait/slack/x", 1, "new/slack/x", 1, "state/x", 1, "rule/x/ok", "?").Err()
		if err != nil {
			t.Fatal(err)
		}
	}
	begin := time.Now()
	for round := range 7 {
		n, stop := notifier(t, rdb, app)
		for i := range 25 {
			n.Failed(presence.Unsent{At: begin.Add(time.Duration(25*round+i) * time.Second), RequestID: fmt.Sprint(25*round + i), Error: strings.Repeat("ä", 600)})
		}
		stop()
	}
	all := notifications(t, rdb, app)
	if len(all.Bots) != 1 || all.Bots[0].States["sent"] != 110 || all.Bots[0].Wait.Total() != 0 || len(all.Rules) != 0 {
		t.Errorf("%+v", all)
	}
	if len(all.Unsent) != 3 || all.Unsent[0].RequestID != "174" || all.Unsent[2].RequestID != "172" || all.Unsent[0].Error != strings.Repeat("ä", 250)+"…" {
		t.Errorf("%+v", all.Unsent)
	}
	list := app + ":{vitals}:unsent"
	if n, ttl := rdb.LLen(t.Context(), list).Val(), rdb.TTL(t.Context(), list).Val(); n != 100 || ttl <= 0 || ttl > 7*24*time.Hour {
		t.Errorf("%d are kept for %v", n, ttl)
	}
	n, stop := notifier(t, rdb, app)
	n.Ran("joins", "ok")
	stop()
	for _, hour := range []int64{this, this + 1} { // one may have ended meanwhile
		if ttl := rdb.TTL(t.Context(), key(hour)).Val(); ttl > 25*time.Hour || ttl == -1 {
			t.Errorf("an hour's counts are kept for %v", ttl)
		}
	}
}

// TestNotifier_WaitsForRedis counts while Redis is full, and writes all once it is not.
func TestNotifier_WaitsForRedis(t *testing.T) {
	t.Parallel()
	rdb := redistest.Dial(t, redistest.Start(t, "--maxmemory", "1", "--maxmemory-policy", "noeviction").URL())
	n, stop := notifier(t, rdb, "a")
	n.Ended("slack", "failed")
	n.Failed(presence.Unsent{RequestID: "r1", At: time.Now()})
	refused := func() bool { return strings.Contains(rdb.Info(t.Context(), "errorstats").Val(), "errorstat_OOM") }
	testenv.Eventually(t, "it tried", refused)
	n.Failed(presence.Unsent{RequestID: "r2", At: time.Now().Add(time.Second)})
	if err := rdb.ConfigSet(t.Context(), "maxmemory", "0").Err(); err != nil {
		t.Fatal(err)
	}
	stop()
	all := notifications(t, rdb, "a")
	if len(all.Bots) != 1 || all.Bots[0].States["failed"] != 1 || len(all.Unsent) != 2 || all.Unsent[0].RequestID != "r2" {
		t.Errorf("%+v", all)
	}
}
