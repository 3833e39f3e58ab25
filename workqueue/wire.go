package workqueue

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
)

// fieldEntry is the one field of a stream entry, which holds an encoded entry.
// One field rather than one for each part of an event, because scripts then
// move an entry between stream, sorted set and dead letters as it is, and
// because Redis and its client read it many times faster.
const fieldEntry = "e"

// The first byte of every encoded entry is its version, so that a release knows
// the format that it reads. An entry has the lowest version that can hold its fields: one
// without a trace is read by releases that know no traces, during a deploy and after a
// rollback. '1' was a text of several fields and never released.
const (
	wirePlain  = '2'
	wireTraced = '3' // has a trace
)

// wireVersions are the versions that this release reads.
const wireVersions = "23"

// entry is the stored form of an event, with its history so far.
type entry struct {
	Event
	// origin is the id of the event's first stream entry, "" in that entry
	// itself. It names the event through retries, which are entries of their own.
	origin string
	// attempts is how many attempts have failed.
	attempts int
	// replayed is when an operator put it back from the dead letters, the zero
	// time if nobody did.
	replayed time.Time
}

// encode returns the entry as bytes: the version, the trace if it has one, then
// each part preceded by its length, with numbers as varints. The payload comes
// last.
func (e entry) encode() []byte {
	size := len(e.Key) + len(e.Source) + len(e.ID) + len(e.RequestID) + len(e.Trace) + len(e.origin) + len(e.Payload)
	b := make([]byte, 0, size+32)
	if e.Trace == "" {
		b = append(b, wirePlain)
	} else {
		b = append(b, wireTraced)
		b = binary.AppendUvarint(b, uint64(len(e.Trace)))
		b = append(b, e.Trace...)
	}
	b = binary.AppendVarint(b, e.Time.UnixMilli())
	b = binary.AppendUvarint(b, uint64(e.attempts))
	b = binary.AppendVarint(b, e.replayed.UnixMilli())
	for _, s := range []string{e.origin, e.Key, e.Source, e.ID, e.RequestID} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	return append(b, e.Payload...)
}

// errVersion is of entries that another release wrote. They are not broken:
// during a rolling deploy a newer gateway may be ahead of its consumers.
var errVersion = errors.New("the entry is another release's")

// decode is the inverse of encode.
func decode(eventType, encoded string) (entry, error) {
	if encoded == "" {
		return entry{}, errors.New("the entry is empty")
	}
	if strings.IndexByte(wireVersions, encoded[0]) < 0 {
		return entry{}, fmt.Errorf("%w: it has version %q, this release reads those of %q", errVersion, encoded[0], wireVersions)
	}
	d := decoder{rest: encoded[1:]}
	e := entry{Event: Event{Type: eventType}}
	if encoded[0] == wireTraced {
		e.Trace = d.text()
	}
	e.Time = time.UnixMilli(d.varint())
	e.attempts = int(d.uvarint())
	e.replayed = time.UnixMilli(d.varint())
	e.origin, e.Key, e.Source, e.ID, e.RequestID = d.text(), d.text(), d.text(), d.text(), d.text()
	e.Payload = []byte(d.rest)
	if d.short || e.attempts < 0 {
		return entry{}, errors.New("the entry is cut short or damaged")
	}
	return e, nil
}

// decoder reads the parts of an encoded entry. It remembers when there was less
// than a part announced.
type decoder struct {
	rest  string
	short bool
}

func (d *decoder) varint() int64 {
	u := d.uvarint()
	v := int64(u >> 1) // zig-zag, as binary.AppendVarint writes it
	if u&1 != 0 {
		v = ^v
	}
	return v
}

func (d *decoder) uvarint() uint64 {
	var v uint64
	for i := 0; i < len(d.rest) && i < binary.MaxVarintLen64; i++ {
		c := d.rest[i]
		v |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			d.rest = d.rest[i+1:]
			return v
		}
	}
	d.short = true
	return 0
}

func (d *decoder) text() string {
	n := d.uvarint()
	if d.short || n > uint64(len(d.rest)) {
		d.short = true
		return ""
	}
	s := d.rest[:n]
	d.rest = d.rest[n:]
	return s
}
