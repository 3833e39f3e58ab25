package source

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/mmcdole/gofeed"
)

// Feed is an RSS, Atom or JSON feed.
type Feed struct {
	Client *Client
	URL    string
}

// Name names the feed by its address. Of a query, which may hold a secret, only
// a digest is shown.
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

type feedCursor struct {
	validators
	Seen seen `json:"seen"`
}

// Poll returns the entries that were not in the feed before, the oldest first.
func (f Feed) Poll(ctx context.Context, cursor string) ([]Item, string, error) {
	c, err := readCursor[feedCursor](cursor)
	if err != nil {
		return nil, cursor, err
	}
	body, now, changed, err := f.Client.get(ctx, f.URL, c.validators)
	if err != nil || !changed {
		return nil, cursor, err
	}
	feed, err := gofeed.NewParser().Parse(bytes.NewReader(body))
	if err != nil {
		return nil, cursor, fmt.Errorf("the feed of %s cannot be read: %w", host(f.URL), err)
	}
	byID := map[string]Item{}
	var ids []string
	entries := oldestFirst(feed.Items)
	for _, entry := range entries[max(0, len(entries)-maxEntries):] {
		item, ok := f.item(feed, entry)
		if ok {
			ids = append(ids, item.ID)
			byID[item.ID] = item
		}
	}
	c.validators = now
	fresh, seen := c.Seen.add(ids)
	c.Seen = seen
	var items []Item
	for _, id := range fresh {
		items = append(items, byID[id])
	}
	next, err := writeCursor(c)
	return items, next, err
}

// item says what there is to say about an entry, if there is anything.
func (f Feed) item(feed *gofeed.Feed, entry *gofeed.Item) (Item, bool) {
	link, title := webLink(f.URL, entry.Link), plain(entry.Title)
	item := Item{ID: cmp.Or(entry.GUID, link, title), Text: cmp.Or(plain(feed.Title), host(f.URL)) + ":", Link: link, Title: title}
	if link == "" {
		item.Text, item.Title = item.Text+" "+title, ""
	}
	return item, link != "" || title != ""
}

// maxEntries is how many of a feed's entries count, the newest.
const maxEntries = 2000

// oldestFirst orders entries by when they were published. Entries that do not
// say so keep the usual order of feeds, in which the newest is on top.
func oldestFirst(entries []*gofeed.Item) []*gofeed.Item {
	list := slices.Clone(entries)
	slices.Reverse(list)
	for _, e := range list {
		if e.PublishedParsed == nil {
			return list
		}
	}
	slices.SortStableFunc(list, func(a, b *gofeed.Item) int { return a.PublishedParsed.Compare(*b.PublishedParsed) })
	return list
}
