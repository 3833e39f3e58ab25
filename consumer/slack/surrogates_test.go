package slack_test

import (
	"testing"
)

// TestPlatform_LoneSurrogates decodes texts that no UTF-8 can say. The handlers'
// matching ignores U+FFFD.
func TestPlatform_LoneSurrogates(t *testing.T) {
	t.Parallel()
	for encoded, want := range map[string]string{
		`flip a coin\ud800`:      "flip a coin\ufffd",
		`\uDC00flip`:             "\ufffdflip",
		`a\ud800\u0041b`:         "a\ufffdAb",
		`a\ud800\ud83d\ude00b`:   "a\ufffd😀b",
		`\ud83d\ude00\ud83d`:     "😀\ufffd",
		`\\ud800`:                `\ud800`, // a backslash and five letters
		`\\\ud800`:               `\` + "\ufffd",
		`\\\\ud800 \ud83d\ude00`: `\\ud800 😀`,
		`\ud83d\ude00`:           "😀",
		`\u00e9\n\"`:             "é\n\"",
	} {
		payload := `{"channel":"C1","channel_type":"im","user":"U1","ts":"1.2","text":"` + encoded + `"}`
		e := event(payload)
		m, err := message(t, e)
		if err != nil || m.RawText != want {
			t.Errorf("%s: %q, want %q (%v)", encoded, m.RawText, want, err)
		}
		if string(e.Payload) != payload {
			t.Errorf("%s: the event was changed to %s", encoded, e.Payload)
		}
	}
	for _, payload := range []string{`\ud8`, `{"text":"\ud80`, `{"text":"\ud800\`, `\`} {
		if _, err := message(t, event(payload)); err == nil {
			t.Errorf("%s is no JSON", payload)
		}
	}
}
