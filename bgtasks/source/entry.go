package source

import (
	"net/url"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"
)

// entry is an entry of a feed.
type entry struct {
	Item
	// guid is the feed's id of the entry, link its address without tracking parameters,
	// and title its title. Each may be "".
	guid, link, title string
	// date is when it was published, zero when the feed does not say so.
	date time.Time
	// stamp is made of title and date. It is the id if there is no other.
	stamp string
	// known says that it, or an earlier version of it, was in the feed before.
	known bool
}

// newEntry returns an entry that is announced as item.
func newEntry(item Item, guid, title string, date time.Time) *entry {
	e := &entry{Item: item, guid: guid, link: untracked(item.Link), title: title, date: date}
	switch {
	case title == "" && date.IsZero():
	case date.IsZero():
		e.stamp = title
	default:
		e.stamp = digest(title + "\n" + date.UTC().Format(time.RFC3339Nano))
	}
	return e
}

// oldestDate is the earliest date that is taken for one. Generators write the
// beginning of a calendar, or of Unix time, for a date that is missing.
var oldestDate = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

func dateOf(e *gofeed.Item) time.Time {
	for _, date := range []*time.Time{e.PublishedParsed, e.UpdatedParsed} {
		if date != nil && date.After(oldestDate) {
			return *date
		}
	}
	return time.Time{}
}

// legacyID is the id of an entry in builds without the rule in rule.go. It stays in the
// cursor, so that such a build announces nothing again.
func (e *entry) legacyID() string {
	switch {
	case e.guid != "":
		return e.guid
	case e.Link != "":
		return e.Link
	default:
		return e.title
	}
}

// alias identifies an entry by its visible parts, "" if those are too few.
func (e *entry) alias() string {
	if e.link == "" || e.title == "" {
		return ""
	}
	return digest(e.link + "\n" + e.title)
}

// identify sets the id of each entry: that of the feed, unless different entries have
// it; else its link, unless different entries have that; else its title and date.
// ambiguous are digests of ids that different entries had before; identify returns
// those that they have now.
func identify(entries []*entry, ambiguous map[string]bool) (found []string) {
	unusable := func(id string) bool { return id == "" || ambiguous[digest(id)] }
	mark := func(ids map[string]bool) {
		for id := range ids {
			if d := digest(id); !ambiguous[d] {
				ambiguous[d] = true
				found = append(found, d)
			}
		}
	}
	mark(differing(entries, func(e *entry) (string, string) {
		if e.link == "" {
			return e.guid, e.stamp
		}
		return e.guid, e.link // an entry may be there twice, before and after it was edited
	}))
	if one := theOnlyID(entries); one != "" {
		mark(map[string]bool{one: true})
	}
	mark(differing(entries, func(e *entry) (string, string) {
		if !unusable(e.guid) {
			return "", ""
		}
		return e.link, e.title
	}))
	for _, e := range entries {
		switch {
		case !unusable(e.guid):
			e.ID = e.guid
		case !unusable(e.link):
			e.ID = e.link
		case e.stamp != "":
			e.ID = e.stamp
		default:
			e.ID = e.legacyID()
		}
	}
	return found
}

// differing returns the ids that several entries with different content have.
func differing(entries []*entry, of func(*entry) (id, content string)) map[string]bool {
	first, differ := map[string]string{}, map[string]bool{}
	for _, e := range entries {
		id, content := of(e)
		if before, there := first[id]; there && before != content && id != "" {
			differ[id] = true
		} else if !there {
			first[id] = content
		}
	}
	return differ
}

// theOnlyID returns the id that all entries have, though their titles differ; ""
// when there is none, or only one entry.
func theOnlyID(entries []*entry) string {
	titles := map[string]bool{}
	for _, e := range entries {
		if e.guid != entries[0].guid {
			return ""
		}
		titles[e.title] = true
	}
	if len(titles) < 2 {
		return ""
	}
	return entries[0].guid
}

// trackers are parameters that do not change the page.
var trackers = []string{"fbclid", "gclid", "mc_cid", "mc_eid"}

// untracked returns a link with its host in lower case and without tracking
// parameters. The rest may distinguish entries: the fragment, and the case of the
// path.
func untracked(link string) string {
	u, err := url.Parse(link)
	if err != nil || link == "" {
		return link
	}
	u.Host = strings.ToLower(u.Host)
	query := u.Query()
	before := len(query)
	for name := range query {
		if strings.HasPrefix(name, "utm_") {
			query.Del(name)
		}
	}
	for _, name := range trackers {
		query.Del(name)
	}
	if len(query) < before {
		u.RawQuery = query.Encode()
	}
	return u.String()
}
