package callback

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/gateway"
)

// Scripts depend on the shape.
func TestBody(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		of   gateway.Occurrence
		want string
	}{
		"a message": {
			gateway.Occurrence{Name: "message_public", ID: "C1/1.2", Text: "a <b> & \"c\"", User: "U1", Chat: "C1"},
			`{"sync_id":"C1/1.2","event":"message_public","command":{"body":"a <b> & \"c\"","command_type":"user","data":{},"metadata":{}},` +
				`"from":{"user_huid":"U1","group_chat_id":"C1","chat_type":"group_chat"},"bot_id":"slack","platform":"slack"}`,
		},
		"a person who types the name of a system event": {
			gateway.Occurrence{Name: "message_private", ID: "D1/1.2", Text: "system:team_join", User: "U1", Chat: "D1", Direct: true},
			`{"sync_id":"D1/1.2","event":"message_private","command":{"body":"system:team_join","command_type":"user","data":{},"metadata":{}},` +
				`"from":{"user_huid":"U1","group_chat_id":"D1","chat_type":"chat"},"bot_id":"slack","platform":"slack"}`,
		},
		"a join": {
			gateway.Occurrence{Name: "team_join", ID: "Ev1", User: "U1", System: true},
			`{"sync_id":"Ev1","event":"team_join","command":{"body":"system:team_join","command_type":"system","data":{},"metadata":{}},` +
				`"from":{"user_huid":"U1","group_chat_id":null,"chat_type":null},"bot_id":"slack","platform":"slack"}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, cut, err := body(test.of, "slack")
			if err != nil || cut || string(got) != test.want {
				t.Errorf("%v, %v: %s", cut, err, got)
			}
		})
	}
}

func TestBody_IsBounded(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"letters":            strings.Repeat("é", maxBody/2),
		"controls":           strings.Repeat("\x01", maxBody/6),
		"bytes that are not": strings.Repeat("\xff", maxBody/2),
	} {
		got, cut, err := body(gateway.Occurrence{Name: "message_public", ID: "C1/1.2", Text: text, User: "U1"}, "slack")
		var decoded occurrence
		if err != nil || !cut || len(got) > maxBody || json.Unmarshal(got, &decoded) != nil {
			t.Fatalf("%s: %d bytes, cut %v, %v", name, len(got), cut, err)
		}
		if decoded.Truncated == nil || decoded.Truncated.Size != len(text) || name == "letters" && (strings.Trim(decoded.Command.Body, "é") != "" || len(decoded.Command.Body) < maxText-1) {
			t.Errorf("%s: %d bytes of text, truncated %v", name, len(decoded.Command.Body), decoded.Truncated)
		}
	}
	if got, cut, err := body(gateway.Occurrence{Text: strings.Repeat("x", maxBody-1000)}, "slack"); err != nil || cut || len(got) < maxBody-1000 {
		t.Errorf("just short enough: %d bytes, cut %v, %v", len(got), cut, err)
	}
}
