package slack_test

import (
	"testing"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/gateway/slack"
	"github.com/gobridge/gopherbot/workqueue"
)

func TestDescribe(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		eventType, payload string
		want               gateway.Occurrence
	}{
		"a message": {
			"message_public", `{"type":"message","channel":"C1","channel_type":"channel","user":"U1","ts":"1.2","text":"a &amp; <@U2>"}`,
			gateway.Occurrence{Name: "message_public", ID: "C1/1.2", Text: "a &amp; <@U2>", User: "U1", Chat: "C1"},
		},
		"a direct message": {
			"message_private", `{"type":"message","channel":"D1","channel_type":"im","user":"U1","ts":"1.2","text":"hi"}`,
			gateway.Occurrence{Name: "message_private", ID: "D1/1.2", Text: "hi", User: "U1", Chat: "D1", Direct: true},
		},
		"a file": {
			"message_private", `{"type":"message","subtype":"file_share","channel":"G1","channel_type":"mpim","user":"U1","ts":"1.2"}`,
			gateway.Occurrence{Name: "message_private", ID: "G1/1.2", User: "U1", Chat: "G1"},
		},
		"somebody joins the workspace": {
			"team_join", `{"type":"team_join","user":{"id":"U1","name":"ada"}}`,
			gateway.Occurrence{Name: "team_join", ID: "Ev1", User: "U1", System: true},
		},
		"somebody joins a channel": {
			"channel_join", `{"type":"member_joined_channel","user":"U1","channel":"C1","channel_type":"C"}`,
			gateway.Occurrence{Name: "channel_join", ID: "Ev1", User: "U1", Chat: "C1", System: true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := slack.Describe(workqueue.Event{Type: test.eventType, Source: "slack", ID: "Ev1", Payload: []byte(test.payload)})
			if !ok || got != test.want {
				t.Errorf("%+v, %v; want %+v", got, ok, test.want)
			}
		})
	}
}

// TestDescribe_LeavesOut has the events that no rule gets. A rule whose script posts would
// otherwise get its own post, and so on.
func TestDescribe_LeavesOut(t *testing.T) {
	t.Parallel()
	for name, e := range map[string]workqueue.Event{
		"our own message":    {Type: "message_public", Source: "slack", Payload: []byte(`{"channel":"C1","user":"UBOT","bot_id":"B1","ts":"1.2","text":"hi"}`)},
		"a webhook's":        {Type: "message_public", Source: "slack", Payload: []byte(`{"channel":"C1","subtype":"bot_message","bot_id":"B1","ts":"1.2","text":"hi"}`)},
		"Slackbot's":         {Type: "message_public", Source: "slack", Payload: []byte(`{"channel":"C1","user":"USLACKBOT","ts":"1.2","text":"hi"}`)},
		"an edit":            {Type: "message_public", Source: "slack", Payload: []byte(`{"channel":"C1","user":"U1","subtype":"message_changed","hidden":true,"ts":"1.2"}`)},
		"a topic":            {Type: "message_public", Source: "slack", Payload: []byte(`{"channel":"C1","user":"U1","subtype":"channel_topic","ts":"1.2"}`)},
		"a bot that joins":   {Type: "team_join", Source: "slack", Payload: []byte(`{"user":{"id":"U1","is_bot":true}}`)},
		"nobody joins":       {Type: "channel_join", Source: "slack", Payload: []byte(`{"channel":"C1"}`)},
		"an interaction":     {Type: "interaction", Source: "slack", Payload: []byte(`{"user":"U1"}`)},
		"a message to post":  {Type: "send", Source: "slack", Payload: []byte(`{"user":"U1"}`)},
		"another platform's": {Type: "message_public", Source: "mattermost", Payload: []byte(`{"user":"U1","channel":"C1","ts":"1"}`)},
		"no JSON":            {Type: "message_public", Source: "slack", Payload: []byte(`{"user":"U1"`)},
	} {
		if got, ok := slack.Describe(e); ok {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
