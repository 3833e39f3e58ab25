package httpserver

import (
	"bytes"
	"errors"
)

const (
	// maxHeader is how many bytes a request may have before its body.
	maxHeader = 16 << 10
	// maxHeaderLines is how many lines that may be. net/http takes more memory for a
	// short line than it has bytes.
	maxHeaderLines = 128
)

var errHeader = errors.New("too many bytes or lines in the header of a request")

// bounds follows a header while it arrives.
type bounds struct {
	bytes, lines int
	begun        bool // the line that is arriving is not empty
	some         bool // a line before it was not empty: others may come before a request
	ended        bool
}

// follow reads p along, and returns errHeader if the header is not within its bounds.
func (b *bounds) follow(p []byte) error {
	for len(p) > 0 && !b.ended {
		line, rest, whole := bytes.Cut(p, []byte{'\n'})
		b.bytes += len(p) - len(rest)
		b.begun = b.begun || len(bytes.TrimLeft(line, "\r")) > 0
		if whole {
			b.ended = !b.begun && b.some
			b.begun, b.some = false, b.some || b.begun
			b.lines++
		}
		if b.bytes > maxHeader || b.lines > maxHeaderLines {
			return errHeader
		}
		p = rest
	}
	return nil
}
