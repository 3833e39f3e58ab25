package demo

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// blog is a simulated blog, whose feed the bot follows like any other.
type blog struct {
	base string // address, with the slash
	// read is closed when the feed is first read: posts that were published before
	// that are not announced.
	read     chan struct{}
	readOnce sync.Once

	mu    sync.Mutex
	posts []post // the oldest first
}

type post struct {
	title string
	at    time.Time
}

// titles are the titles of posts, used in turn.
var titles = []string{
	"A gopher's guide to digging", "Channels, and what lives in them", "Errors are carrots",
	"The select that never blocked", "On the care of goroutines", "Ten burrows, one map",
}

func newBlog(base string) *blog {
	b := &blog{base: base, read: make(chan struct{})}
	b.add()
	return b
}

func (b *blog) add() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.posts = append(b.posts, post{titles[len(b.posts)%len(titles)], time.Now()})
}

// publish adds a post, once the bot follows the blog.
func (b *blog) publish(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	select {
	case <-b.read:
		b.add()
		return nil
	case <-ctx.Done():
		return errors.New("the bot does not follow the blog yet; try again")
	}
}

// handler serves the blog: its feed, and a page for each post.
func (b *blog) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /feed.atom", b.feed)
	mux.HandleFunc("GET /{number}", func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		defer b.mu.Unlock()
		n, err := strconv.Atoi(r.PathValue("number"))
		if err != nil || n < 1 || n > len(b.posts) {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintf(w, "%s\n\nThis blog is simulated: there is no more to read.\n", b.posts[n-1].title)
	})
	return mux
}

// feed serves the blog as Atom. Source: RFC 4287
func (b *blog) feed(w http.ResponseWriter, _ *http.Request) {
	type link struct {
		Href string `xml:"href,attr"`
	}
	type entry struct {
		ID      string `xml:"id"`
		Title   string `xml:"title"`
		Link    link   `xml:"link"`
		Updated string `xml:"updated"`
	}
	var feed struct {
		XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		ID      string   `xml:"id"`
		Title   string   `xml:"title"`
		Entries []entry  `xml:"entry"`
	}
	feed.ID, feed.Title = b.base, "A simulated blog"
	b.mu.Lock()
	for i, p := range b.posts {
		address := fmt.Sprintf("%s%d", b.base, i+1)
		feed.Entries = append(feed.Entries, entry{address, p.title, link{address}, p.at.Format(time.RFC3339Nano)})
	}
	b.mu.Unlock()
	w.Header().Set("Content-Type", "application/atom+xml; charset=utf-8")
	_ = xml.NewEncoder(w).Encode(feed) // the client may have closed the connection
	b.readOnce.Do(func() { close(b.read) })
}
