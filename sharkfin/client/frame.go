package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
)

// frame is a frame of the server: a reply to a request, which has its ref, or a push.
type frame struct {
	kind string
	data json.RawMessage
	ref  string
	ok   bool
	// tooLarge frames have no data; their kind is "" unless they are replies.
	tooLarge bool
}

// parseFrame parses a frame.
func parseFrame(data []byte) (frame, error) {
	var wire struct {
		Type string          `json:"type"`
		D    json.RawMessage `json:"d"`
		Ref  json.RawMessage `json:"ref"`
		OK   *bool           `json:"ok"`
	}
	if err := json.Unmarshal(data, &wire); err != nil {
		return frame{}, err
	}
	if wire.Type == "" {
		return frame{}, errors.New("it has no type")
	}
	f := frame{kind: wire.Type, data: wire.D, ok: wire.OK == nil || *wire.OK}
	if len(wire.Ref) > 0 && wire.Ref[0] == '"' { // a ref of another type is none of ours
		if err := json.Unmarshal(wire.Ref, &f.ref); err != nil {
			return frame{}, err
		}
	}
	if string(f.data) == "null" {
		f.data = nil
	}
	return f, nil
}

var (
	replyHead = regexp.MustCompile(`^\s*\{\s*"type"\s*:\s*"(reply|error)"\s*,`)
	refTail   = regexp.MustCompile(`,\s*"ref"\s*:\s*"([^"\\]*)"\s*(,\s*"ok"\s*:\s*(true|false)\s*)?\}\s*$`)
)

// largeFrame makes a frame of the beginning and the end of one that is too large to be read. The
// server writes the type first and the ref behind the data.
func largeFrame(head, tail []byte) frame {
	f := frame{tooLarge: true}
	if kind := replyHead.FindSubmatch(head); kind != nil {
		f.kind = string(kind[1])
		if ref := refTail.FindSubmatch(tail); ref != nil {
			f.ref = string(ref[1])
		}
	}
	return f
}

// isReply reports whether a frame answers a request.
func (f frame) isReply() bool { return f.kind == "reply" || f.kind == "error" || f.kind == "pong" }

// refusal returns the error of a reply, or nil.
func (f frame) refusal(key string) error {
	if f.ok && f.kind != "error" {
		return nil
	}
	var d struct {
		Message string `json:"message"`
	}
	_ = json.Unmarshal(f.data, &d) // without a message it is an error all the same
	if d.Message == "" {
		d.Message = "it gave no reason"
	}
	text := d.Message
	if len(text) > maxErrorText {
		text = string(bytes.ToValidUTF8([]byte(text[:maxErrorText]), nil))
	}
	return &ServerError{Message: withoutKey(text, key)}
}

// encodeRequest makes the frame of a request.
func encodeRequest(kind, ref string, d any) ([]byte, error) {
	return json.Marshal(struct {
		Type string `json:"type"`
		D    any    `json:"d,omitempty"`
		Ref  string `json:"ref"`
	}{kind, d, ref})
}
