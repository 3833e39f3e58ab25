package source

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"
)

// Feed is an RSS, Atom or JSON feed.
type Feed struct {
	Client *Client
	URL    string
	// Now is the clock, time.Now by default.
	Now func() time.Time
}

// Name is the feed's address, with a digest in place of its query, which may hold a
// secret.
func (f Feed) Name() string {
	u, err := url.Parse(f.URL)
	if err != nil {
		return "feed/" + digest(f.URL)
	}
	name := "feed/" + u.Host + strings.TrimSuffix(u.Path, "/")
	if u.RawQuery != "" {
		name += "/" + digest(u.RawQuery)
	}
	return name
}

// Poll returns the entries that are new, the oldest first: see feedCursor.take.
func (f Feed) Poll(ctx context.Context, cursor string) ([]Item, string, error) {
	c, err := readCursor[feedCursor](cursor)
	if err != nil {
		return nil, cursor, err
	}
	known := c.validators
	if c.Rule == 0 {
		known = validators{} // a build without a rule left no dates to go by
	}
	answer, changed, err := f.Client.get(ctx, f.URL, known)
	if err != nil || !changed {
		return nil, cursor, err
	}
	feed, err := readFeed(ctx, answer)
	if err != nil {
		return nil, cursor, fmt.Errorf("read the feed of %s: %w", host(f.URL), err)
	}
	fresh := c.take(f.entries(feed), now(f.Now))
	c.validators = answer.validators
	var items []Item
	for _, e := range oldestFirst(fresh) {
		items = append(items, e.Item)
	}
	next, err := writeCursor(c)
	return items, next, err
}

// readFeed parses a feed, within the bounds.
func readFeed(ctx context.Context, a answer) (*gofeed.Feed, error) {
	text, err := feedText(a.body, a.contentType)
	if err != nil {
		return nil, err
	}
	reduce := reduceXML
	switch {
	case len(text) == 0:
		return nil, errors.New("it is empty")
	case text[0] == '{':
		reduce = reduceJSON
	case text[0] != '<':
		return nil, errors.New("it is neither XML nor JSON")
	}
	if text, err = reduce(ctx, text); err != nil {
		return nil, err
	}
	return gofeed.NewParser().Parse(bytes.NewReader(text))
}

// maxEntries is how many of a feed's entries count, the newest.
const maxEntries = 2000

// entries returns those that there is something to say about, the newest on top.
func (f Feed) entries(feed *gofeed.Feed) (list []*entry) {
	name := cmp.Or(plain(feed.Title), host(f.URL)) + ":"
	for _, e := range feed.Items {
		link, title := webLink(f.URL, e.Link), plain(e.Title)
		item := Item{Text: name, Link: link, Title: title}
		switch {
		case link == "" && title == "":
			continue
		case link == "":
			item.Text, item.Title = name+" "+title, ""
		}
		list = append(list, newEntry(item, e.GUID, title, dateOf(e)))
	}
	list = oldestFirst(list)
	list = list[max(0, len(list)-maxEntries):]
	slices.Reverse(list)
	return list
}

// oldestFirst sorts entries by their date. Entries without a date keep the usual order
// of feeds, the newest on top.
func oldestFirst(entries []*entry) []*entry {
	list := slices.Clone(entries)
	slices.Reverse(list)
	for _, e := range list {
		if e.date.IsZero() {
			return list
		}
	}
	slices.SortStableFunc(list, func(a, b *entry) int { return a.date.Compare(b.date) })
	return list
}
