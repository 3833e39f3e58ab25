package event

import (
	"encoding/json"
	"errors"
	"fmt"
)

// interactionVersion is the version of InteractionRequest's encoding. A decoder refuses
// others: during a rolling deploy the event waits for a consumer that reads it.
const interactionVersion = 1

// InteractionRequest is the payload of an Interaction event: a platform's report that
// somebody pressed, chose, typed with a slash or filled in something. Its body has
// secrets, such as a trigger or a response address, and a person's text, so it is never
// logged.
type InteractionRequest struct {
	// Transport is the way that it came, such as "http" or "socket". It is for logs.
	Transport string `json:"transport"`
	// AnswerTo is the address of the gateway that waits for an answer, "" if none does.
	// See package internal/await.
	AnswerTo string `json:"answer_to,omitempty"`
	// Body is the platform's payload, a JSON object, as it came. Required.
	Body json.RawMessage `json:"body"`
}

type versionedInteraction struct {
	Version int `json:"v"`
	InteractionRequest
}

// Encode returns the event's payload, or an error if Body is not JSON.
func (r InteractionRequest) Encode() ([]byte, error) {
	if len(r.Body) == 0 {
		return nil, errors.New("an interaction without a body")
	}
	payload, err := json.Marshal(versionedInteraction{interactionVersion, r})
	if err != nil {
		return nil, fmt.Errorf("an interaction of %d bytes that is not JSON", len(r.Body))
	}
	return payload, nil
}

// DecodeInteraction is the inverse of Encode. It returns ErrVersion for a payload in
// another version, and other errors for one that is no interaction. It ignores unknown
// fields. The errors quote nothing of the payload.
func DecodeInteraction(payload []byte) (InteractionRequest, error) {
	var decoded versionedInteraction
	if err := json.Unmarshal(payload, &decoded); err != nil {
		return InteractionRequest{}, fmt.Errorf("an interaction of %d bytes that is not JSON", len(payload))
	}
	switch {
	case decoded.Version != interactionVersion:
		return InteractionRequest{}, fmt.Errorf("%w: the interaction has version %d, this release reads %d", ErrVersion, decoded.Version, interactionVersion)
	case len(decoded.Body) == 0:
		return InteractionRequest{}, errors.New("an interaction without a body")
	}
	return decoded.InteractionRequest, nil
}
