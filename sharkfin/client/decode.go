package client

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// UnmarshalJSON decodes a message. Metadata becomes a text, whichever way it is written.
func (m *Message) UnmarshalJSON(data []byte) error {
	type plain Message
	wire := struct {
		*plain
		Metadata json.RawMessage `json:"metadata"`
	}{plain: (*plain)(m)}
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	m.Metadata = metadataText(wire.Metadata)
	return nil
}

// UnmarshalJSON decodes a message. Metadata becomes a text, whichever way it is written.
func (m *BroadcastMessage) UnmarshalJSON(data []byte) error {
	type plain BroadcastMessage
	wire := struct {
		*plain
		Metadata json.RawMessage `json:"metadata"`
	}{plain: (*plain)(m)}
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	m.Metadata = metadataText(wire.Metadata)
	return nil
}

// metadataText returns metadata as a text. The server writes a JSON string that has JSON in it;
// anything else is kept as it is.
func metadataText(raw json.RawMessage) *string {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	text := string(raw)
	if raw[0] == '"' {
		if err := json.Unmarshal(raw, &text); err != nil {
			return nil // not reached: the message around it was decoded
		}
	}
	return &text
}

// checkMetadata returns an error for metadata that is no JSON text, or no object if object is
// set.
func checkMetadata(opts *SendOpts, object bool) error {
	if opts == nil || opts.Metadata == nil {
		return nil
	}
	text := []byte(*opts.Metadata)
	if !json.Valid(text) {
		return fmt.Errorf("client: SendOpts.Metadata is no JSON text; nothing was sent")
	}
	if object && !bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		return fmt.Errorf("client: SendOpts.Metadata is no JSON object, which REST requires; nothing was sent")
	}
	return nil
}

// dmRow is a direct conversation as servers send it: one row for each other participant, or,
// from older servers, one row with the names of all.
type dmRow struct {
	Channel      string   `json:"channel"`
	Participant  string   `json:"participant"`
	Participants []string `json:"participants"`
}

// mergeDMs makes one DM of all rows of a channel, in the order of the rows.
func mergeDMs(rows []dmRow) []DM {
	var dms []DM
	at := make(map[string]int)
	for _, row := range rows {
		i, ok := at[row.Channel]
		if !ok {
			i = len(dms)
			at[row.Channel] = i
			dms = append(dms, DM{Channel: row.Channel})
		}
		names := row.Participants
		if row.Participant != "" {
			names = append(names, row.Participant)
		}
		for _, name := range names {
			if !slices.Contains(dms[i].Participants, name) {
				dms[i].Participants = append(dms[i].Participants, name)
			}
		}
	}
	return dms
}

// fillChannel names the channel in messages that lack it.
func fillChannel(messages []Message, channel string) []Message {
	for i := range messages {
		if messages[i].Channel == "" {
			messages[i].Channel = channel
		}
	}
	return messages
}
