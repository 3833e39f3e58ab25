//go:build !race

package source_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"runtime/metrics"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/bgtasks/source"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// most bounds the memory that reading any answer may take.
const most = 64 << 20

// The environment variables by which a test runs itself in a process of its own.
const (
	bombKind = "GOPHER_TEST_BOMB_KIND"
	bombURL  = "GOPHER_TEST_BOMB_URL"
)

// fill repeats what each returns up to the limit of an answer.
func fill(before string, each func(i int) string, after string) string {
	var b strings.Builder
	b.WriteString(before)
	for i := 0; ; i++ {
		next := each(i)
		if b.Len()+len(next)+len(after) > source.MaxBody {
			break
		}
		b.WriteString(next)
	}
	b.WriteString(after)
	return b.String()
}

func always(text string) func(int) string { return func(int) string { return text } }

// numberedText returns a function that formats a number.
func numberedText(format string) func(int) string {
	return func(i int) string { return fmt.Sprintf(format, i) }
}

// head is the beginning of a feed with many namespaces.
func head(namespaces int) string {
	var b strings.Builder
	b.WriteString(`<rss version="2.0"`)
	for i := range namespaces {
		fmt.Fprintf(&b, ` xmlns:n%d="u%d"`, i, i)
	}
	return b.String() + `><channel><title>News</title>`
}

// nested is a feed of elements that each declare a namespace, without an end.
func nested(n int) string {
	var b strings.Builder
	b.WriteString(`<rss version="2.0">`)
	for i := range n {
		fmt.Fprintf(&b, `<a xmlns:n%d="u">`, i)
	}
	return b.String()
}

// bombs are answers that are small on the wire, or within the limit, and took
// gigabytes or minutes, or might.
var bombs = []struct {
	name, kind string
	body       func() string
	// refused is in the error; "" when the answer is read.
	refused string
}{
	{"12 kB of nested namespaces", "feed", func() string { return nested(5_000) }, "nested"},
	{"51 kB of nested namespaces", "feed", func() string { return nested(20_000) }, "nested"},
	{"4 MiB of nested namespaces", "feed", func() string { return nested(200_000) }, "nested"},
	{"nested titles with namespaces", "feed", func() string { return fill(head(0)+"<item><title>", numberedText(`<a xmlns:n%d="u">`), "") }, "nested"},
	{"many elements below many namespaces", "feed", func() string { return fill(head(2000)+"<item>", always("<a/>"), "</item></channel></rss>") }, "attributes"},
	{"many fields below a hundred namespaces", "feed", func() string { return fill(head(99)+"<item>", always("<n1:date/>"), "</item></channel></rss>") }, "titles, links, ids and dates"},
	{"as many fields as are allowed", "feed", func() string {
		return head(99) + strings.Repeat("<item>"+strings.Repeat("<n1:date/>", 5)+"</item>", 5000) + "</channel></rss>"
	}, ""},
	{"as many entries as are allowed", "feed", func() string {
		return head(0) + strings.Repeat("<item><title>"+strings.Repeat("&lt;", 150)+"</title><guid>a</guid></item>", 5000) + "</channel></rss>"
	}, ""},
	{"many attributes", "feed", func() string { return fill(head(0)+"<item", numberedText(` a%d="b"`), "/></channel></rss>") }, "a tag has more than 64 KiB"},
	{"many attributes without values", "feed", func() string { return fill(head(0)+"<description", always(" a"), "/></channel></rss>") }, "a tag has more than 64 KiB"},
	{"many attributes behind a quotation mark", "feed", func() string { return fill(head(0)+`<a b=">"`, always(" a"), "/></channel></rss>") }, "a tag has more than 64 KiB"},
	{"many tags of many attributes", "feed", func() string {
		return fill(head(0), always("<a"+strings.Repeat(" a", 30_000)+"/>"), "</channel></rss>")
	}, ""},
	{"many empty entries", "feed", func() string { return fill(head(0), always("<item/>"), "</channel></rss>") }, "more than 5000 entries"},
	{"many extensions", "feed", func() string { return fill(head(1)+"<item>", always("<n0:a/>"), "</item></channel></rss>") }, ""},
	{"many pieces of text", "feed", func() string {
		return fill(head(1)+"<item><n0:title>", always("<![CDATA[a]]>b<!---->"), "</n0:title><title>a</title></item></channel></rss>")
	}, ""},
	{"a long title", "feed", func() string {
		return fill(head(0)+"<item><title><![CDATA[", always("<"), "]]></title></item></channel></rss>")
	}, ""},
	{"many ends", "feed", func() string {
		return fill(head(0)+strings.Repeat("<a>", 400), always("</b>"), strings.Repeat("</a>", 400)+"</channel></rss>")
	}, ""},
	{"many names", "feed", func() string { return fill(head(0), numberedText("<a%d/>"), "</channel></rss>") }, ""},
	{"a billion laughs", "feed", func() string {
		var b strings.Builder
		b.WriteString(`<!DOCTYPE rss [<!ENTITY a0 "ha">`)
		for i := range 30 {
			fmt.Fprintf(&b, `<!ENTITY a%d "%s">`, i+1, strings.Repeat(fmt.Sprintf("&a%d;", i), 10))
		}
		return b.String() + `]>` + head(0) + "<item><title>&a30;</title></item></channel></rss>"
	}, ""},
	{"a quadratic blow-up", "feed", func() string {
		return fill(`<!DOCTYPE rss [<!ENTITY a "`+strings.Repeat("ha", 100_000)+`">]>`+head(0)+"<item><title>", always("&a;"), "</title></item></channel></rss>")
	}, ""},
	{"a long directive", "feed", func() string {
		return fill("<!DOCTYPE rss [", always("<!ENTITY a 'b'>"), "]>"+head(0)+"</channel></rss>")
	}, ""},
	{"characters that grow in UTF-8", "feed", func() string {
		return fill(`<?xml version="1.0" encoding="windows-1252"?>`+head(0)+"<item><title>", always("\x80"), "</title></item></channel></rss>")
	}, "more than 8 MiB in UTF-8"},
	{"JSON that is nested", "feed", func() string { return fill(`{"version":"https://jsonfeed.org/version/1","a":`, always("["), "") }, "depth"},
	{"many JSON entries", "feed", func() string {
		return fill(`{"version":"https://jsonfeed.org/version/1","items":[{}`, always(",{}"), "]}")
	}, "more than 5000 entries"},
	{"a JSON entry with many authors", "feed", func() string {
		return fill(`{"version":"https://jsonfeed.org/version/1","items":[{"id":"1","title":"a","authors":[{}`, always(",{}"), "]}]}")
	}, ""},
	{"many keys of a JSON feed", "feed", func() string {
		return fill(`{"version":"https://jsonfeed.org/version/1","items":[]`, numberedText(`,"%d":0`), "}")
	}, ""},
	{"many changes", "gerrit", func() string { return fill("[{}", always(",{}"), "]") }, "more than 2000 elements"},
	{"many statuses", "mastodon", func() string { return fill("[{}", always(",{}"), "]") }, "more than 2000 elements"},
	{"many releases", "releases", func() string { return fill("[null", always(",null"), "]") }, "more than 2000 elements"},
	{"releases that are nested", "releases", func() string { return fill("", always("["), "") }, "depth"},
	{"an answer that is too long", "feed", func() string { return strings.Repeat(" ", 20<<20) }, "more than 4 MiB"},
}

// bombed are the sources whose servers go off.
var bombed = map[string]func(c *source.Client, url string) anySource{
	"feed": func(c *source.Client, url string) anySource { return source.Feed{Client: c, URL: url} },
	"gerrit": func(c *source.Client, url string) anySource {
		return source.Gerrit{Client: c, URL: url, Projects: []string{"go"}}
	},
	"mastodon": func(c *source.Client, url string) anySource {
		return source.Mastodon{Client: c, URL: url, Account: "golang"}
	},
	"releases": func(c *source.Client, url string) anySource { return source.Releases{Client: c, URL: url} },
}

// TestPoll_Bombs polls each in a process of its own, whose memory is measured.
func TestPoll_Bombs(t *testing.T) {
	t.Parallel()
	if kind := os.Getenv(bombKind); kind != "" {
		pollBomb(t, bombed[kind](impatient(t, time.Minute), os.Getenv(bombURL)))
		return
	}
	for _, bomb := range bombs {
		t.Run(bomb.name, func(t *testing.T) {
			var wire bytes.Buffer
			packed, err := gzip.NewWriterLevel(&wire, gzip.BestSpeed)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := packed.Write([]byte(bomb.body())); err != nil {
				t.Fatal(err)
			}
			if err := packed.Close(); err != nil {
				t.Fatal(err)
			}
			s := newServer(t)
			s.play(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/lookup") {
					fmt.Fprint(w, `{"id":"7"}`)
					return
				}
				w.Header().Set("Content-Encoding", "gzip")
				_, _ = w.Write(wire.Bytes())
			})
			self, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			child := exec.CommandContext(t.Context(), self, "-test.run=^TestPoll_Bombs$", "-test.v")
			child.Env = append(os.Environ(), bombKind+"="+bomb.kind, bombURL+"="+s.url)
			out, err := child.CombinedOutput()
			if err != nil {
				t.Fatalf("%d bytes on the wire: %v\n%s", wire.Len(), err, out)
			}
			var took int64
			_, said, found := strings.Cut(string(out), "took ")
			if _, err := fmt.Sscan(said, &took); !found || err != nil {
				t.Fatalf("the process does not say what it took: %s", out)
			}
			t.Logf("%d bytes on the wire took %d kB", wire.Len(), took>>10)
			if took > most {
				t.Errorf("%d bytes on the wire took %d MB, want at most %d", wire.Len(), took>>20, most>>20)
			}
			if _, refused, _ := strings.Cut(said, "error: "); bomb.refused == "" && !strings.HasPrefix(refused, "none") || !strings.Contains(refused, bomb.refused) {
				t.Errorf("the error is %.300q, want %q", refused, bomb.refused)
			}
		})
	}
}

// pollBomb polls once, and writes the growth of the process's memory at its peak.
func pollBomb(t *testing.T, src anySource) {
	before := mapped()
	peak := before
	done := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				peak = max(peak, mapped())
			case <-done:
				peak = max(peak, mapped())
				return
			}
		}
	})
	_, _, err := src.Poll(t.Context(), "")
	close(done)
	testenv.Wait(t, &watching)
	problem := "none"
	if err != nil {
		problem = err.Error()
	}
	fmt.Printf("took %d error: %s\n", peak-before, problem)
}

// mapped is the memory that the Go runtime has and did not give back.
func mapped() int64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return int64(samples[0].Value.Uint64()) - int64(samples[1].Value.Uint64())
}
