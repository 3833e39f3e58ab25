package sharkfin

import "encoding/json"

// Mark is the metadata of each message that the bot posts, a JSON object. It lets the
// consumer find a post whose answer was lost, and the gateway see that its socket gets
// the bot's own messages.
type Mark struct {
	// Post identifies the post: a hash of the event, the handler and the part. Required.
	Post string `json:"gopher"`
	// REST says that it was posted by REST, so that the server does not push it to sockets.
	REST bool `json:"rest,omitempty"`
}

// MarkFields are the names of a mark's fields in JSON.
var MarkFields = []string{"gopher", "rest"}

// String returns the mark as the text of a message's metadata.
func (m Mark) String() string {
	data, err := json.Marshal(m)
	if err != nil {
		panic(err) // it has a text and a bool
	}
	return string(data)
}

// ReadMark returns the mark in a message's metadata. It reports false for a message that
// has none: the metadata of others may be any text.
func ReadMark(metadata *string) (Mark, bool) {
	var m Mark
	if metadata == nil || json.Unmarshal([]byte(*metadata), &m) != nil || m.Post == "" {
		return Mark{}, false
	}
	return m, true
}
