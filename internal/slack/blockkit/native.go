package blockkit

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/slack-go/slack"
	"github.com/valyala/fastjson"
)

// Native is a handler's own rendering of a message: blocks and attachments, each maybe
// empty.
type Native struct {
	Blocks      []slack.Block
	Attachments []slack.Attachment
}

// ParseNative reads Reply.Native: a JSON object with blocks, attachments or both. Blocks are
// passed to Slack as they are.
func ParseNative(raw json.RawMessage) (Native, error) {
	var parsed struct {
		Blocks      []json.RawMessage  `json:"blocks"`
		Attachments []slack.Attachment `json:"attachments"`
	}
	if err := json.Unmarshal(raw, &parsed); err != nil {
		return Native{}, fmt.Errorf("read the reply's own rendering for Slack: %w", err)
	}
	n := Native{Attachments: parsed.Attachments}
	for _, block := range parsed.Blocks {
		n.Blocks = append(n.Blocks, rawBlock(block))
	}
	switch {
	case len(n.Blocks)+len(n.Attachments) == 0:
		return Native{}, errors.New("the reply's own rendering for Slack has neither blocks nor attachments")
	case len(n.Blocks) > maxMessageBlocks:
		return Native{}, fmt.Errorf("the reply's own rendering for Slack has %d blocks: Slack allows %d", len(n.Blocks), maxMessageBlocks)
	}
	return n, nil
}

// rawBlock is a block that somebody else has rendered.
type rawBlock json.RawMessage

// BlockType implements slack.Block.
func (b rawBlock) BlockType() slack.MessageBlockType {
	return slack.MessageBlockType(b.field("type"))
}

// ID implements slack.Block.
func (b rawBlock) ID() string { return b.field("block_id") }

// MarshalJSON implements json.Marshaler.
func (b rawBlock) MarshalJSON() ([]byte, error) { return b, nil }

func (b rawBlock) field(name string) string { return fastjson.GetString(b, name) }
