package source

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
)

// Releases are the releases of Go, as go.dev/dl lists them.
type Releases struct {
	Client *Client
	// URL is the base of the site, such as https://go.dev/, with the slash.
	URL string
}

// Name names the list by its server.
func (r Releases) Name() string { return "releases/" + host(r.URL) }

// release is an entry of the list.
// Source: https://go.dev/dl/?mode=json, described at https://pkg.go.dev/golang.org/x/website/internal/dl
type release struct {
	Version string `json:"version"`
	Stable  bool   `json:"stable"`
}

var versionPattern = regexp.MustCompile(`^go[0-9][0-9A-Za-z.]{0,30}$`)

type releasesCursor struct {
	validators
	Seen seen `json:"seen"`
}

// Poll returns the releases that were not in the list before, the oldest first.
func (r Releases) Poll(ctx context.Context, cursor string) ([]Item, string, error) {
	c, err := readCursor[releasesCursor](cursor)
	if err != nil {
		return nil, cursor, err
	}
	var list []release
	now, changed, err := r.Client.getJSON(ctx, r.URL+"dl/?mode=json", c.validators, &list)
	if err != nil || !changed {
		return nil, cursor, err
	}
	if len(list) == 0 {
		return nil, cursor, errors.New("the list of Go releases is empty")
	}
	byVersion := map[string]release{}
	var versions []string
	for _, one := range slices.Backward(list) { // the newest is on top
		if !versionPattern.MatchString(one.Version) {
			return nil, cursor, errors.New("the list of Go releases has one without a version")
		}
		versions = append(versions, one.Version)
		byVersion[one.Version] = one
	}
	c.validators = now
	fresh, seen := c.Seen.add(versions)
	c.Seen = seen
	var items []Item
	for _, version := range fresh {
		items = append(items, r.item(byVersion[version]))
	}
	next, err := writeCursor(c)
	return items, next, err
}

func (r Releases) item(one release) Item {
	name := "Go " + strings.TrimPrefix(one.Version, "go")
	if !one.Stable {
		return Item{ID: one.Version, Text: name + " is here for you to test:", Link: r.URL + "dl/#" + one.Version, Title: "download it"}
	}
	return Item{ID: one.Version, Text: name + " is released:", Link: r.URL + "doc/devel/release#" + one.Version, Title: "what is in it"}
}
