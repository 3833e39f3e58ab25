package event

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// callbackVersion is the version of CallbackRequest's encoding. A decoder refuses others:
// during a rolling deploy the event waits for a consumer that reads it.
const callbackVersion = 1

// CallbackRequest is the payload of a Callback event: something happened, and callback
// rules pass it on to scripts. Its body may have a person's text, so it is never logged.
type CallbackRequest struct {
	// Rules are the names of the rules to run, one after the other. At least one.
	Rules []string `json:"rules"`
	// Event is the name of the event in rules, such as "message_public". Required.
	Event string `json:"event"`
	// Platform is the source of the event, such as "slack", and Bot the name of the bot in
	// the configuration. Required.
	Platform string `json:"platform"`
	Bot      string `json:"bot"`
	// Key identifies what happened, however often it is told. Required.
	Key string `json:"key"`
	// Body is what scripts get, byte for byte: JSON. BodyBlob holds it instead if it is long.
	// One of them is required.
	Body     string `json:"body,omitempty"`
	BodyBlob *Blob  `json:"body_blob,omitempty"`
	// Truncated says that something was left out of the body.
	Truncated bool `json:"truncated,omitempty"`
}

// DeliveryID returns the id by which a script recognises a repetition: each of the rules
// has one, and it stays over retries and replays. It is valid as a webhook-id.
func (r CallbackRequest) DeliveryID(rule string) string {
	sum := sha256.Sum256([]byte(r.Platform + "\x00" + r.Key + "\x00" + rule))
	return "msg_" + base32.StdEncoding.EncodeToString(sum[:])[:26]
}

type versionedCallback struct {
	Version int `json:"v"`
	CallbackRequest
}

// Encode returns the event's payload. It returns an error if a required field is missing,
// or if the body is not UTF-8, which JSON has to be.
func (r CallbackRequest) Encode() ([]byte, error) {
	if err := r.validate(); err != nil {
		return nil, err
	}
	return json.Marshal(versionedCallback{callbackVersion, r})
}

// DecodeCallback is the inverse of Encode. It returns ErrVersion for a payload in another
// version, and other errors for one that is no callback. It ignores unknown fields. The
// errors quote nothing of the payload.
func DecodeCallback(payload []byte) (CallbackRequest, error) {
	var decoded versionedCallback
	if err := json.Unmarshal(payload, &decoded); err != nil {
		return CallbackRequest{}, fmt.Errorf("a callback of %d bytes that cannot be read: %w", len(payload), withoutText(err))
	}
	if decoded.Version != callbackVersion {
		return CallbackRequest{}, fmt.Errorf("%w: the callback has version %d, this release reads %d", ErrVersion, decoded.Version, callbackVersion)
	}
	return decoded.CallbackRequest, decoded.validate()
}

func (r CallbackRequest) validate() error {
	switch {
	case len(r.Rules) == 0:
		return errors.New("a callback without rules")
	case r.Event == "" || r.Platform == "" || r.Bot == "" || r.Key == "":
		return errors.New("a callback without event, platform, bot or key")
	case r.Body == "" && r.BodyBlob == nil:
		return errors.New("a callback without a body")
	case !utf8.ValidString(r.Body):
		return fmt.Errorf("a callback with a body of %d bytes that is not UTF-8", len(r.Body))
	}
	return nil
}
