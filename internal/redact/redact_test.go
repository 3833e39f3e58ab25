package redact_test

import (
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/redact"
)

func TestPayload(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ payload, want string }{
		{`{"type":"message","user":"U1","channel":"C1","ts":"1.2","text":"näh"}`,
			`{"channel": "C1", "text": "[hidden: 3 characters]", "ts": "1.2", "type": "message", "user": "U1"}`},
		{`{"blocks":[{"type":"rich_text","elements":[{"type":"text","text":"secret"}]}],"n":12345678901234567890,"ok":true,"none":null,"empty":""}`,
			`{"blocks": [{"elements": [{"text": "[hidden: 6 characters]", "type": "text"}], "type": "rich_text"}], "empty": "", "n": 12345678901234567890, "none": null, "ok": true}`},
		{`{"user":{"id":"U1","real_name":"Ada"}}`, `{"user": {"id": "U1", "real_name": "[hidden: 3 characters]"}}`},
		{`{"a field of no known name":"secret"}`, `{"a field of no known name": "[hidden: 6 characters]"}`},
		{`{"user":"` + strings.Repeat("secret", 20) + `"}`, `{"user": "[hidden: 120 characters]"}`},
		{`"secret"`, `"[hidden: 6 characters]"`},
		{`a secret`, `"[hidden: 8 bytes that are not JSON]"`},
		{`{} secret`, `"[hidden: 9 bytes that are not JSON]"`},
		{``, `"[hidden: 0 bytes that are not JSON]"`},
	} {
		if got := oneLine(redact.Payload([]byte(test.payload))); got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.payload, got, test.want)
		}
	}
}

// oneLine takes the indentation out.
func oneLine(indented []byte) string {
	var s strings.Builder
	for line := range strings.Lines(string(indented)) {
		line = strings.TrimSpace(line)
		s.WriteString(line)
		if strings.HasSuffix(line, ",") {
			s.WriteByte(' ')
		}
	}
	return s.String()
}
