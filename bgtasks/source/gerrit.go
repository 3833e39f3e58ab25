package source

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Gerrit are the changes merged into projects of a Gerrit server.
type Gerrit struct {
	Client *Client
	// URL is the base of the server, such as https://go-review.googlesource.com/,
	// with the slash.
	URL string
	// Projects are the projects with announced changes, at least one.
	Projects []string
	// Now is the clock, time.Now by default.
	Now func() time.Time
}

// Name names the changes by their server.
func (g Gerrit) Name() string { return "gerrit/" + host(g.URL) }

// How much is asked for.
const (
	gerritPage = 100
	// maxGerritPages bounds the pages that are read after an outage.
	maxGerritPages = 20
	// gerritOverlap is how far back a merge may appear after later ones: the
	// server's index lags, and replicas are not all the same.
	gerritOverlap = time.Hour
)

// change has the fields of Gerrit's ChangeInfo that are read.
// Source: https://gerrit-review.googlesource.com/Documentation/rest-api-changes.html#change-info
type change struct {
	Number    int        `json:"_number"`
	Project   string     `json:"project"`
	Subject   string     `json:"subject"`
	Submitted gerritTime `json:"submitted"`
	// More is set on the last of a page when there are more.
	More bool `json:"_more_changes"`
}

// gerritTime is a time as Gerrit writes it, in UTC.
type gerritTime struct{ time.Time }

// UnmarshalJSON decodes a time of Gerrit's, in UTC, such as "2026-01-02 15:04:05.000000000".
func (t *gerritTime) UnmarshalJSON(text []byte) (err error) {
	t.Time, err = time.Parse(`"2006-01-02 15:04:05"`, string(text)) // and any fraction
	return err
}

type gerritCursor struct {
	validators
	// Newest is when the newest merge seen was made, but not later than when it was
	// seen, and Seen the numbers and times of those since the overlap before that.
	Newest time.Time         `json:"newest"`
	Seen   map[int]time.Time `json:"seen"`
}

// Poll returns the changes merged since, the oldest first. A change that was merged
// more than gerritOverlap before the newest one seen is not new. Within it those
// are new that were not there before, as all that were are remembered.
func (g Gerrit) Poll(ctx context.Context, cursor string) ([]Item, string, error) {
	c, err := readCursor[gerritCursor](cursor)
	if err != nil {
		return nil, cursor, err
	}
	// A server with a clock that is ahead must not hide later changes.
	latest := now(g.Now)
	if c.Newest.After(latest) {
		c.Newest = latest
	}
	merged, known, changed, err := g.merged(ctx, c)
	if err != nil || !changed && cursor != "" {
		return nil, cursor, err
	}
	since := c.Newest.Add(-gerritOverlap)
	next := gerritCursor{Newest: c.Newest, Seen: c.Seen}
	if next.Seen == nil {
		next.Seen = map[int]time.Time{}
	}
	var items []Item
	for _, one := range merged {
		if _, seen := c.Seen[one.Number]; seen || one.Submitted.Before(since) {
			continue // or merged long ago, and commented on since
		}
		items = append(items, g.item(one))
		next.Seen[one.Number] = one.Submitted.Time
		if at := earlier(one.Submitted.Time, latest); next.Newest.Before(at) {
			next.Newest = at
		}
	}
	maps.DeleteFunc(next.Seen, func(_ int, at time.Time) bool { return at.Before(next.Newest.Add(-gerritOverlap)) })
	if next.Newest.Equal(c.Newest) {
		next.validators = known // the same address is asked next time
	}
	text, err := writeCursor(next)
	return items, text, err
}

// merged asks for the changes merged after the cursor, page by page, and returns
// each once, the oldest first.
func (g Gerrit) merged(ctx context.Context, c gerritCursor) (merged []change, first validators, changed bool, err error) {
	numbers := map[int]bool{}
	for page := range maxGerritPages {
		known := c.validators
		if page > 0 {
			known = validators{} // they are the first page's
		}
		answer, changed, err := g.Client.get(ctx, g.address(c.Newest, page), known)
		if err != nil || !changed {
			return nil, known, false, err
		}
		if page == 0 {
			first = answer.validators
		}
		var changes list[change]
		// Gerrit's prefix keeps the answer from being run as a script.
		if err := json.Unmarshal(bytes.TrimPrefix(answer.body, []byte(")]}'")), &changes); err != nil {
			return nil, first, false, fmt.Errorf("the answer of %s has an unexpected form: %w", host(g.URL), err)
		}
		more := false
		for _, one := range changes {
			if one.Number <= 0 || one.Submitted.IsZero() {
				return nil, first, false, fmt.Errorf("%s lists a merged change without a number or a time", host(g.URL))
			}
			if !numbers[one.Number] { // pages shift when something is merged meanwhile
				numbers[one.Number] = true
				merged = append(merged, one)
			}
			more = one.More
		}
		if !more || c.Newest.IsZero() { // at the first start one page is enough to begin with
			break
		}
	}
	slices.SortFunc(merged, func(a, b change) int {
		return cmp.Or(a.Submitted.Compare(b.Submitted.Time), cmp.Compare(a.Number, b.Number))
	})
	return merged, first, true, nil
}

// address is the address of a page. The server can be asked for changes that were
// updated after a time, and a merge is an update.
func (g Gerrit) address(newest time.Time, page int) string {
	projects := make([]string, len(g.Projects))
	for i, project := range g.Projects {
		projects[i] = "project:" + project
	}
	query := "status:merged (" + strings.Join(projects, " OR ") + ")"
	if !newest.IsZero() {
		query += ` after:"` + newest.Add(-gerritOverlap).UTC().Format("2006-01-02 15:04:05") + `"`
	}
	values := url.Values{"q": {query}, "n": {strconv.Itoa(gerritPage)}}
	if page > 0 {
		values.Set("S", strconv.Itoa(page*gerritPage))
	}
	return g.URL + "changes/?" + values.Encode()
}

func (g Gerrit) item(one change) Item {
	number := strconv.Itoa(one.Number)
	return Item{
		ID: number, Text: "[" + one.Project + "]",
		Link:  g.URL + "c/" + one.Project + "/+/" + number,
		Title: cmp.Or(strings.TrimSpace(one.Subject), "change "+number),
	}
}
