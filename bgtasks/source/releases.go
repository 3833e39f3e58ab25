package source

import (
	"context"
	"errors"
	"go/version"
	"maps"
	"slices"
	"strings"

	"github.com/gobridge/gopherbot/internal/lazyregexp"
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

var versionPattern = lazyregexp.New(`^go[0-9][0-9A-Za-z.]{0,30}$`)

type releasesCursor struct {
	validators
	Seen seen `json:"seen"`
	// Newest are the newest versions seen, by line: "go1.26" has "go1.26.3".
	// Builds that did not know it left it out.
	Newest map[string]string `json:"newest,omitempty"`
}

// linesKept is how many lines of releases are remembered, the newest.
const linesKept = 50

// Poll returns the releases that are new, the oldest first. A release is not new
// if it was in the list before, if a later one of its line was, or if its line
// comes before all that were: the list is short, and shows an older release when
// another is taken back.
func (r Releases) Poll(ctx context.Context, cursor string) ([]Item, string, error) {
	c, err := readCursor[releasesCursor](cursor)
	if err != nil {
		return nil, cursor, err
	}
	var releases list[release]
	now, changed, err := r.Client.getJSON(ctx, r.URL+"dl/?mode=json", c.validators, &releases)
	if err != nil || !changed {
		return nil, cursor, err
	}
	if len(releases) == 0 {
		return nil, cursor, errors.New("the list of Go releases is empty")
	}
	known, newest := set(c.Seen), maps.Clone(c.Newest)
	if newest == nil {
		newest = map[string]string{}
	}
	for _, one := range releases {
		if !versionPattern().MatchString(one.Version) {
			return nil, cursor, errors.New("the list of Go releases has one without a version")
		}
		if len(c.Newest) == 0 && known[digest(one.Version)] {
			keepNewest(newest, one.Version)
		}
	}
	c.validators, c.Newest = now, maps.Clone(newest)
	var items []Item
	var digests []string
	for _, one := range slices.Backward(releases) { // the newest is on top
		d := digest(one.Version)
		digests = append(digests, d)
		if !known[d] && !outdated(newest, one.Version) {
			items = append(items, r.item(one))
		}
		known[d] = true
		keepNewest(c.Newest, one.Version)
	}
	c.Seen = c.Seen.with(digests)
	forgetOldest(c.Newest, linesKept)
	next, err := writeCursor(c)
	return items, next, err
}

// outdated reports whether a release is older than the newest of its line, or its line
// older than all lines. newest has the newest release of each line. A name that is no
// version of Go is not outdated.
func outdated(newest map[string]string, release string) bool {
	line := version.Lang(release)
	if line == "" || len(newest) == 0 {
		return false
	}
	if last, ok := newest[line]; ok {
		return version.Compare(release, last) < 0
	}
	oldest := slices.MinFunc(slices.Collect(maps.Keys(newest)), version.Compare)
	return version.Compare(line, oldest) < 0
}

func keepNewest(newest map[string]string, release string) {
	if line := version.Lang(release); line != "" && version.Compare(release, newest[line]) > 0 {
		newest[line] = release
	}
}

func forgetOldest(newest map[string]string, keep int) {
	lines := slices.SortedFunc(maps.Keys(newest), version.Compare)
	for _, line := range lines[:max(0, len(lines)-keep)] {
		delete(newest, line)
	}
}

func (r Releases) item(one release) Item {
	name := "Go " + strings.TrimPrefix(one.Version, "go")
	if !one.Stable {
		return Item{ID: one.Version, Text: name + " is here for you to test:", Link: r.URL + "dl/#" + one.Version, Title: "download it"}
	}
	return Item{ID: one.Version, Text: name + " is released:", Link: r.URL + "doc/devel/release#" + one.Version, Title: "what is in it"}
}
