package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/config"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// blog is a site with an RSS feed of numbered posts, of which it shows the
// latest hundred.
type blog struct {
	url   string
	posts atomic.Int64
	asked atomic.Int64
}

func newBlog(t *testing.T) *blog {
	t.Helper()
	b := &blog{}
	b.posts.Store(3) // from before the bot was there
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		b.asked.Add(1)
		n := b.posts.Load()
		fmt.Fprint(w, `<rss version="2.0"><channel><title>Blog</title>`)
		for i := n; i > max(0, n-100); i-- {
			fmt.Fprintf(w, `<item><guid>%d</guid><title>Post %d</title><link>https://blog.example/%d</link></item>`, i, i, i)
		}
		fmt.Fprint(w, `</channel></rss>`)
	}))
	t.Cleanup(server.Close)
	b.url = server.URL + "/feed"
	return b
}

// reads has the bot announce a blog's posts in #general, and asks for them often.
func (b *bot) reads(from *blog) {
	b.environ["GOPHER_FEEDS"] = "general=" + from.url
	b.environ["GOPHER_FEEDS_INTERVAL"] = "100ms"
	b.environ["GOPHER_ANNOUNCE_LIMIT"] = "100"
}

// hasBegun waits until the blog was read for the first time.
func (b *bot) hasBegun(from *blog) {
	b.Helper()
	job := strings.TrimPrefix(from.url, "http://")
	key := b.environ["GOPHER_APP"] + ":{bgtasks}:job:feed/" + job + " in general"
	testenv.Eventually(b, "the blog was read", func() bool { return b.rdb.HExists(b.Context(), key, "state").Val() })
}

var postNumber = regexp.MustCompile(`^Blog: <https://blog\.example/(\d+)\|Post \d+>$`)

// announced returns the numbers of the posts that were announced, in order.
func (b *bot) announced() []int {
	b.Helper()
	var list []int
	for _, c := range b.slack.Calls("chat.postMessage") {
		if c.Error != "" || c.Status != http.StatusOK {
			continue
		}
		found := postNumber.FindStringSubmatch(c.Form["text"])
		if found == nil || c.Form["channel"] != general {
			b.Fatalf("posted in %s: %q", c.Form["channel"], c.Form["text"])
		}
		n, _ := strconv.Atoi(found[1])
		list = append(list, n)
	}
	return list
}

// eachOnce waits until the posts up to the last were announced, and says which
// were not, or twice, or out of order.
func (b *bot) eachOnce(first, last int) {
	b.Helper()
	testenv.Eventually(b, fmt.Sprintf("post %d is announced", last), func() bool {
		all := b.announced()
		return len(all) > 0 && all[len(all)-1] == last
	})
	b.settled()
	want := first
	for _, n := range b.announced() {
		if n != want {
			b.Fatalf("announced %v; want each from %d to %d once, in order", b.announced(), first, last)
		}
		want++
	}
	if want != last+1 {
		b.Errorf("announced up to %d of %d", want-1, last)
	}
}

func TestAnnouncements_SlackFails(t *testing.T) {
	t.Parallel()
	b, blog := newBot(t), newBlog(t)
	b.reads(blog)
	b.startAll()
	b.hasBegun(blog)
	b.slack.Fail("chat.postMessage", slacksim.Fault{Status: 429, RetryAfter: time.Second}, slacksim.Fault{Status: 500})
	blog.posts.Add(1)
	b.eachOnce(4, 4)
	if calls := b.slack.Calls("chat.postMessage"); len(calls) != 3 {
		t.Errorf("%d calls, want the two that failed and the post", len(calls))
	}

	b.slack.Fail("chat.postMessage", slacksim.Fault{Error: "is_archived"})
	blog.posts.Add(1)
	dead := b.environ["GOPHER_APP"] + ":{send.0}:dead"
	testenv.Eventually(t, "what is refused for good is a dead letter", func() bool { return b.rdb.XLen(t.Context(), dead).Val() == 1 })
	b.settled()
}

// TestAnnouncements_EachSource plays all other sources, at first with nothing new.
func TestAnnouncements_EachSource(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	var news atomic.Bool
	both := func(old, fresh string) string {
		if news.Load() {
			return "[" + fresh + "," + old + "]"
		}
		return "[" + old + "]"
	}
	change := func(n int) string {
		return fmt.Sprintf(`{"_number":%d,"project":"go","subject":"fmt: print <less>","submitted":"2026-11-01 12:00:%02d.000000000"}`, n, n)
	}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/changes/":
			fmt.Fprint(w, ")]}'\n"+both(change(1), change(2)))
		case "/dl/":
			fmt.Fprint(w, both(`{"version":"go1.26.1","stable":true}`, `{"version":"go1.27rc1","stable":false}`))
		case "/api/v1/accounts/lookup":
			fmt.Fprint(w, `{"id":"7"}`)
		case "/api/v1/accounts/7/statuses":
			fmt.Fprint(w, both(`{"id":"1","content":"old"}`, `{"id":"2","content":"<p>Hello, <!channel></p>","url":"https://mastodon.example/2"}`))
		case "/live/status":
			fmt.Fprintf(w, `{"streaming":%v}`, news.Load())
		case "/slack/countdown/gotime":
			fmt.Fprintf(w, `{"data":%q}`, time.Now().Format(time.RFC3339))
		default:
			http.NotFound(w, r)
		}
	}))
	defer web.Close()
	jobs := 0
	for name, channel := range map[string]string{"GERRIT": "reviews", "RELEASES": "general", "MASTODON": "C08RANDOM", "GOTIME": "random"} {
		jobs++
		b.environ["GOPHER_"+name+"_CHANNEL"] = channel
		b.environ["GOPHER_"+name+"_URL"] = web.URL
		b.environ["GOPHER_"+name+"_INTERVAL"] = "200ms"
	}
	b.startAll()
	testenv.Eventually(t, "all have begun", func() bool { return strings.Count(b.log.String(), "existing items are not announced") == jobs })
	news.Store(true)
	host := strings.TrimPrefix(web.URL, "http://")
	want := map[string]string{
		"[go] <" + web.URL + "/c/go/+/2|fmt: print &lt;less&gt;>":                         "C03REVIEWS",
		"Go 1.27rc1 is here for you to test: <" + web.URL + "/dl/#go1.27rc1|download it>": general,
		"@golang@" + host + ": Hello, <https://mastodon.example/2|the status>":            "C08RANDOM",
		"Go Time is live: <" + web.URL + "/live|listen in>":                               "C08RANDOM",
	}
	for _, c := range b.calls("chat.postMessage", jobs) {
		if want[c.Form["text"]] != c.Form["channel"] {
			t.Errorf("posted in %s: %s", c.Form["channel"], c.Form["text"])
		}
	}
	for _, line := range []string{
		`"job":"gerrit/` + host + ` in reviews","every":"200ms"`, `"job":"channel-directory","every":"10m0s"`, `"job":"housekeeping"`,
	} {
		if !strings.Contains(b.log.String(), line) {
			t.Errorf("not in the log: %s", line)
		}
	}
}

func TestAnnouncements_JobsOffAreLogged(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	b.startAll()
	for _, name := range []string{"GERRIT", "RELEASES", "MASTODON", "GOTIME"} {
		if want := `"why":"GOPHER_` + name + `_CHANNEL is not set"`; !strings.Contains(b.log.String(), want) {
			t.Errorf("not in the log: %s", want)
		}
	}
}

func TestAnnouncements_ShadowMode(t *testing.T) {
	t.Parallel()
	b, blog := newBot(t), newBlog(t)
	b.reads(blog)
	b.environ["ENV"] = "staging"
	b.startAll()
	b.hasBegun(blog)
	blog.posts.Add(1)
	testenv.Eventually(t, "it is logged", func() bool {
		return strings.Contains(b.log.String(), `"would":"announce"`) && strings.Contains(b.log.String(), `"link":"https://blog.example/4"`)
	})
	b.settled()
	if calls := b.slack.Calls("chat.postMessage"); len(calls) > 0 {
		t.Errorf("posted: %+v", calls)
	}
	if strings.Contains(b.log.String(), "Post 4") {
		t.Error("the text is in the log")
	}
}

// TestAnnouncements_WeeklyPost starts the bot two minutes after the time of the weekly post, with the
// progress of the week before. The next leader runs the job again, and it posts nothing more.
func TestAnnouncements_WeeklyPost(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	due := time.Now().UTC().Add(-2 * time.Minute)
	b.environ["GOPHER_WEEKLY_POST_CHANNEL"] = "general"
	b.environ["GOPHER_WEEKLY_POST_TIME"] = due.Format("Monday 15:04") + " UTC"
	job := b.environ["GOPHER_APP"] + ":{bgtasks}:job:weekly post in general"
	cursor := fmt.Sprintf(`{"cursor":%q}`, strconv.Quote(due.AddDate(0, 0, -7).Truncate(time.Minute).Format(time.RFC3339)))
	if err := b.rdb.HSet(t.Context(), job, "state", cursor, "runs", 1).Err(); err != nil {
		t.Fatal(err)
	}
	b.start(config.Consumer)
	stop := b.start(config.BGTasks)
	post := b.calls("chat.postMessage", 1)[0]
	if post.Form["channel"] != general || !strings.HasPrefix(post.Form["text"], "What are you working on this week?") {
		t.Errorf("posted in %s: %s", post.Form["channel"], post.Form["text"])
	}
	want := due.AddDate(0, 0, 7).Truncate(time.Minute).Format("2006-01-02T15:04:05.000Z07:00")
	waits := func(runs string) {
		testenv.Eventually(t, "the job has run and waits for the next week", func() bool {
			fields := b.rdb.HGetAll(t.Context(), job).Val()
			return fields["runs"] == runs && fields["next_run"] == want
		})
	}
	waits("2")
	stop()
	if err := b.rdb.HDel(t.Context(), job, "next_run").Err(); err != nil { // as if its time had not been stored
		t.Fatal(err)
	}
	b.start(config.BGTasks)
	waits("3")
	b.settled()
	if posts := b.slack.Calls("chat.postMessage"); len(posts) != 1 {
		t.Errorf("%d posts, want one: %+v", len(posts), posts)
	}
}
