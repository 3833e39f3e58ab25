// Package source finds out what is new elsewhere: changes merged in Gerrit, Go
// releases, a Mastodon account's statuses, a show that goes live, and the
// entries of any RSS or Atom feed.
//
// A source asks over HTTP, within bounds of time and size, whether there is
// anything new since its cursor, which it gets and returns as text and keeps
// nowhere. It is told apart from other sources by whoever keeps the cursors. It
// must not know where that is, nor what becomes of what it finds.
package source

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"time"
)

// Item is something new.
type Item struct {
	// ID tells it apart from all else that its source ever finds.
	ID string
	// Text is what there is to say about it, in plain text, and Link the address,
	// http or https, of where to read on, with Title shown in its place. Each may
	// be "", but not both Text and Link.
	Text, Link, Title string
}

// readCursor decodes a cursor; "" is the zero value of T.
func readCursor[T any](cursor string) (T, error) {
	var v T
	if cursor == "" {
		return v, nil
	}
	if err := json.Unmarshal([]byte(cursor), &v); err != nil {
		return v, fmt.Errorf("the cursor cannot be read: %w", err)
	}
	return v, nil
}

func writeCursor(v any) (string, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("encode the cursor: %w", err)
	}
	return string(text), nil
}

// seen are digests of the ids of what was found, newest last.
type seen []string

// seenKept is how many are remembered besides those that are there now: what is
// gone from a list may come back, when a server answers from an older copy.
const seenKept = 500

func digest(id string) string {
	sum := sha256.Sum256([]byte(id))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// with returns what is seen once digests, the newest last, were there: all of
// those, and of the others the newest seenKept.
func (s seen) with(digests []string) seen {
	there := make(map[string]bool, len(digests))
	var newest seen
	for _, d := range digests {
		if !there[d] {
			there[d] = true
			newest = append(newest, d)
		}
	}
	gone := slices.DeleteFunc(slices.Clone(s), func(d string) bool { return there[d] })
	return append(gone[max(0, len(gone)-seenKept):], newest...)
}

// set returns the elements of a list.
func set(list []string) map[string]bool {
	m := make(map[string]bool, len(list))
	for _, element := range list {
		m[element] = true
	}
	return m
}

// webLink returns an address that may be shown as a link, relative to base, or
// "" when it is none. What may be secret of base, its query and its password, is
// in no link.
func webLink(base, address string) string {
	b, err := url.Parse(base)
	if err != nil {
		return ""
	}
	b.User, b.RawQuery, b.Fragment = nil, "", ""
	u, err := b.Parse(address)
	if err != nil || address == "" || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return ""
	}
	return u.String()
}

// host names the server of an address, of which the rest may be secret.
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "an address that cannot be read"
	}
	return u.Host
}

// now asks a clock, or time.Now if there is none.
func now(clock func() time.Time) time.Time {
	if clock == nil {
		return time.Now()
	}
	return clock()
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
