package redact

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// secret are the names, in lower case, of fields with which anyone could act as the bot or
// as the person: addresses to answer to, triggers that open forms, tokens, and the data
// that a form carries unseen.
var secret = map[string]bool{
	"response_url": true, "response_urls": true, "trigger_id": true, "token": true, "private_metadata": true,
}

// hidden is shown in place of a secret.
const hidden = `"[hidden: a secret]"`

// maxNested bounds how deep JSON is nested in texts, each in a text of the one before.
const maxNested = 4

// Open returns the payload, indented, with its texts and without its secrets. Those are
// found at any depth, also in a text that is JSON itself. A payload that is not JSON is
// returned as a JSON string, or replaced by its length if it names a secret.
func Open(payload []byte) []byte {
	var shown bytes.Buffer
	if json.Indent(&shown, withoutSecrets(payload, maxNested), "", "  ") == nil {
		return shown.Bytes()
	}
	if namesSecret(payload) {
		return notJSON(payload)
	}
	text, _ := json.Marshal(string(payload)) // a string can always be encoded
	return text
}

// namesSecret reports whether a text has the name of a secret.
func namesSecret(text []byte) bool {
	text = bytes.ToLower(text)
	for name := range secret {
		if bytes.Contains(text, []byte(name)) {
			return true
		}
	}
	return false
}

// withoutSecrets returns a JSON text with its secrets replaced, the same text if it has
// none, and nil if it is no JSON text.
func withoutSecrets(text []byte, nested int) []byte {
	if !json.Valid(text) {
		return nil
	}
	c := &copier{decoder: json.NewDecoder(bytes.NewReader(text)), nested: nested}
	c.decoder.UseNumber()
	switch err := c.value(); {
	case err != nil:
		return nil
	case c.found:
		return c.out.Bytes()
	}
	return text
}

// copier copies a JSON text, token by token.
type copier struct {
	decoder *json.Decoder
	out     bytes.Buffer
	nested  int
	found   bool // a secret
}

// value copies the next value.
func (c *copier) value() error {
	token, err := c.decoder.Token()
	if err != nil {
		return err
	}
	switch token := token.(type) {
	case json.Delim:
		return c.composite(token)
	case string:
		return c.write(c.text(token))
	default:
		return c.write(token)
	}
}

// composite copies the rest of an object or an array.
func (c *copier) composite(opened json.Delim) error {
	c.out.WriteByte(byte(opened))
	for n := 0; c.decoder.More(); n++ {
		if n > 0 {
			c.out.WriteByte(',')
		}
		if opened == '[' {
			if err := c.value(); err != nil {
				return err
			}
			continue
		}
		if err := c.field(); err != nil {
			return err
		}
	}
	closing, err := c.decoder.Token()
	if err != nil {
		return err
	}
	if closing, ok := closing.(json.Delim); ok {
		c.out.WriteByte(byte(closing))
		return nil
	}
	return io.ErrUnexpectedEOF
}

// field copies a field of an object.
func (c *copier) field() error {
	token, err := c.decoder.Token()
	if err != nil {
		return err
	}
	name, ok := token.(string)
	if !ok {
		return errors.New("a field without a name")
	}
	if err := c.write(name); err != nil {
		return err
	}
	c.out.WriteByte(':')
	if !secret[strings.ToLower(name)] {
		return c.value()
	}
	var skipped json.RawMessage
	if err := c.decoder.Decode(&skipped); err != nil {
		return err
	}
	switch string(skipped) {
	case `""`, "null", "[]": // there is none
		c.out.Write(skipped)
	default:
		c.found = true
		c.out.WriteString(hidden)
	}
	return nil
}

// text returns a text, without secrets if it is JSON itself.
func (c *copier) text(s string) string {
	if trimmed := strings.TrimSpace(s); trimmed == "" || trimmed[0] != '{' && trimmed[0] != '[' || !json.Valid([]byte(s)) {
		return s
	}
	shown := fmt.Sprintf("[hidden: %d characters]", utf8.RuneCountInString(s)) // too deep
	if c.nested > 0 {
		shown = string(withoutSecrets([]byte(s), c.nested-1))
	}
	c.found = c.found || shown != s
	return shown
}

// write writes a scalar.
func (c *copier) write(v any) error {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return err
	}
	c.out.Write(bytes.TrimSpace(b.Bytes()))
	return nil
}
