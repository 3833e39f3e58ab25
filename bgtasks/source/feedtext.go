package source

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"

	"github.com/gobridge/gopherbot/internal/lazyregexp"
)

// maxText is the maximum size of a feed in UTF-8, from any encoding.
const maxText = 2 * MaxBody

// declaredEncoding finds the encoding that an XML declaration names.
var declaredEncoding = lazyregexp.New(`^<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']`)

// feedText returns a feed as UTF-8 that XML allows, without a byte order mark, an
// XML declaration or white space at its beginning. Bytes that are not valid in
// the feed's encoding become U+FFFD, and control characters that XML forbids are
// dropped. An unknown encoding is an error, and so are more than maxText bytes.
//
// The encoding is the byte order mark's, else that of the XML declaration, else
// UTF-8 if the feed is valid UTF-8, else that of contentType, the header of the
// answer, else UTF-8.
// Source: https://www.w3.org/TR/xml/#sec-guessing
func feedText(body []byte, contentType string) ([]byte, error) {
	enc, body, err := encodingOf(body, contentType)
	if err != nil {
		return nil, err
	}
	if enc != nil {
		if body, err = io.ReadAll(io.LimitReader(enc.NewDecoder().Reader(bytes.NewReader(body)), maxText+1)); err != nil {
			return nil, fmt.Errorf("decode it: %w", err)
		}
		if len(body) > maxText {
			return nil, fmt.Errorf("it has more than %d MiB in UTF-8", maxText>>20)
		}
	}
	text := bytes.ToValidUTF8(body, []byte(string(utf8.RuneError)))
	text = bytes.TrimLeft(bytes.Map(allowed, text), "\ufeff \t\r\n")
	if bytes.HasPrefix(text, []byte("<?xml")) {
		// Its work is done, and encoding/xml refuses XML 1.1.
		if _, rest, ok := bytes.Cut(text, []byte("?>")); ok {
			text = bytes.TrimLeft(rest, " \t\r\n")
		}
	}
	return characterReference().ReplaceAllFunc(text, allowedReference), nil
}

// encodingOf returns how a feed is encoded, nil for UTF-8, and the feed without
// its byte order mark.
func encodingOf(body []byte, contentType string) (encoding.Encoding, []byte, error) {
	switch {
	case bytes.HasPrefix(body, []byte("\xef\xbb\xbf")):
		return nil, body[3:], nil
	case bytes.HasPrefix(body, []byte("\xff\xfe")), bytes.HasPrefix(body, []byte("<\x00")), bytes.HasPrefix(body, []byte("{\x00")):
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), body, nil
	case bytes.HasPrefix(body, []byte("\xfe\xff")), bytes.HasPrefix(body, []byte("\x00<")), bytes.HasPrefix(body, []byte("\x00{")):
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM), body, nil
	}
	if found := declaredEncoding().FindSubmatch(bytes.TrimLeft(body[:min(len(body), 1000)], " \t\r\n")); found != nil {
		return named(string(found[1]), body)
	}
	_, label, found := strings.Cut(strings.ToLower(contentType), "charset=")
	if !found || utf8.Valid(body) {
		return nil, body, nil
	}
	label, _, _ = strings.Cut(label, ";")
	if enc, body, err := named(strings.Trim(label, ` "'`), body); err == nil {
		return enc, body, nil
	}
	return nil, body, nil // a server's default that means nothing
}

func named(label string, body []byte) (encoding.Encoding, []byte, error) {
	enc, name := charset.Lookup(label)
	switch {
	case enc == nil:
		return nil, nil, fmt.Errorf("it is in the unknown encoding %q", label)
	case name == "utf-8", strings.HasPrefix(name, "utf-16"): // a name that is read as ASCII is not in UTF-16
		return nil, body, nil
	default:
		return enc, body, nil
	}
}

// allowed drops the characters that XML forbids.
// Source: https://www.w3.org/TR/xml/#charsets
func allowed(r rune) rune {
	if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
		return -1
	}
	return r
}

var characterReference = lazyregexp.New(`&#(?:[0-9]+|[xX][0-9a-fA-F]+);`)

// allowedReference replaces a reference to a character that XML forbids.
func allowedReference(ref []byte) []byte {
	digits, base := string(ref[2:len(ref)-1]), 10
	if digits[0] == 'x' || digits[0] == 'X' {
		digits, base = digits[1:], 16
	}
	if n, err := strconv.ParseUint(digits, base, 32); err != nil || n > utf8.MaxRune || allowed(rune(n)) < 0 {
		return []byte("&#xFFFD;")
	}
	return ref
}
