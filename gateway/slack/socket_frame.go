package slack

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/gobridge/gopherbot/gateway"
)

// The types of a socket's frames. Those of envelopes bring something for the queue.
// Source: https://docs.slack.dev/apis/events-api/using-socket-mode
const (
	eventsEnvelope      = "events_api"
	commandEnvelope     = "slash_commands"
	interactiveEnvelope = "interactive"

	helloFrame      = "hello"
	disconnectFrame = "disconnect"
)

const (
	// maxFrameIn is how many bytes a frame of Slack's may have: a larger one ends the
	// connection. The payload is limited by MaxBody, and an envelope above it is
	// acknowledged and dropped.
	maxFrameIn = 4 << 20
	// maxFrameOut is how many bytes a frame of ours may have. Slack closes the connection
	// on one above 20,480 bytes, and all that waits on it is lost.
	maxFrameOut = 20_000
)

// frame is a frame from Slack.
type frame struct {
	Type       string          `json:"type"`
	EnvelopeID string          `json:"envelope_id"`
	Payload    json.RawMessage `json:"payload"`
	// Answerable says that the acknowledgement may have a payload.
	Answerable   bool   `json:"accepts_response_payload"`
	RetryAttempt int    `json:"retry_attempt"`
	RetryReason  string `json:"retry_reason"`
	// The following are a hello's.
	Connections int `json:"num_connections"`
	Connection  struct {
		AppID string `json:"app_id"`
	} `json:"connection_info"`
	Debug struct {
		Lifetime float64 `json:"approximate_connection_time"` // seconds
	} `json:"debug_info"`
	// Reason is a disconnect's.
	Reason string `json:"reason"`
}

// lenient reads what routing needs of a frame whose other fields have another form.
type lenient struct {
	Type       string          `json:"type"`
	EnvelopeID string          `json:"envelope_id"`
	Payload    json.RawMessage `json:"payload"`
	Reason     any             `json:"reason"`
}

// parseFrame reads a frame. It returns an error for one that is not a JSON object with a
// type. The error does not quote it.
func parseFrame(data []byte) (frame, error) {
	var f frame
	err := json.Unmarshal(data, &f)
	if _, form := errors.AsType[*json.UnmarshalTypeError](err); form {
		var l lenient
		if err = json.Unmarshal(data, &l); err == nil {
			f = frame{Type: l.Type, EnvelopeID: l.EnvelopeID, Payload: l.Payload}
			f.Reason, _ = l.Reason.(string)
		}
	}
	if err != nil {
		return frame{}, fmt.Errorf("%d bytes that are not a frame", len(data))
	}
	return f, nil
}

// isEnvelope reports whether the frame brings something for the queue.
func (f frame) isEnvelope() bool {
	return f.Type == eventsEnvelope || f.Type == commandEnvelope || f.Type == interactiveEnvelope
}

// meta describes an envelope as that of a request, with the envelope's id for the
// request's. That id is in no key: a repetition has another one.
func (f frame) meta() gateway.Meta {
	m := gateway.Meta{Route: overSocket + " " + f.Type, RequestID: f.EnvelopeID}
	if f.RetryAttempt > 0 {
		m.Retry, m.RetryReason = strconv.Itoa(f.RetryAttempt), f.RetryReason
	}
	return m
}

// replaceAfter returns the age at which a socket is replaced: 95% of that at which Slack
// ends it, 0 if it is not known.
func (f frame) replaceAfter() time.Duration {
	if f.Debug.Lifetime <= 0 || f.Debug.Lifetime > 7*24*3600 {
		return 0
	}
	return time.Duration(f.Debug.Lifetime * 0.95 * float64(time.Second))
}

// acknowledgement is a frame to Slack.
type acknowledgement struct {
	EnvelopeID string          `json:"envelope_id"`
	Payload    json.RawMessage `json:"payload,omitempty"`
}

// acknowledge returns the frame that acknowledges an envelope with its result.
func acknowledge(f frame, result gateway.Result) ([]byte, error) {
	a := acknowledgement{EnvelopeID: f.EnvelopeID}
	switch reply := []byte(result.Reply); {
	case !f.Answerable || len(reply) == 0:
	case f.Type == commandEnvelope:
		line, err := json.Marshal(map[string]string{"text": result.Reply})
		if err != nil {
			return nil, err // never: it is a text
		}
		a.Payload = line
	case f.Type == interactiveEnvelope && json.Valid(reply): // a consumer's answer; a text would not be shown
		a.Payload = reply
	}
	data, err := json.Marshal(a)
	switch {
	case err != nil:
		return nil, fmt.Errorf("an answer of %d bytes is not JSON", len(a.Payload))
	case len(data) > maxFrameOut:
		return nil, fmt.Errorf("an answer of %d bytes would have Slack close the socket, which takes %d", len(data), maxFrameOut)
	}
	return data, nil
}
