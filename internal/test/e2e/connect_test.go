package e2e

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/channeldir"
	"github.com/gobridge/gopherbot/internal/event"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// shared is the envelope of an event in a channel that our workspace shares with
// another, where it happened.
func shared(id string, event map[string]any) map[string]any {
	return map[string]any{
		"token": "x", "team_id": "T0OTHER001", "context_team_id": teamID, "api_app_id": appID, "type": "event_callback",
		"event": event, "event_id": id, "event_time": time.Now().Unix(), "is_ext_shared_channel": true, "enterprise_id": "E0ORG00001",
		"authorizations": []any{map[string]any{"enterprise_id": nil, "team_id": teamID, "user_id": "UBOT", "is_bot": true, "is_enterprise_install": false}},
	}
}

func encode(t *testing.T, envelope map[string]any) string {
	t.Helper()
	body, err := json.Marshal(envelope)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// TestSlackConnect_OneAnswer has what somebody of another workspace says in a
// shared channel answered, once under whatever ids it arrives.
func TestSlackConnect_OneAnswer(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	b.startAll()
	ts := now()
	said := shared("Ev1", map[string]any{
		"type": "message", "channel": general, "channel_type": "channel", "user": "U0EXTERN01", "text": mention + "flip a coin",
		"ts": ts, "event_ts": ts, "team": "T0OTHER001", "user_team": "T0OTHER001", "source_team": "T0OTHER001",
	})
	bare := maps.Clone(said)
	delete(bare, "authorizations")
	here := maps.Clone(said)
	here["team_id"], here["event_id"] = teamID, "Ev2"
	elsewhere := maps.Clone(said)
	elsewhere["context_team_id"], elsewhere["authorizations"] = "T0OTHER001", []any{}
	for _, envelope := range []map[string]any{elsewhere, said, bare, here} {
		if status := b.post(encode(t, envelope), nil); status != 200 {
			t.Errorf("%d for %s", status, encode(t, envelope))
		}
	}
	b.calls("chat.postMessage", 1)
	b.settled()
	if calls := b.slack.Calls("chat.postMessage"); len(calls) != 1 || calls[0].Form["channel"] != general {
		t.Errorf("answered %d times: %+v", len(calls), calls)
	}
}

// TestSlackConnect_JoinsAndRenames are heeded, too.
func TestSlackConnect_JoinsAndRenames(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	b.startAll()
	for id, event := range map[string]map[string]any{
		"EvJoin":   {"type": "member_joined_channel", "user": "U0EXTERN01", "channel": newbies, "channel_type": "C", "team": "T0OTHER001"},
		"EvRename": {"type": "channel_rename", "channel": map[string]any{"id": general, "name": "lobby", "created": 1}},
	} {
		if status := b.post(encode(t, shared(id, event)), nil); status != 200 {
			t.Errorf("%s: %d", id, status)
		}
	}
	// The simulated workspace refuses it: it does not know the other's members.
	testenv.Eventually(t, "who joined is welcomed", func() bool {
		return slices.ContainsFunc(b.slack.Calls("chat.postEphemeral"), func(c slacksim.Call) bool {
			return c.Form["channel"] == newbies && c.Form["user"] == "U0EXTERN01"
		})
	})
	directory := channeldir.NewDirectory(b.rdb, b.environ["GOPHER_APP"], event.Workspace{Source: event.Slack})
	testenv.Eventually(t, "the channel has its new name", func() bool {
		id, err := directory.ID(t.Context(), "lobby")
		return err == nil && id == general
	})
}
