package source_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestFeed_IDs reads feeds with useless ids.
func TestFeed_IDs(t *testing.T) {
	t.Parallel()
	all, next := posts(20, 11), posts(22, 13)
	oneID := func(p *post) { p.guid = "urn:blog" }
	noID := func(p *post) { p.guid = "" }
	pairs := func(p *post) { p.guid = p.guid[:len(p.guid)-1] } // id-1 and id-2
	and := func(changes ...func(*post)) func(*post) {
		return func(p *post) {
			for _, change := range changes {
				change(p)
			}
		}
	}
	oneLink := func(p *post) { p.link = "https://blog.example/" }
	noLink := func(p *post) { p.link = "" }
	oneName := func(p *post) { p.name = "News" }
	tracked := func(source string) func(*post) {
		return func(p *post) {
			p.link = strings.Replace(p.link, "blog.example", "Blog.Example", 1) + "?page=1&utm_source=" + source + "&fbclid=" + source
		}
	}
	fragments := func(p *post) { p.link = strings.Replace(p.link, "example/", "example/#", 1) }
	cased := func(p *post) { // ids that differ by case alone
		if n := strings.TrimPrefix(p.guid, "id-"); n > "20" {
			p.guid = "id-x" + fmt.Sprint(n[1]-'0')
		} else {
			p.guid = "id-X" + fmt.Sprint(n[1]-'0')
		}
	}
	both := []string{"post 21", "post 22"}
	for _, test := range []struct {
		name          string
		change, later func(*post)
		want          []string
	}{
		{"one id", oneID, oneID, both},
		{"one id and no links", and(oneID, noLink), and(oneID, noLink), both},
		{"one id and one link", and(oneID, oneLink), and(oneID, oneLink), both},
		{"one id, one link, one title", and(oneID, noLink, oneName), and(oneID, noLink, oneName), []string{"News", "News"}},
		{"ids that some share", pairs, pairs, both},
		{"ids that differ by case", cased, cased, both},
		{"no ids", noID, noID, both},
		{"no ids and one link", and(noID, oneLink), and(noID, oneLink), both},
		{"no ids and links that differ by the fragment", and(noID, fragments), and(noID, fragments), both},
		{"no ids and links that track", and(noID, tracked("a")), and(noID, tracked("b")), both},
		{"ids from now on", noID, func(*post) {}, both},
		{"no ids from now on", func(*post) {}, noID, both},
		{"one id from now on", func(*post) {}, oneID, both},
	} {
		for _, dates := range []string{"dates", "no dates"} {
			t.Run(test.name+", "+dates, func(t *testing.T) {
				t.Parallel()
				if strings.Contains(test.name, "one title") && dates == "no dates" {
					return // nothing tells them apart
				}
				all, next := all, next
				if dates == "no dates" {
					all, next = undated(all), undated(next)
				}
				r := newReader(t)
				r.poll(rss(changed(all, test.change)...))
				if got := r.poll(rss(changed(next, test.later)...)); !slices.Equal(got, test.want) {
					t.Errorf("announced %q, want %q", got, test.want)
				}
				if got := r.poll(rss(changed(next, test.later)...)); len(got) > 0 {
					t.Errorf("announced %q for a second time", got)
				}
				ids := map[string]bool{}
				r.cursor = ""
				for _, item := range r.items(rss(changed(next, test.later)...)) {
					ids[item.ID] = true
				}
				if len(ids) != len(next) {
					t.Errorf("%d ids for %d entries, so that some are taken for repeated", len(ids), len(next))
				}
			})
		}
	}
}

// TestFeed_OfOneEntry has only the latest, always with one id.
func TestFeed_OfOneEntry(t *testing.T) {
	t.Parallel()
	latest := func(n int, name string) string {
		p := numbered(n)
		p.guid, p.name = "latest", name
		return rss(p)
	}
	r := newReader(t)
	r.poll(latest(1, "one"))
	for i, step := range []struct {
		document string
		want     []string
	}{
		{latest(1, "one"), nil},
		{latest(1, "one, corrected"), nil},
		{latest(2, "two"), []string{"two"}},
		{latest(2, "two"), nil},
		{latest(3, "three"), []string{"three"}},
		{latest(2, "two"), nil}, // an older copy
		{latest(3, "three"), nil},
	} {
		if got := r.poll(step.document); !slices.Equal(got, step.want) {
			t.Errorf("step %d: announced %q, want %q", i+1, got, step.want)
		}
	}
}
