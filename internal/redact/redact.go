// Package redact hides the texts of people in an event's payload that is shown to
// operators. It shows only listed fields, so that an unknown field is hidden. Open shows an
// operator the texts, too, but no secrets. It knows common names of fields, and no chat
// platform.
package redact

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// visible are the names of fields whose texts are ids, kinds and times.
var visible = map[string]bool{
	"type": true, "subtype": true, "channel_type": true,
	"id": true, "user": true, "channel": true, "team": true, "bot_id": true, "app_id": true, "client_msg_id": true, "mimetype": true,
	"ts": true, "event_ts": true, "thread_ts": true,
}

// maxVisible is the maximum size in bytes of such a text. A longer one is hidden: ids are
// short.
const maxVisible = 64

// Payload returns a payload, indented, with each text replaced by its length, except for
// ids, kinds and times. A payload that is not JSON is replaced by its length.
func Payload(payload []byte) []byte {
	var v any
	decoder := json.NewDecoder(bytes.NewReader(payload))
	decoder.UseNumber()
	if decoder.Decode(&v) != nil || decoder.More() {
		return notJSON(payload)
	}
	shown, err := encode(hide("", v))
	if err != nil {
		return notJSON(payload)
	}
	return shown
}

func notJSON(payload []byte) []byte {
	return fmt.Appendf(nil, `"[hidden: %d bytes that are not JSON]"`, len(payload))
}

// hide returns v, the value of a field or of an element of it, with its texts hidden.
func hide(field string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			v[name] = hide(name, value)
		}
		return v
	case []any:
		for i, value := range v {
			v[i] = hide(field, value)
		}
		return v
	case string:
		if v == "" || visible[field] && len(v) <= maxVisible {
			return v
		}
		return fmt.Sprintf("[hidden: %d characters]", utf8.RuneCountInString(v))
	default:
		return v
	}
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}
