package sim_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestTraffic_HasNoSecrets looks at what is recorded of each way.
func TestTraffic_HasNoSecrets(t *testing.T) {
	t.Parallel()
	bothTransports(t, same, nothing, func(t *testing.T, s served, told <-chan heard) {
		_, updates, stop := s.Watch()
		defer stop()
		if err := s.SlashCommand(t.Context(), "U01ADA", "C01GENERAL", "/gopher", "hi"); err != nil {
			t.Fatal(err)
		}
		command := next(t, told)
		ts := s.post(object{"channel": "C01GENERAL", "text": "choose", "blocks": controls()})
		if err := s.Press(t.Context(), "U01ADA", "C01GENERAL", ts, "approve"); err != nil {
			t.Fatal(err)
		}
		pressed := next(t, told)
		s.respond(command.text("response_url"), `{"text":"answered xoxb-1"}`)
		s.call("views.open", object{"trigger_id": pressed.text("trigger_id"), "view": form("f", nil)})
		_, ticket, err := s.client("xoxb-1", appToken).StartSocketModeContext(t.Context())
		if s.Socket().On() != (err == nil) {
			t.Error(err)
		}
		ways := map[string]int{}
		var all strings.Builder
		for _, entry := range s.Traffic() {
			ways[entry.Way]++
			all.WriteString(entry.Name + " " + entry.Body + "\n")
		}
		transport := map[bool]string{true: "socket", false: "http"}[s.Socket().On()]
		if ways[transport] < 4 || ways["api"] < 4 || ways["response_url"] != 1 {
			t.Errorf("%v", ways)
		}
		for _, want := range []string{"/gopher", "Approve", "answered", "views.open"} {
			if !strings.Contains(all.String(), want) {
				t.Errorf("%q is not in the traffic", want)
			}
		}
		secrets := []string{"xoxb-1", "xapp-1", command.text("response_url"), command.text("trigger_id"), pressed.text("response_url"), pressed.text("trigger_id")}
		if u, err := url.Parse(ticket); err == nil && ticket != "" {
			secrets = append(secrets, u.Query().Get("ticket"))
		}
		for _, secret := range secrets {
			id := secret[strings.LastIndex(secret, "/")+1:] // encoded ones, too
			if strings.Contains(all.String(), id) {
				t.Errorf("%q is in the traffic: %s", id, all.String())
			}
		}
		for {
			if update := testenv.Next(t, updates); update.Kind == "traffic" && update.Value.(slacksim.Traffic).Name == "views.open" {
				return
			}
		}
	})
}

func TestTraffic_IsBounded(t *testing.T) {
	t.Parallel()
	s := serve(t, same)
	s.post(object{"channel": "C01GENERAL", "text": strings.Repeat("x", 20_000)})
	for range 300 {
		s.call("auth.test", nil)
	}
	all := s.Traffic()
	if len(all) != 500 {
		t.Errorf("%d entries, want the latest 500", len(all))
	}
	s.post(object{"channel": "C01GENERAL", "text": strings.Repeat("x", 20_000)})
	all = s.Traffic()
	if body := all[len(all)-2].Body; len(body) > 9000 || len(body) < 8000 {
		t.Errorf("%d bytes of a large body, want 8 KiB", len(body))
	}
}

func TestWatch_TellsOfInteractions(t *testing.T) {
	t.Parallel()
	bothTransports(t, func(o *slacksim.Options) { o.Timeout = 2 * time.Second }, func(h heard) any {
		if h.text("type") == "view_submission" {
			return ignore{}
		}
		return nil
	}, func(t *testing.T, s served, told <-chan heard) {
		_, updates, stop := s.Watch()
		defer stop()
		seen := func(kind string, ok func(any) bool) {
			t.Helper()
			for {
				if update := testenv.Next(t, updates); update.Kind == kind && ok(update.Value) {
					return
				}
			}
		}
		opened(t, s, told, form("f", nil))
		seen("modal", func(v any) bool { return len(v.(slacksim.Modal).Views) == 1 })
		fill(t, s, map[string]string{"term": "a", "meaning": "b"})
		seen("modal", func(v any) bool { return v.(slacksim.Modal).Views[0].State["term"]["value"]["value"] == "a" })
		wantShown(t, s.Submit(t.Context(), "U01ADA"), "operation_timeout")
		seen("shown", func(v any) bool { return v.(slacksim.Shown).User == "U01ADA" })
		now := s.Snapshot()
		if len(now.Modals) != 1 || len(now.Errors) != 1 || len(now.Traffic) == 0 {
			t.Errorf("%+v", now)
		}
		if err := s.Close(t.Context(), "U01ADA"); err != nil {
			t.Fatal(err)
		}
		seen("modal", func(v any) bool { return len(v.(slacksim.Modal).Views) == 0 })
		s.ok("views.publish", object{"user_id": "U01ADA", "view": object{"type": "home", "blocks": list{}}})
		seen("home", func(v any) bool { return v.(slacksim.View).User == "U01ADA" })
		ts := s.post(object{"channel": "C01GENERAL", "text": "bye"})
		s.ok("chat.delete", object{"channel": "C01GENERAL", "ts": ts})
		seen("deleted", func(v any) bool { return v.(slacksim.Message).TS == ts })
	})
}
