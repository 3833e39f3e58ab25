package e2e

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/slack/blockkit"
)

// payload encodes what Slack sends of something that happened.
func payload(t testing.TB, fields map[string]any) json.RawMessage {
	t.Helper()
	body, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// saidPayload is the n-th message of somebody to the bot.
func saidPayload(t testing.TB, n int, text string) json.RawMessage {
	t.Helper()
	now := time.Now()
	ts := fmt.Sprintf("%d.%06d", now.Unix(), n)
	return payload(t, map[string]any{
		"type": "event_callback", "team_id": teamID, "context_team_id": teamID, "api_app_id": appID,
		"event_id": fmt.Sprintf("Ev%08d", n), "event_time": now.Unix(),
		"event": map[string]any{
			"type": "message", "channel": fmt.Sprintf("D%06d", n), "channel_type": "im", "user": ada, "text": text,
			"ts": ts, "event_ts": ts, "team": teamID,
		},
	})
}

// trigger is the trigger_id of the n-th interaction.
func trigger(n int) string { return fmt.Sprintf("1338.7384.%016x", n) }

// typedPayload is a slash command, the n-th interaction.
func typedPayload(t testing.TB, n int, command, text, responseURL string) json.RawMessage {
	t.Helper()
	return payload(t, map[string]any{
		"command": command, "text": text, "response_url": responseURL, "trigger_id": trigger(n), "api_app_id": appID, "team_id": teamID,
		"team_domain": "test", "channel_id": general, "channel_name": "general", "user_id": ada, "user_name": "ada", "token": "deprecated",
	})
}

// interactionPayload is the n-th interaction, of a type. fields are those that others do not have.
func interactionPayload(t testing.TB, n int, kind string, fields map[string]any) json.RawMessage {
	t.Helper()
	fields["type"], fields["trigger_id"], fields["api_app_id"] = kind, trigger(n), appID
	fields["team"], fields["user"] = map[string]any{"id": teamID}, map[string]any{"id": ada, "team_id": teamID}
	return payload(t, fields)
}

// pressedPayload is the press of a button of a message.
func pressedPayload(t testing.TB, n int, action, data string) json.RawMessage {
	t.Helper()
	return interactionPayload(t, n, "block_actions", map[string]any{
		"container": map[string]any{"type": "message", "channel_id": general, "message_ts": "1763660000.000100"},
		"channel":   map[string]any{"id": general, "name": "general"},
		"actions":   []any{map[string]any{"type": "button", "action_id": blockkit.ActionID(action, 1), "block_id": "b", "value": data}},
	})
}

// submittedPayload is the submission of a form with one text field, which was opened in a
// channel and is validated.
func submittedPayload(t testing.TB, n int, form, field, value string) json.RawMessage {
	t.Helper()
	return interactionPayload(t, n, "view_submission", map[string]any{"view": map[string]any{
		"id": fmt.Sprintf("V%06d", n), "type": "modal", "callback_id": blockkit.FormCallback(form, true),
		"private_metadata": fmt.Sprintf(`{"v":1,"c":%q,"n":"general"}`, general), "hash": "1.2",
		"blocks": []any{map[string]any{"type": "input", "block_id": field, "element": map[string]any{"type": "plain_text_input", "action_id": field}}},
		"state": map[string]any{"values": map[string]any{field: map[string]any{
			field: map[string]any{"type": "plain_text_input", "value": value},
		}}},
	}})
}
