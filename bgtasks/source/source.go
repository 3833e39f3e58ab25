// Package source finds news on other sites: changes merged in Gerrit, Go releases, a
// Mastodon account's statuses, a show that goes live, and the entries of any RSS or
// Atom feed.
//
// A source asks over HTTP, within bounds of time and size, for news since its cursor.
// The caller stores the cursor, a text, and the name of its source. The package must
// not know the storage, nor the use of the news.
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
	// ID is unique among all items of its source, for ever.
	ID string
	// Text is the news in plain text. Link is an http or https address to read on, and
	// Title is shown in its place. Each may be "", but not both Text and Link.
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

// seen are digests of the ids of the items that were found, the newest last.
type seen []string

// seenKept is the number of vanished items that are remembered besides the present
// ones: an item may come back if a server answers from an older copy.
const seenKept = 500

func digest(id string) string {
	sum := sha256.Sum256([]byte(id))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// with returns s after an answer with digests, the newest last: all of those, and the
// newest seenKept of the others.
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

// webLink returns an address that may be shown as a link, relative to base, or "" if it
// is none. No link has the secrets of base: its query and its password.
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

// host returns the host of an address; the rest may be secret.
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
