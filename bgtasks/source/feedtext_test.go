package source_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// TestFeed_Text is of feeds that are not written as they should be, and can be
// read nevertheless.
func TestFeed_Text(t *testing.T) {
	t.Parallel()
	encoded := func(e encoding.Encoding, text string) string {
		text, err := e.NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	item := func(title string) string {
		return `<rss version="2.0"><channel><title>News</title><item><title>` + title + `</title><link>https://blog.example/1</link></item></channel></rss>`
	}
	declared := func(name, title string) string { return `<?xml version="1.0" encoding="` + name + `"?>` + item(title) }
	for _, test := range []struct {
		name, contentType, document, want string
	}{
		{"a byte that is no UTF-8", "", declared("UTF-8", "Caf\xe9"), "Caf\uFFFD"},
		{"bytes that are no UTF-8", "", item("Caf\xe9 \xff\xfe\xc0\xaf!"), "Caf\uFFFD \uFFFD!"},
		{"a cut character in a CDATA section", "", item("<![CDATA[Caf\xc3]]>"), "Caf\uFFFD"},
		{"ISO-8859-1", "", encoded(charmap.ISO8859_1, declared("ISO-8859-1", "Café")), "Café"},
		{"Windows' characters in ISO-8859-1", "", declared("iso-8859-1", "\x93Caf\xe9\x94"), "“Café”"},
		{"windows-1252", "", encoded(charmap.Windows1252, declared("windows-1252", "“Café” – 5 €")), "“Café” – 5 €"},
		{"KOI8-R", "", encoded(charmap.KOI8R, declared("koi8-r", "Новости")), "Новости"},
		{"UTF-16, little-endian", "", encoded(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), declared("UTF-16", "Café")), "Café"},
		{"UTF-16, big-endian", "", encoded(unicode.UTF16(unicode.BigEndian, unicode.UseBOM), declared("UTF-16", "Café")), "Café"},
		{"UTF-16 without a mark", "", encoded(unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), declared("UTF-16", "Café")), "Café"},
		{"UTF-16, says a feed in UTF-8", "", declared("utf-16", "Café"), "Café"},
		{"an encoding that only the header names", "text/xml; charset=ISO-8859-1", encoded(charmap.ISO8859_1, item("Café")), "Café"},
		{"an encoding that the header names, and is not", "text/xml; charset=ISO-8859-1", item("Café"), "Café"},
		{"an encoding that nobody knows in the header", "text/xml; charset=utf8mb4", item("Caf\xe9"), "Caf\uFFFD"},
		{"a byte order mark", "", "\ufeff" + declared("UTF-8", "Café"), "Café"},
		{"white space before the declaration", "", " \r\n\t" + declared("UTF-8", "Café"), "Café"},
		{"white space, and a mark", "", "\n\ufeff\n" + declared("UTF-8", "Café"), "Café"},
		{"XML 1.1", "", strings.Replace(declared("UTF-8", "Café"), "1.0", "1.1", 1), "Café"},
		{"control characters", "", item("C\x00a\x08f\x1b\x7fé\uFFFE\uFFFF"), "Caf\x7fé"},
		{"references to control characters", "", item("C&#0;a&#x1b;f&#xFFFF;é&#233;&#x110000;"), "C\uFFFDa\uFFFDf\uFFFDéé\uFFFD"},
		{"entities of HTML", "", item("Caf&eacute;&nbsp;&mdash; &copy;"), "Café — ©"},
		{"unknown entities", "", item("&unknown; & &; AT&T"), "&unknown; & &; AT&T"},
		{"entities that it declares", "", `<!DOCTYPE rss [<!ENTITY a "Caf&#233;">]>` + item("&a;"), "&a;"},
		{"a comment in a title", "", item("Ca<!-- no -->fé"), "Café"},
		{"markup in a title", "", item("Ca<b>f</b>é<br/>au lait"), "Café au lait"},
		{"markup that is not closed", "", strings.Replace(item("Café"), "<link>", "<description>a<br>b<p>c</description><link>", 1), "Café"},
		{"an end too many", "", strings.Replace(item("Café"), "<link>", "</b><link>", 1), "Café"},
		{"something behind the end", "", item("Café") + "<p>served by</p> cache 7 \xff", "Café"},
		{"attributes without quotes", "", strings.Replace(item("Café"), `version="2.0"`, `version=2 draft`, 1), "Café"},
		{"a namespace for all", "", strings.Replace(item("Café"), `version`, `xmlns="http://backend.userland.com/rss2" version`, 1), "Café"},
		{"Atom with XHTML in its title", "", `<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title><entry><id>1</id><link href="https://blog.example/1"/>` +
			`<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Caf<em>é</em> &lt;b&gt;</div></title></entry></feed>`, "Café <b>"},
		{"a prefix for all", "", `<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:title>News</a:title><a:entry><a:id>1</a:id><a:title>Café</a:title></a:entry></a:feed>`, "Café"},
		{"RDF", "", `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel><title>News</title></channel>` +
			`<item><title>Café</title><link>https://blog.example/1</link></item></rdf:RDF>`, "Café"},
		{"JSON", "application/feed+json", `{"version":"https://jsonfeed.org/version/1.1","title":"News","extra":[{"a":[1]}],"items":[{"id":7,"title":"Caf\u00e9","extra":{}}]}`, "Café"},
		{"JSON with a mark and a byte that is no UTF-8", "", "\ufeff{\"title\":\"News\",\"items\":[{\"id\":\"7\",\"title\":\"Caf\xe9\"}]}", "Caf\uFFFD"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := newReader(t)
			r.server.play(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", test.contentType)
				fmt.Fprint(w, test.document)
			})
			items, _, err := r.feed.Poll(t.Context(), "")
			if err != nil || len(items) != 1 || items[0].Text+" "+items[0].Title != "News: "+test.want && items[0].Text != "News: "+test.want {
				t.Errorf("%+v (%v), want %q", items, err, test.want)
			}
		})
	}
}

// TestFeed_IsRefused reads documents that are no feed, or not all of one.
func TestFeed_IsRefused(t *testing.T) {
	t.Parallel()
	whole := rss(posts(20, 11)...)
	for _, test := range []struct{ name, document, want string }{
		{"nothing", " \n ", "it is empty"},
		{"text", "Warning: mysql is away " + whole, "neither XML nor JSON"},
		{"a page", "<!DOCTYPE html><html><head><title>Back soon</title></head></html>", "no RSS or Atom feed"},
		{"an unknown encoding", `<?xml version="1.0" encoding="x-klingon"?>` + whole, `unknown encoding "x-klingon"`},
		{"cut in an entry", whole[:len(whole)/2], "unexpected EOF"},
		{"cut before its end", strings.TrimSuffix(whole, "</rss>"), "unexpected EOF"},
		{"JSON that is cut", `{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","title":"a"},{"id":"2","ti`, "unexpected EOF"},
		{"JSON with something else for entries", `{"version":"https://jsonfeed.org/version/1.1","items":{}}`, "want ["},
		{"JSON without entries", `{"ok":false}`, "no JSON feed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := newReader(t)
			r.poll(rss(posts(19, 10)...))
			r.server.play(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, test.document) })
			items, next, err := r.feed.Poll(t.Context(), r.cursor)
			if err == nil || !strings.Contains(err.Error(), test.want) || len(items) > 0 || next != r.cursor {
				t.Errorf("%+v (%v), want an error with %q", items, err, test.want)
			}
			if got := r.poll(whole); !slices.Equal(got, []string{"post 20"}) {
				t.Errorf("announced %q afterwards, want post 20", got)
			}
		})
	}
}
