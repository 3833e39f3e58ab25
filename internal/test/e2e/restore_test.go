package e2e

import (
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// posted counts what was posted that begins so, by where and what.
func (b *bot) posted(begins string) map[string]int {
	b.Helper()
	posts := map[string]int{}
	for _, c := range b.slack.Calls("chat.postMessage") {
		if c.Error == "" && c.Status == http.StatusOK && strings.HasPrefix(c.Form["text"], begins) {
			first, _, _ := strings.Cut(c.Form["text"], "\n")
			posts[c.Form["channel"]+": "+first]++
		}
	}
	return posts
}

// post is how a post of the blog is announced.
func postOf(n int64) string {
	return fmt.Sprintf("%s: Blog: <https://blog.example/%d|Post %d>", general, n, n)
}

// restoreTool runs gopherbot restore on the deployment and returns what it wrote.
func (b *bot) restoreTool(args ...string) string {
	b.Helper()
	dir, err := binaries()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(dir, "gopherbot"), append([]string{"restore"}, args...)...)
	cmd.Env = b.environment()
	out, err := cmd.CombinedOutput()
	if err != nil {
		b.Fatalf("gopherbot restore: %v\n%s", err, out)
	}
	return string(out)
}

// TestRestore_NothingIsRepeated puts back a backup of Redis that is older than
// some announcements and a welcome. Without gopherbot restore they are repeated;
// with it they are not, and what is new after it is announced.
func TestRestore_NothingIsRepeated(t *testing.T) {
	t.Parallel()
	for _, restores := range []bool{false, true} {
		t.Run(fmt.Sprint("restore ", restores), func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t) // which writes no snapshot unless it is told to
			b, blog := newBotOn(t, server.URL()), newBlog(t)
			b.reads(blog)
			b.environ["GOPHER_INSTANCE_TTL"] = "2s"
			stopGateway, stopConsumer, stopBGTasks := b.start(config.Gateway), b.start(config.Consumer), b.start(config.BGTasks)
			b.waitForDirectory()
			b.hasBegun(blog)
			blog.posts.Add(1)
			b.eachOnce(4, 4)

			// The backup: an announcement and a join wait on the queue.
			stopConsumer()
			blog.posts.Add(1)
			if _, err := b.slack.JoinWorkspace(); err != nil {
				t.Fatal(err)
			}
			waiting := func(eventType string) int64 {
				return b.rdb.XLen(t.Context(), b.environ["GOPHER_APP"]+":{"+eventType+".0}:stream").Val()
			}
			testenv.Eventually(t, "both wait", func() bool {
				return waiting(event.Type(event.Slack, event.Send)) == 1 && waiting(event.Type(event.Slack, event.WorkspaceJoin)) == 1
			})
			if err := b.rdb.Save(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}

			// What happens after it was taken.
			stopConsumer = b.start(config.Consumer)
			blog.posts.Add(2)
			testenv.Eventually(t, "two more are announced, and somebody is welcomed", func() bool {
				return b.posted("Blog: ")[postOf(7)] == 1 && len(b.posted("Welcome to Gophers!")) == 1
			})
			b.settled()
			for _, stop := range []func(){stopBGTasks, stopConsumer, stopGateway} {
				stop()
			}
			server.Stop(t)
			server.Restart(t)
			if n, joins := waiting(event.Type(event.Slack, event.Send)), waiting(event.Type(event.Slack, event.WorkspaceJoin)); n != 1 || joins != 1 {
				t.Fatalf("the backup has %d announcements and %d joins on the queue, want one each", n, joins)
			}
			b.onlyRuns() // the backup holds registrations

			if restores {
				out := b.restoreTool("--yes")
				if !strings.Contains(out, "feed/") || !strings.Contains(out, "Jobs restarted: 1.") {
					t.Errorf("it wrote\n%s", out)
				}
			}
			asked := blog.asked.Load()
			b.start(config.Consumer)
			b.start(config.BGTasks)
			// A run begins once the one before it has ended.
			testenv.Eventually(t, "a run is over", func() bool { return blog.asked.Load() >= asked+2 })
			blog.posts.Add(1)
			testenv.Eventually(t, "what is new is announced", func() bool { return b.posted("Blog: ")[postOf(8)] == 1 })
			b.settled()

			var repeated []string
			for _, begins := range []string{"Blog: ", "Welcome to Gophers!"} {
				for post, n := range b.posted(begins) {
					if n > 1 {
						repeated = append(repeated, post)
					}
				}
			}
			slices.Sort(repeated)
			want := []string{postOf(5), postOf(6), postOf(7)}
			for welcome := range b.posted("Welcome to Gophers!") {
				want = append(want, welcome)
			}
			slices.Sort(want)
			if restores {
				want = nil
			}
			if !slices.Equal(repeated, want) {
				t.Errorf("repeated: %q, want %q", repeated, want)
			}
			if n := len(b.posted("Blog: ")); n != 5 {
				t.Errorf("%d posts were announced, want 4 to 8", n)
			}
		})
	}
}

// TestRestore_ARunningProcessNotices puts a backup back under processes that run.
func TestRestore_ARunningProcessNotices(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	b := newBotOn(t, server.URL())
	b.environ["GOPHER_INSTANCE_TTL"] = "1s"
	b.start(config.Gateway)
	stop := b.start(config.Consumer)
	if err := b.rdb.Save(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	beats := func() (ms int64) {
		ms, _ = b.rdb.HGet(t.Context(), b.environ["GOPHER_APP"]+":{presence}:clock", "last").Int64()
		return ms
	}
	testenv.Eventually(t, "there was a heartbeat", func() bool { return beats() > 0 })
	saved := beats()
	testenv.Eventually(t, "the backup is some heartbeats old", func() bool { return beats() > saved+2500 })
	server.Stop(t)
	server.Restart(t)
	const says = "Redis has gone back to an earlier state"
	testenv.Eventually(t, "both processes notice", func() bool { return strings.Count(b.log.String(), says) == 2 })
	stop()
	b.restoreTool("--yes", "--force")
	b.start(config.Consumer)
	b.say(ada, adasDM, "flip a coin")
	b.calls("chat.postMessage", 1)
	if n := strings.Count(b.log.String(), says); n != 2 {
		t.Errorf("it is said %d times, want once by each process that ran", n)
	}
}
