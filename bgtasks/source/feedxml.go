package source

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/net/html"
)

// The bounds of a feed. They are far above any real feed's, and so low that a
// feed within them is read in a few megabytes.
const (
	// maxDepth is how deep elements may be nested.
	maxDepth = 500
	// maxTag is how many bytes a start tag may have, and so bounds its attributes.
	maxTag = 64 << 10
	// maxAttributes is how many attributes, with namespaces, an element that is
	// read may have.
	maxAttributes = 100
	// maxListed is how many entries a feed may have.
	maxListed = 5000
	// maxFields is how many elements of its entries are read, together.
	maxFields = 30_000
	// maxField is the number of bytes of such an element's text that are read. Longer
	// texts are cut.
	maxField = 4 << 10
)

// part is the role of an element in a feed.
type part int

const (
	ignored part = iota
	root
	channel
	item
	field
)

// partOf returns the role of an element from its parent's. Elements with whole articles
// are ignored, with their content.
func partOf(parent part, name string) part {
	switch name = strings.ToLower(name); parent {
	case root, channel:
		switch {
		case parent == root && name == "channel":
			return channel
		case name == "item" || name == "entry":
			return item
		case name == "title":
			return field
		}
	case item:
		switch name {
		case "title", "link", "guid", "id", "pubdate", "published", "issued", "updated", "modified", "date":
			return field
		}
	}
	return ignored
}

// reduceXML reduces an RSS or Atom feed in UTF-8 to the elements that are read. The
// result is well-formed, without comments, directives or entities. Its memory is
// proportional to the feed's size. It returns an error if the feed exceeds a bound, has
// no end, or is not a feed.
//
// A feed library visits each element with all the namespaces in scope and keeps
// everything: with nested declarations it takes gigabytes. encoding/xml does not expand
// entities that a document declares.
func reduceXML(ctx context.Context, text []byte) ([]byte, error) {
	input := &tagReader{text: text}
	r := reducer{decoder: xml.NewDecoder(input), opened: map[xml.Name]int{}}
	r.decoder.Strict, r.decoder.Entity = false, xml.HTMLEntity
	for n := 0; ; n++ {
		if n%1000 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		input.beginToken(int(r.decoder.InputOffset()))
		token, err := r.decoder.RawToken()
		if err == io.EOF {
			return nil, io.ErrUnexpectedEOF
		}
		if err == nil {
			err = r.take(token)
		}
		if err != nil {
			return nil, err
		}
		if r.done {
			return r.out.Bytes(), nil
		}
	}
}

// reducer writes the reduced feed.
type reducer struct {
	decoder *xml.Decoder
	out     bytes.Buffer
	open    []element        // from the root inwards
	opened  map[xml.Name]int // how many of each name are open
	items   int
	fields  int
	// text is the content of the field that is open, with that of the markup in it,
	// and xhtml says that it is text and not HTML.
	inField bool
	text    strings.Builder
	xhtml   bool
	done    bool
}

type element struct {
	name xml.Name
	part part
}

func (r *reducer) take(token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		return r.start(t)
	case xml.EndElement:
		return r.end(t.Name)
	case xml.CharData:
		if r.inField {
			r.text.Write(t[:min(len(t), max(0, maxField-r.text.Len()))])
		}
	}
	return nil
}

// in returns the role of the innermost open element.
func (r *reducer) in() part {
	if len(r.open) == 0 {
		return ignored
	}
	return r.open[len(r.open)-1].part
}

func (r *reducer) start(t xml.StartElement) error {
	e := element{t.Name, ignored}
	if len(r.open) == 0 {
		switch strings.ToLower(t.Name.Local) {
		case "rss", "rdf", "feed":
			e.part = root
		default:
			return errors.New("it is no RSS or Atom feed")
		}
	} else {
		e.part = partOf(r.in(), t.Name.Local)
	}
	if len(r.open) >= maxDepth {
		return fmt.Errorf("its elements are nested more than %d deep", maxDepth)
	}
	r.open = append(r.open, e)
	r.opened[e.name]++
	switch e.part {
	case ignored:
		if name := strings.ToLower(t.Name.Local); r.inField && (name == "br" || name == "p" || name == "div") {
			r.text.WriteByte(' ')
		}
		return nil
	case item:
		if r.items++; r.items > maxListed {
			return fmt.Errorf("it has more than %d entries", maxListed)
		}
	case field:
		if r.fields++; r.fields > maxFields {
			return fmt.Errorf("its entries have more than %d titles, links, ids and dates", maxFields)
		}
		r.text.Reset()
		r.inField, r.xhtml = true, false
	}
	return r.writeStart(t)
}

// writeStart writes the start tag with those attributes that are read.
func (r *reducer) writeStart(t xml.StartElement) error {
	if len(t.Attr) > maxAttributes {
		return fmt.Errorf("an element has more than %d attributes", maxAttributes)
	}
	r.out.WriteByte('<')
	r.out.WriteString(tagName(t.Name))
	for _, a := range t.Attr {
		switch name := tagName(a.Name); {
		case name == "type":
			r.xhtml = strings.Contains(strings.ToLower(a.Value), "xhtml")
		case name == "href", name == "rel", name == "version", name == "xml:base", name == "xmlns", a.Name.Space == "xmlns":
			r.out.WriteString(" " + name + `="`)
			r.out.WriteString(escapeXML.Replace(a.Value))
			r.out.WriteByte('"')
		}
	}
	r.out.WriteByte('>')
	return r.checkSize()
}

// end closes the innermost element of that name, and the unclosed elements within it, as
// HTML has them. An end without a start is ignored.
func (r *reducer) end(name xml.Name) error {
	if r.opened[name] == 0 {
		return nil
	}
	for found := false; !found; {
		e := r.open[len(r.open)-1]
		r.open = r.open[:len(r.open)-1]
		if r.opened[e.name]--; r.opened[e.name] == 0 {
			delete(r.opened, e.name) // there may be a million names
		}
		found = e.name == name
		if e.part == ignored {
			continue
		}
		if e.part == field {
			text := strings.ToValidUTF8(r.text.String(), "")
			if r.xhtml {
				text = html.EscapeString(text)
			}
			r.out.WriteString(escapeXML.Replace(text))
			r.inField = false
		}
		r.out.WriteString("</" + tagName(e.name) + ">")
	}
	r.done = len(r.open) == 0
	return r.checkSize()
}

func (r *reducer) checkSize() error {
	if r.out.Len() > MaxBody {
		return fmt.Errorf("its titles, links, ids and dates have more than %d MiB", MaxBody>>20)
	}
	return nil
}

var escapeXML = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;")

func tagName(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return n.Space + ":" + n.Local
}

// tagReader feeds a text to a decoder byte by byte. encoding/xml collects all attributes
// of a tag before they can be counted, so tagReader ends the reading within a tag that
// is too long.
type tagReader struct {
	text     []byte
	at, last int
}

var errTagTooLong = fmt.Errorf("a tag has more than %d KiB", maxTag>>10)

// beginToken sets the end up to which the next token, at offset, may be read.
func (r *tagReader) beginToken(offset int) {
	r.last = len(r.text)
	if rest := r.text[min(offset, len(r.text)):]; len(rest) > 1 && rest[0] == '<' && rest[1] != '!' && rest[1] != '?' {
		r.last = min(r.last, offset+maxTag)
	}
}

// ReadByte returns errTagTooLong at the bound that beginToken set.
func (r *tagReader) ReadByte() (byte, error) {
	switch {
	case r.at < r.last:
		r.at++
		return r.text[r.at-1], nil
	case r.at < len(r.text):
		return 0, errTagTooLong
	default:
		return 0, io.EOF
	}
}

// Read reads one byte, like ReadByte.
func (r *tagReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	b, err := r.ReadByte()
	if err != nil {
		return 0, err
	}
	p[0] = b
	return 1, nil
}
