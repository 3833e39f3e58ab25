package source_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/bgtasks/source"
)

// reader polls one feed, which a test changes, at a time that a test sets.
type reader struct {
	*testing.T
	server *server
	feed   source.Feed
	cursor string
	now    time.Time
}

func newReader(t *testing.T) *reader {
	t.Helper()
	r := &reader{T: t, server: newServer(t), now: start}
	r.feed = source.Feed{Client: newClient(t), URL: r.server.url + "feed", Now: func() time.Time { return r.now }}
	return r
}

// poll returns the titles of the new entries of a document.
func (r *reader) poll(document string) (titles []string) {
	r.Helper()
	for _, item := range r.items(document) {
		if item.Title == "" {
			item.Title = strings.TrimPrefix(item.Text, "News: ")
		}
		titles = append(titles, item.Title)
	}
	return titles
}

func (r *reader) items(document string) []source.Item {
	r.Helper()
	r.server.play(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, document) })
	items, next, err := r.feed.Poll(r.Context(), r.cursor)
	if err != nil {
		r.Fatalf("%.500s: %v", document, err)
	}
	r.cursor = next
	return items
}

// post is an entry of a feed. Its title is its name.
type post struct {
	name, guid, link string
	at               time.Time
}

func rss(posts ...post) string {
	var b strings.Builder
	b.WriteString(`<rss version="2.0"><channel><title>News</title>`)
	for _, p := range posts {
		fmt.Fprintf(&b, `<item><title>%s</title>`, p.name)
		if p.guid != "" {
			fmt.Fprintf(&b, `<guid>%s</guid>`, p.guid)
		}
		if p.link != "" {
			fmt.Fprintf(&b, `<link>%s</link>`, strings.ReplaceAll(p.link, "&", "&amp;"))
		}
		if !p.at.IsZero() {
			fmt.Fprintf(&b, `<pubDate>%s</pubDate>`, p.at.Format(time.RFC1123Z))
		}
		b.WriteString(`</item>`)
	}
	b.WriteString(`</channel></rss>`)
	return b.String()
}

// posts are those numbered from last down to first, published every 12 hours;
// number 1100 is the one at start.
func posts(last, first int) (list []post) {
	for n := last; n >= first; n-- {
		list = append(list, numbered(n))
	}
	return list
}

func numbered(n int) post {
	return post{fmt.Sprint("post ", n), fmt.Sprint("id-", n), fmt.Sprint("https://blog.example/", n), start.Add(time.Duration(n-1100) * 12 * time.Hour)}
}

// changed returns the posts, each as change makes it.
func changed(list []post, change func(*post)) []post {
	list = slices.Clone(list)
	for i := range list {
		change(&list[i])
	}
	return list
}

func undated(list []post) []post        { return changed(list, func(p *post) { p.at = time.Time{} }) }
func without(list []post, i int) []post { return slices.Delete(slices.Clone(list), i, i+1) }

func TestFeed_AnnouncesOnlyWhatIsNew(t *testing.T) {
	t.Parallel()
	all := posts(20, 11)
	day := func(n int) time.Time { return numbered(n).at }
	late := func(name string, at time.Time) post {
		return post{name, "guid of " + name, "https://blog.example/" + name, at}
	}
	renewed := func(p *post) { p.guid = "renewed " + p.guid }
	sameDay := changed(all, func(p *post) { p.at = day(20) })
	for _, test := range []struct {
		name  string
		lists [][]post // the first is what is there at the first start
		want  []string // of all later ones together
	}{
		{"a new one", [][]post{all, posts(21, 12)}, []string{"post 21"}},
		{"several new ones, the oldest first", [][]post{all, posts(23, 14)}, []string{"post 21", "post 22", "post 23"}},
		{"one is retracted, and an old one comes into the window", [][]post{all, without(posts(20, 10), 1)}, nil},
		{"the newest is retracted", [][]post{all, posts(19, 10), posts(21, 12)}, []string{"post 21"}},
		{"one is retracted, and one is new", [][]post{all, without(posts(21, 11), 3)}, []string{"post 21"}},
		{"the window grows", [][]post{all, posts(20, 1), posts(21, 1)}, []string{"post 21"}},
		{"the window grows, and one is new", [][]post{all, posts(21, 1)}, []string{"post 21"}},
		{"all are gone and back", [][]post{all, {}, all}, nil},
		{"all ids are renewed", [][]post{all, changed(all, renewed)}, nil},
		{"all ids and addresses are renewed", [][]post{all, changed(all, func(p *post) { renewed(p); p.link += "/moved" })}, nil},
		{"all ids and dates are renewed", [][]post{all, changed(all, func(p *post) { renewed(p); p.at = start })}, nil},
		{"all ids are renewed, and one is new", [][]post{all, append(posts(21, 21), changed(all, renewed)...)}, []string{"post 21"}},
		{"one is edited and dated anew", [][]post{all, changed(all, func(p *post) {
			if p.guid == "id-15" {
				p.name, p.at = "post 15, edited", start
			}
		})}, nil},
		{"one is edited and dated anew when another is published", [][]post{all, append(posts(21, 21), changed(all, func(p *post) {
			if p.guid == "id-15" {
				p.at = start
			}
		})...)}, []string{"post 21"}},
		{"the oldest on top", [][]post{reversed(all), reversed(posts(21, 12)), reversed(without(posts(21, 11), 2))}, []string{"post 21"}},
		{"the order is turned round", [][]post{all, reversed(posts(22, 13))}, []string{"post 21", "post 22"}},
		{"several at the time of the newest", [][]post{all, append([]post{late("a", day(20)), late("b", day(20))}, all...)}, []string{"b", "a"}},
		{"one at the time of the newest, below it", [][]post{all, slices.Insert(slices.Clone(all), 1, late("a", day(20)))}, []string{"a"}},
		{"one more of a day on which all were published", [][]post{sameDay, append([]post{late("a", day(20))}, sameDay...)}, []string{"a"}},
		{"an old one of that day comes into the window", [][]post{sameDay, append(without(sameDay, 1), late("a", day(20)))}, nil},
		{"one that is dated the day before", [][]post{all, slices.Insert(slices.Clone(all), 1, late("a", day(20).Add(-time.Hour)))}, nil},
		{"one from the future, and one after it", [][]post{all, append([]post{late("a", start.AddDate(10, 0, 0))}, all...),
			append([]post{late("b", start.Add(15*time.Minute)), late("a", start.AddDate(10, 0, 0))}, all...)}, []string{"a", "b"}},
		{"the date of one from the future is corrected", [][]post{append([]post{late("a", start.AddDate(10, 0, 0))}, all...),
			append([]post{late("a", start)}, all...)}, nil},
		{"one without a date", [][]post{all, append(slices.Clone(all), late("a", time.Time{}))}, []string{"a"}},
		{"one without a date, when the window grows", [][]post{all, append(posts(20, 5), late("a", time.Time{}))}, nil},
		{"one with the date of a missing date", [][]post{all, append(slices.Clone(all), late("a", time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)))}, []string{"a"}},
		{"no dates", [][]post{undated(all), undated(posts(21, 12))}, []string{"post 21"}},
		{"no dates, and one is retracted", [][]post{undated(all), undated(without(posts(20, 10), 1))}, nil},
		{"no dates, and the window grows", [][]post{undated(all), undated(posts(21, 1))}, []string{"post 21"}},
		{"no dates, and all ids are renewed", [][]post{undated(all), changed(undated(all), renewed)}, nil},
		{"no dates, and all are gone and back", [][]post{undated(all), {}, undated(all)}, nil},
		{"no dates, and all are others after a long outage", [][]post{undated(all), undated(posts(42, 40))}, []string{"post 40", "post 41", "post 42"}},
		{"dates from now on", [][]post{undated(all), posts(21, 12)}, []string{"post 21"}},
		{"no dates from now on", [][]post{all, undated(posts(21, 12))}, []string{"post 21"}},
		{"700 gone and back", [][]post{posts(1000, 1), posts(1000, 701), posts(1000, 1), posts(1001, 1)}, []string{"post 1001"}},
		{"700 without dates gone and back", [][]post{undated(posts(1000, 1)), undated(posts(300, 1)), undated(posts(1000, 301)), undated(posts(1001, 1))}, []string{"post 1001"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := newReader(t)
			r.poll(rss(test.lists[0]...))
			var got []string
			for _, list := range test.lists[1:] {
				r.now = r.now.Add(10 * time.Minute)
				got = append(got, r.poll(rss(list...))...)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("announced %q, want %q", got, test.want)
			}
		})
	}
}

func reversed(list []post) []post {
	list = slices.Clone(list)
	slices.Reverse(list)
	return list
}

func TestFeed_Cases(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		before, after string
		want          []string
	}{
		{"07-feed-before.xml", "07-feed-after-one-was-retracted.xml", nil},
		{"08-feed-one-guid-before.xml", "08-feed-one-guid-after.xml", []string{"Post 21"}},
		{"07-feed-before.xml", "09-feed-one-latin1-byte.xml", []string{"Caf\uFFFD"}},
	} {
		r := newReader(t)
		r.poll(testdata(t, test.before))
		if got := r.poll(testdata(t, test.after)); !slices.Equal(got, test.want) {
			t.Errorf("%s: announced %q, want %q", test.after, got, test.want)
		}
	}
}

func testdata(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// before is the cursor that a build without a rule wrote after posts(20, 11).
const before = `{"etag":"\"1\"","seen":["Ue0BWBxE3p3a8hLg","q_kHf9OCpEoyQfRl"]}`

// TestFeed_CursorsOfOtherReleases has a cursor of a build that kept only the ids,
// and a new cursor that is read by such a build.
func TestFeed_CursorsOfOtherReleases(t *testing.T) {
	t.Parallel()
	old := func(r *reader) (seen []string) {
		r.Helper()
		var c struct {
			ETag string   `json:"etag"`
			Seen []string `json:"seen"`
		}
		if err := json.Unmarshal([]byte(r.cursor), &c); err != nil {
			r.Fatal(err)
		}
		return c.Seen
	}
	for _, test := range []struct {
		name   string
		change func(*post)
	}{
		{"ids", func(*post) {}},
		{"one id", func(p *post) { p.guid = "urn:blog" }},
		{"no ids", func(p *post) { p.guid = "" }},
		{"titles alone", func(p *post) { p.guid, p.link = "", "" }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			all := changed(posts(20, 11), test.change)
			legacy := func(p post) string {
				for _, id := range []string{p.guid, p.link, p.name} {
					if id != "" {
						return source.Digest(id)
					}
				}
				return ""
			}
			var seen []string
			for _, p := range reversed(all) {
				seen = append(seen, legacy(p))
			}
			cursor, err := json.Marshal(map[string]any{"etag": "1", "seen": seen})
			if err != nil {
				t.Fatal(err)
			}
			r := newReader(t)
			r.cursor = string(cursor)
			if got := r.poll(rss(changed(without(posts(20, 5), 1), test.change)...)); len(got) > 0 {
				t.Errorf("announced %q after an upgrade", got)
			}
			if got := r.poll(rss(changed(posts(21, 12), test.change)...)); !slices.Equal(got, []string{"post 21"}) {
				t.Errorf("announced %q after an upgrade, want post 21", got)
			}
			kept := old(r)
			for _, p := range changed(posts(21, 12), test.change) {
				if !slices.Contains(kept, legacy(p)) {
					t.Errorf("%s would be announced again after a rollback", p.name)
				}
			}
		})
	}
	t.Run("the full answer is asked for", func(t *testing.T) {
		t.Parallel()
		r := newReader(t)
		r.cursor = before
		r.server.play(r.server.withETag(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, rss(posts(20, 11)...)) }))
		if _, next, err := r.feed.Poll(t.Context(), r.cursor); err != nil || !strings.Contains(next, `"newest":"20`) {
			t.Errorf("the cursor is %s (%v), want the date of the newest entry in it", next, err)
		}
	})
}
