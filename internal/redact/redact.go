// Package redact shows operators an event's payload without what people said. It
// works from a list of what may be seen, so that a field that nobody thought of
// is hidden. It knows the names that fields commonly have, and no chat platform.
package redact

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// plain are the names of fields whose texts are ids, kinds and times.
var plain = map[string]bool{
	"type": true, "subtype": true, "channel_type": true,
	"id": true, "user": true, "channel": true, "team": true, "bot_id": true, "app_id": true, "client_msg_id": true, "mimetype": true,
	"ts": true, "event_ts": true, "thread_ts": true,
}

// maxPlain is how many bytes of such a text are shown: an id is short.
const maxPlain = 64

// Payload returns a payload, indented, in which each text is replaced by its
// length, except for ids, kinds and times. What is not JSON is nothing but its
// length.
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

// Open returns a payload, indented, with all that is in it.
func Open(payload []byte) []byte {
	var shown bytes.Buffer
	if json.Indent(&shown, payload, "", "  ") != nil {
		text, _ := json.Marshal(string(payload)) // a string always can
		return text
	}
	return shown.Bytes()
}

func notJSON(payload []byte) []byte {
	return fmt.Appendf(nil, `"[hidden: %d bytes that are not JSON]"`, len(payload))
}

// hide returns v, the value of a field or of an element of one, without what
// must not be seen.
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
		if v == "" || plain[field] && len(v) <= maxPlain {
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
