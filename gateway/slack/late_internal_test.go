package slack

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"github.com/valyala/fastjson"
)

func TestLateAnswer(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, payload string
		live          bool
		want          string
	}{
		{"a form", `{"type":"view_submission","view":{"callback_id":"?x","blocks":[{"type":"section","block_id":"a"},{"type":"input","block_id":"b"},{"type":"input","block_id":"c"}]}}`,
			true, `{"response_action":"errors","errors":{"b":"Nothing is lost. Please press the button again."}}`},
		{"a form without inputs", `{"type":"view_submission","view":{"callback_id":"?x","blocks":[{"type":"section","block_id":"a"}]}}`,
			true, `{"response_action":"errors","errors":{"a":"Nothing is lost. Please press the button again."}}`},
		{"a form that nobody waits for", `{"type":"view_submission","view":{"callback_id":"x"}}`, false, ""},
		{"a closed form", `{"type":"view_closed","view":{"callback_id":"?x"}}`, false, ""},
		{"a menu", `{"type":"block_suggestion","action_id":"x"}`, true, `{"options":[]}`},
		{"a press", `{"type":"block_actions","actions":[{"action_id":"x"}]}`, false, ""},
		{"a choice in a menu that looks up", `{"type":"block_actions","actions":[{"action_id":"x"},{"action_id":"?y"}]}`, false, ""},
	} {
		v := fastjson.MustParse(test.payload)
		if got := isLive(v); got != test.live {
			t.Errorf("%s: live %v", test.name, got)
		}
		if !test.live {
			continue
		}
		got := lateAnswer(v)
		var value, want any
		if err := errors.Join(json.Unmarshal(got, &value), json.Unmarshal([]byte(test.want), &want)); err != nil || !reflect.DeepEqual(value, want) {
			t.Errorf("%s: %s, %v; want %s", test.name, got, err, test.want)
		}
	}
}
