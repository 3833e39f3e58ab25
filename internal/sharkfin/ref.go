package sharkfin

import (
	"strconv"
	"strings"
)

// Ref names a message for people and scripts, such as in a receipt: "<channel>/<id>".
type Ref struct {
	Channel string
	ID      int64
}

// String returns the text that ParseRef reads.
func (r Ref) String() string { return r.Channel + "/" + strconv.FormatInt(r.ID, 10) }

// ParseRef reads a Ref, or an id alone, for which Channel is "". A channel's name may have a
// slash. It reports false for a text that names no message.
func ParseRef(text string) (Ref, bool) {
	channel, number := "", text
	if i := strings.LastIndexByte(text, '/'); i >= 0 {
		if channel, number = text[:i], text[i+1:]; channel == "" {
			return Ref{}, false
		}
	}
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil || id <= 0 || strconv.FormatInt(id, 10) != number {
		return Ref{}, false
	}
	return Ref{channel, id}, true
}
