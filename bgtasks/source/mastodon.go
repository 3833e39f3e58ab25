package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/gobridge/gopherbot/internal/lazyregexp"
)

// Mastodon are the public statuses of an account, without replies and boosts.
type Mastodon struct {
	Client *Client
	// URL is the base of the server, such as https://hachyderm.io/, with the
	// slash, and Account the account's name there, such as golang.
	URL, Account string
}

// Name names the statuses by account and server.
func (m Mastodon) Name() string { return "mastodon/" + m.Account + "@" + host(m.URL) }

const (
	mastodonPage = 40 // a server's maximum
	// maxMastodonPages bounds the pages that are read after an outage.
	maxMastodonPages = 10
)

// status has the fields of Mastodon's Status that are read.
// Source: https://docs.joinmastodon.org/entities/Status/
type status struct {
	ID      string `json:"id"`
	URL     string `json:"url"`
	Content string `json:"content"` // HTML
	Warning string `json:"spoiler_text"`
}

// An id is a number with more digits than a float64 holds.
var statusID = lazyregexp.New(`^[0-9]{1,25}$`)

func compareIDs(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b)) }

type mastodonCursor struct {
	validators
	// Account is the account's id, Newest the newest status's.
	Account string `json:"account"`
	Newest  string `json:"newest"`
}

// Poll returns the statuses since, the oldest first.
func (m Mastodon) Poll(ctx context.Context, cursor string) ([]Item, string, error) {
	c, err := readCursor[mastodonCursor](cursor)
	if err != nil {
		return nil, cursor, err
	}
	if c.Account == "" {
		if c.Account, err = m.lookUp(ctx); err != nil {
			return nil, cursor, err
		}
	}
	statuses, now, changed, err := m.statuses(ctx, c)
	if err != nil || !changed && cursor != "" {
		return nil, cursor, err
	}
	next := mastodonCursor{Account: c.Account, Newest: cmp.Or(c.Newest, "0")}
	var items []Item
	for _, s := range statuses {
		items = append(items, m.item(s))
		next.Newest = s.ID
	}
	if next.Newest == c.Newest {
		next.validators = now // the same address is asked next time
	}
	text, err := writeCursor(next)
	return items, text, err
}

// lookUp returns the account's id.
// Source: https://docs.joinmastodon.org/methods/accounts/#lookup
func (m Mastodon) lookUp(ctx context.Context) (string, error) {
	var account struct {
		ID string `json:"id"`
	}
	_, _, err := m.Client.getJSON(ctx, m.URL+"api/v1/accounts/lookup?acct="+url.QueryEscape(m.Account), validators{}, &account)
	if err != nil {
		return "", fmt.Errorf("look up the account %s: %w", m.Account, err)
	}
	if !statusID().MatchString(account.ID) {
		return "", fmt.Errorf("look up the account %s: the answer of %s has no id", m.Account, host(m.URL))
	}
	return account.ID, nil
}

// statuses asks for the statuses after the cursor, from the newest back, and
// returns each once, the oldest first.
// Source: https://docs.joinmastodon.org/methods/accounts/#statuses
func (m Mastodon) statuses(ctx context.Context, c mastodonCursor) (found []status, first validators, changed bool, err error) {
	values := url.Values{"exclude_replies": {"true"}, "exclude_reblogs": {"true"}, "limit": {fmt.Sprint(mastodonPage)}}
	if c.Newest != "" {
		values.Set("since_id", c.Newest)
	}
	for page := range maxMastodonPages {
		known := c.validators
		if page > 0 {
			known = validators{} // they are the first page's
			values.Set("max_id", found[len(found)-1].ID)
		}
		var some list[status]
		now, changed, err := m.Client.getJSON(ctx, m.URL+"api/v1/accounts/"+c.Account+"/statuses?"+values.Encode(), known, &some)
		if err != nil || !changed {
			return nil, known, false, err
		}
		if page == 0 {
			first = now
		}
		for _, s := range some {
			if !statusID().MatchString(s.ID) || page > 0 && compareIDs(s.ID, found[len(found)-1].ID) >= 0 {
				return nil, first, false, errors.New(host(m.URL) + "lists statuses without an id, or the same page again")
			}
		}
		some = slices.DeleteFunc(some, func(s status) bool { return compareIDs(s.ID, c.Newest) <= 0 })
		slices.SortFunc(some, func(a, b status) int { return compareIDs(b.ID, a.ID) })
		found = append(found, some...)
		if len(some) < mastodonPage || c.Newest == "" { // at the first start one page is enough to begin with
			break
		}
	}
	slices.Reverse(found)
	return found, first, true, nil
}

func (m Mastodon) item(s status) Item {
	return Item{
		ID:    s.ID,
		Text:  strings.TrimSpace("@" + m.Account + "@" + host(m.URL) + ": " + cmp.Or(plain(s.Warning), plain(s.Content))),
		Link:  cmp.Or(webLink(m.URL, s.URL), m.URL+"@"+m.Account+"/"+s.ID),
		Title: "the status",
	}
}
