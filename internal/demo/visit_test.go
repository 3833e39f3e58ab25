package demo_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/gobridge/gopherbot/internal/demo"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/browsertest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestBrowser_FirstView opens the page, on which two people talk with the bot, and sends an
// example while something else is written.
func TestBrowser_FirstView(t *testing.T) {
	t.Parallel()
	browsertest.Need(t)
	url, _ := startWith(t, func(o *demo.Options) { o.Tour = true })
	page := open(t, url, 1280, 800)
	page.Do(visible(`li[data-user="U01ADA"] [data-step="handled"]`), visible(`li[data-user="U02ROB"] [data-reaction="dragon"]`), visible(fromBot),
		chromedp.WaitNotVisible(chromedp.CSS(`#tour`)), visible(`#play`))

	page.Do(typeInto(`#text`, "a draft"), click(`[data-say="@gopher help"]`), visible(ephemeral), js(`document.querySelector("#text").value === "a draft"`))
	page.Do(click(`[data-fill="/gopher "]`), js(`document.querySelector("#text").value === "/gopher "`))

	// It is played again, with pauses, and stopped in the first.
	page.Do(js(`fetch("/api/tour/play", { method: "POST", body: '{"paced":true}' }) instanceof Promise`), visible(`#tour`), click(`#tour-stop`),
		chromedp.WaitNotVisible(chromedp.CSS(`#tour`)), visible(`#play`))
	eventually(t, page, focused(`#text`))
	eventually(t, page, `document.querySelectorAll('li[data-user="U02ROB"]').length === 3`)

	// A second page does not begin it again.
	page.Do(chromedp.Navigate(url+"/?again"), visible(fromBot))
	if n := browsertest.Get(page, chromedp.Evaluate[int](`document.querySelectorAll('li[data-user="U02ROB"]').length`)); n != 3 {
		t.Errorf("Rob has said %d things", n)
	}
}

// TestTour_CanBeStopped plays with pauses, and stops in the first.
func TestTour_CanBeStopped(t *testing.T) {
	t.Parallel()
	url, _ := start(t)
	v := view(t, url)
	if tour := v.now().Tour; tour.Auto || !tour.Available {
		t.Errorf("%+v", tour)
	}
	v.post("tour/play", map[string]bool{"paced": true})
	testenv.Eventually(t, "the first answer", func() bool { return len(v.in("C01GENERAL")[slacksim.BotUserID]) == 1 })
	if !v.now().Tour.Playing {
		t.Error("it does not play any more")
	}
	v.post("tour/stop", struct{}{})
	testenv.Eventually(t, "it has stopped", func() bool { return !v.now().Tour.Playing })
	if said := v.in("C01GENERAL")["U01ADA"]; len(said) != 0 {
		t.Errorf("said after that: %v", said)
	}
}

// TestBrowser_ThreadStays says several things in a thread, edits one, and leaves.
func TestBrowser_ThreadStays(t *testing.T) {
	t.Parallel()
	browsertest.Need(t)
	url, _ := start(t)
	page := open(t, url, 1280, 800)
	replies := func(n int) {
		t.Helper()
		eventually(t, page, fmt.Sprintf(`document.querySelectorAll("#messages > li > .replies > li[data-user=U01ADA]").length === %d`, n))
	}
	page.Do(write("a question"), click(`#messages > li [data-reply]`), write("the first"))
	replies(1)
	page.Do(visible(`#replying`), write("the second"))
	replies(2)
	page.Do(click(`.replies > li:last-child [data-more]`), click(item("edit")), retype(`#text`, "the last\r"))
	shows(t, page, `.replies > li:last-child`, "the last")
	page.Do(visible(`#replying`), click(`[data-say="@gopher flip a coin"]`), visible(`.replies `+fromBot))
	replies(3)
	page.Do(typeInto(`#text`, kb.Escape), chromedp.WaitNotVisible(chromedp.CSS(`#replying`)), write("elsewhere"))
	eventually(t, page, `document.querySelectorAll("#messages > li[data-user=U01ADA]").length === 2`)
}

// TestBrowser_PrivateConversations talks with the bot where not everybody is, edits, deletes and
// reacts there.
func TestBrowser_PrivateConversations(t *testing.T) {
	t.Parallel()
	browsertest.Need(t)
	url, _ := start(t)
	page := open(t, url, 1280, 800)
	for _, conversation := range []string{"organizers", "Rob, gopher"} {
		page.Do(js(`[...document.querySelectorAll("nav button")].find((b) => b.innerText.includes(%q)).click() === undefined`, conversation), write("@gopher flip a coin"), visible(fromBot))
		if topic := page.Text(`#topic`); !strings.Contains(topic, "nly its members see") {
			t.Errorf("%s: %q", conversation, topic)
		}
		own := `#messages > li[data-user="U01ADA"]`
		page.Do(click(fromBot+` [data-react]`), click(item("tada")), click(fromBot+` [data-toggle-reaction="tada"][aria-pressed="true"]`), gone(fromBot+` .reactions`))
		page.Do(click(own+` [data-more]`), click(item("edit")), retype(`#text`, "something else\r"), visible(own+` .edited`),
			click(own+` [data-more]`), click(item("delete")), click(`#confirm-yes`), gone(own))
		page.Do(become("U02ROB"))
		eventually(t, page, `document.title.includes("as Rob") && document.querySelector("[data-user=U0GOPHER]") !== null`)
		page.Do(become("U01ADA"))
		eventually(t, page, `document.title.includes("as Ada")`)
	}
	page.Do(click(`#join-workspace`), visible(`[data-open="D03GRACE"]`))
	eventually(t, page, `!document.querySelector("nav").innerText.includes("organizers")`)
}

// TestDemo_FollowsTheUsersFeeds has a feed of the user's, in a channel that the workspace does
// not have otherwise.
func TestDemo_FollowsTheUsersFeeds(t *testing.T) {
	t.Parallel()
	var posts atomic.Int64
	feed := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		entry := `<entry><id>%[1]d</id><title>Post %[1]d</title><link href="https://example.org/%[1]d"/><updated>%[2]s</updated></entry>`
		entries := ""
		for n := range posts.Add(1) {
			entries += fmt.Sprintf(entry, n+1, time.Now().Format(time.RFC3339Nano))
		}
		w.Header().Set("Content-Type", "application/atom+xml")
		fmt.Fprintf(w, `<feed xmlns="http://www.w3.org/2005/Atom"><id>x</id><title>News</title>%s</feed>`, entries)
	}))
	t.Cleanup(feed.Close)
	var notes []string
	url, _ := startWith(t, func(o *demo.Options) {
		o.Environ = []string{"GOPHER_FEEDS=gophernews=" + feed.URL, "GOPHER_FEEDS_INTERVAL=200ms", "REDIS_URL=redis://somewhere"}
		o.Note = func(text string) { notes = append(notes, text) }
	})
	if all := strings.Join(notes, "\n"); !strings.Contains(all, "From your environment: GOPHER_FEEDS, GOPHER_FEEDS_INTERVAL.") || !strings.Contains(all, "REDIS_URL") {
		t.Errorf("the demo says %q", all)
	}
	v := view(t, url)
	if v.now().Publishes || len(v.now().Notes) != 2 {
		t.Errorf("%+v", v.now())
	}
	channel := ""
	for _, c := range v.channels {
		if c.Name == "gophernews" {
			channel = c.ID
		}
	}
	testenv.Eventually(t, "a post is announced", func() bool {
		said := v.in(channel)[slacksim.BotUserID]
		return len(said) > 0 && strings.Contains(said[0].Text, "Post ")
	})
}
