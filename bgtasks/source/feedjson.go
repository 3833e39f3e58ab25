package source

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// jsonFeed has the fields of a JSON feed that are read.
// Source: https://www.jsonfeed.org/version/1.1/
type jsonFeed struct {
	Version json.RawMessage `json:"version,omitempty"`
	Title   json.RawMessage `json:"title,omitempty"`
	Items   []jsonEntry     `json:"items"`
}

type jsonEntry struct {
	ID        json.RawMessage `json:"id,omitempty"`
	URL       string          `json:"url,omitempty"`
	Title     string          `json:"title,omitempty"`
	Published string          `json:"date_published,omitempty"`
	Modified  string          `json:"date_modified,omitempty"`
}

// reduceJSON is reduceXML for a JSON feed: it leaves out unused fields, and counts the
// entries while it reads them. encoding/json refuses values that are nested more than
// 10,000 deep.
func reduceJSON(ctx context.Context, text []byte) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	if err := expect(d, '{'); err != nil {
		return nil, err
	}
	var feed jsonFeed
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		switch key {
		case "version":
			err = d.Decode(&feed.Version)
		case "title":
			err = d.Decode(&feed.Title)
		case "items":
			feed.Items, err = jsonEntries(ctx, d)
		default:
			var skipped json.RawMessage
			err = d.Decode(&skipped)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := expect(d, '}'); err != nil {
		return nil, err
	}
	if feed.Items == nil {
		return nil, errors.New("it is no JSON feed: it has no list of items")
	}
	return json.Marshal(feed)
}

func jsonEntries(ctx context.Context, d *json.Decoder) (entries []jsonEntry, err error) {
	if err := expect(d, '['); err != nil {
		return nil, err
	}
	for entries = []jsonEntry{}; d.More(); {
		if len(entries) == maxListed {
			return nil, fmt.Errorf("it has more than %d entries", maxListed)
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		var entry jsonEntry
		if err := d.Decode(&entry); err != nil {
			return nil, err
		}
		entries = append(entries, entry)
	}
	return entries, expect(d, ']')
}

// expect reads a token that can be no other.
func expect(d *json.Decoder, want json.Delim) error {
	switch got, err := d.Token(); {
	case errors.Is(err, io.EOF):
		return io.ErrUnexpectedEOF
	case err != nil:
		return err
	case got != want:
		return fmt.Errorf("found %v, want %v", got, want)
	default:
		return nil
	}
}

// maxList is how many elements a list of a server's answer may have.
const maxList = 2000

// list is a JSON array that is decoded element by element: many that are empty
// would take a hundred times their size before they could be counted.
type list[T any] []T

// UnmarshalJSON decodes an array of at most maxList elements, and refuses a longer one.
func (l *list[T]) UnmarshalJSON(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	if err := expect(d, '['); err != nil {
		return err
	}
	for *l = nil; d.More(); {
		if len(*l) == maxList {
			return fmt.Errorf("a list has more than %d elements", maxList)
		}
		var element T
		if err := d.Decode(&element); err != nil {
			return err
		}
		*l = append(*l, element)
	}
	return expect(d, ']')
}
