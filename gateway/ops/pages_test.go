package ops_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/gobridge/gopherbot/internal/audit"
	"github.com/gobridge/gopherbot/internal/test/browsertest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// makeDead has a consumer refuse n events, which become dead letters.
func (s *site) makeDead(n int, failure error) {
	s.Helper()
	p, err := workqueue.NewPublisher(s.rdb, workqueue.PublisherOptions{App: s.app, MaxBacklog: n + 1})
	if err != nil {
		s.Fatal(err)
	}
	for i := range n {
		e := workqueue.Event{Type: greeting, ID: fmt.Sprintf("Ev%05d", i), Time: time.Now(), Payload: []byte(`{"type":"message","user":"U1","text":"hello"}`)}
		if _, err := p.Publish(s.Context(), e); err != nil {
			s.Fatal(err)
		}
	}
	c, err := workqueue.NewConsumer(s.rdb, workqueue.ConsumerOptions{App: s.app, Name: "consumer.1"})
	if err != nil {
		s.Fatal(err)
	}
	c.Handle(greeting, func(context.Context, *workqueue.Delivery) error { return workqueue.Reject(failure) })
	s.background(c.Run)
	testenv.Eventually(s, "all are dead letters", func() bool { return s.dead() == int64(n) })
}

// nodes returns how many nodes the page has in the browser.
func nodes(tab browsertest.Tab) int {
	tab.Helper()
	return browsertest.Get(tab, chromedp.Evaluate[int](`document.querySelectorAll("*").length`))
}

// TestBrowser_TenThousandDeadLetters turns their pages. The page in the browser stays small.
func TestBrowser_TenThousandDeadLetters(t *testing.T) {
	t.Parallel()
	browsertest.Need(t)
	s := newSite(t)
	s.makeDead(10_000, errors.New("channel_not_found"))
	tab := s.opened()
	queue, err := workqueue.NewInspector(s.rdb, s.app)
	if err != nil {
		t.Fatal(err)
	}
	letters, err := queue.ListDeadLetters(t.Context(), greeting, "", 500)
	if err != nil {
		t.Fatal(err)
	}
	shows := func(what string, i int, pages string) {
		t.Helper()
		first := letters[i].Event.ID // of those that there were at first
		testenv.Eventually(t, what, func() bool {
			return strings.Contains(tab.Text(`#dead`), pages) &&
				browsertest.Get(tab, chromedp.Evaluate[string](`document.querySelector('[data-letter] .facts dd').textContent`)) == first
		})
		if n := browsertest.Get(tab, chromedp.Evaluate[int](`document.querySelectorAll('[data-letter]').length`)); n != 20 {
			t.Errorf("%s: %d dead letters are shown", what, n)
		}
	}
	tab.Do(browsertest.Visible(`details[data-letter]`))
	shows("the oldest", 0, "1–20 of 10,000")
	before := nodes(tab)
	if before > 1500 {
		t.Errorf("%d nodes", before)
	}
	next, previous, first := `[data-of="greeting/next"]`, `[data-of="greeting/previous"]`, `[data-of="greeting/first"]`
	tab.Do(browsertest.Click(next))
	shows("newer ones", 20, "21–40 of 10,000")
	tab.Do(browsertest.Type(next, "\r")) // the button keeps the focus
	shows("newer ones, by the keyboard", 40, "41–60 of 10,000")
	if message := browsertest.Get(tab, chromedp.Evaluate[string](`document.querySelector('#message').textContent`)); message != "Page 3 of the dead letters of greeting." {
		t.Errorf("a screen reader reads %q", message)
	}
	tab.Do(browsertest.Click(previous))
	shows("older ones", 20, "21–40 of 10,000")

	// A letter that is replayed or dropped leaves its page, and others move up.
	tab.Do(browsertest.Click(`details[data-letter] > summary`), browsertest.Click(`details[open] [data-action="drop"]`), browsertest.Click(`details[open] .danger`))
	shows("one is dropped", 21, "21–40 of 9,999")
	for page := 3; page <= 22; page++ {
		tab.Do(browsertest.Click(next))
		shows(fmt.Sprintf("page %d", page), 20*page-19, fmt.Sprintf("%d–%d of 9,999", 20*page-19, 20*page))
	}
	if after := nodes(tab); after > before+50 {
		t.Errorf("%d nodes grew to %d", before, after)
	}
	tab.Do(browsertest.Click(first))
	shows("the oldest again", 0, "1–20 of 9,999")
}

// TestBrowser_LastPageBecomesEmpty: dropping the only dead letter of the last page shows the one
// before.
func TestBrowser_LastPageBecomesEmpty(t *testing.T) {
	t.Parallel()
	browsertest.Need(t)
	s := newSite(t)
	s.makeDead(21, errors.New("channel_not_found"))
	tab := s.opened()
	tab.Do(browsertest.Visible(`details[data-letter]`), browsertest.Click(`[data-of="greeting/next"]`))
	testenv.Eventually(t, "the last page", func() bool { return strings.Contains(tab.Text(`#dead`), "21–21 of 21") })
	tab.Do(browsertest.Click(`details[data-letter] > summary`), browsertest.Click(`details[open] [data-action="drop"]`), browsertest.Click(`details[open] .danger`),
		browsertest.Gone(`#dead .pages`))
	if n := browsertest.Get(tab, chromedp.Evaluate[int](`document.querySelectorAll('[data-letter]').length`)); n != 20 {
		t.Errorf("%d dead letters are shown", n)
	}
}

// TestBrowser_Audit reads who did what, page by page, while others act.
func TestBrowser_Audit(t *testing.T) {
	t.Parallel()
	browsertest.Need(t)
	s := newSite(t)
	log := audit.New(s.rdb, s.app)
	record := func(n int, e audit.Entry) {
		t.Helper()
		for range n {
			if err := log.Record(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
	}
	record(45, audit.Entry{Who: "bob", From: "laptop", Via: audit.Tool, Action: audit.Replay, On: "message_public", Count: 1200, Detail: "older than 1h"})
	tab := s.opened()
	testenv.Eventually(t, "the own login is the latest", func() bool {
		return strings.HasSuffix(row(tab, `#audit`), "| ada | 127.0.0.1 (page) | login | – | done")
	})
	second := strings.Split(strings.TrimSpace(tab.Text(`#audit tbody`)), "\n")[1]
	if cells := strings.Split(second, "\t"); len(cells) != 6 || strings.Join(cells[1:], " | ") != "bob | laptop (tool) | replay | message_public, 1,200 in all, older than 1h | done" {
		t.Errorf("the one before it: %q", second)
	}
	tab.Do(browsertest.Click(`[data-of="acts/next"]`))
	testenv.Eventually(t, "older ones", func() bool { return strings.Contains(tab.Text(`#audit`), "21–40") })
	tab.Do(browsertest.Click(`[data-of="acts/next"]`))
	testenv.Eventually(t, "the oldest", func() bool { return strings.Contains(tab.Text(`#audit`), "41–46") })
	// Somebody else's act appears on the first page only.
	record(1, audit.Entry{Who: "cat", Via: audit.Tool, Action: audit.Purge, On: "message_public", Outcome: "failed: Redis is gone"})
	tab.Do(browsertest.Click(`[data-of="acts/first"]`))
	testenv.Eventually(t, "the latest", func() bool {
		return strings.HasSuffix(row(tab, `#audit`), "| cat | – (tool) | purge | message_public | failed: Redis is gone")
	})
	record(1, audit.Entry{Who: "dan", From: "laptop", Via: audit.Tool, Action: audit.Say, On: "C1"})
	testenv.Eventually(t, "a later one, by itself", func() bool { return strings.HasSuffix(row(tab, `#audit`), "| dan | laptop (tool) | say | C1 | done") })
	if text := tab.Text(`#operator`); text != "ada" {
		t.Errorf("logged in as %q", text)
	}
	if text := tab.Text(`footer`); !strings.Contains(text, "v1.2.3, commit 0a1b") {
		t.Errorf("the version: %q", text)
	}
}

// TestBrowser_ShowsCharactersThatAct on the text around them, as their codes.
func TestBrowser_ShowsCharactersThatAct(t *testing.T) {
	t.Parallel()
	browsertest.Need(t)
	s := newSite(t)
	s.makeDead(1, errors.New("reply in \u202eLARENEG10C\u2066: \u009b31mred\x1b[0m"))
	tab := s.opened()
	tab.Do(browsertest.Click(`details[data-letter] > summary`))
	const want = `reply in \u202eLARENEG10C\u2066: \u009b31mred\u001b[0m`
	if text := tab.Text(`details[open] .whole`); !strings.Contains(text, want) {
		t.Errorf("%q", text)
	}
}

// TestBrowser_LoginLimit shows why nobody can log in, and when they can.
func TestBrowser_LoginLimit(t *testing.T) {
	t.Parallel()
	browsertest.Need(t)
	s := newSite(t)
	for range 10 {
		s.login("a-guess")
	}
	tab := browsertest.Open(t, s.url+"/ops/", 1280, 800, browsertest.Expect("status of 429"))
	tab.Do(browsertest.Type(`#name`, "ada"), browsertest.Type(`#token`, token+"\r"), browsertest.Visible(`#wrong`))
	if text := tab.Text(`#wrong`); !strings.HasPrefix(text, "Your address tried too many wrong tokens. Try again in 15 minutes, at ") {
		t.Errorf("%q", text)
	}
	if name := browsertest.Get(tab, chromedp.Evaluate[string](`document.querySelector('#name').value`)); name != "ada" {
		t.Errorf("the name is %q", name)
	}
}

// TestBrowser_SessionEndsElsewhere: the page asks for the token again.
func TestBrowser_SessionEndsElsewhere(t *testing.T) {
	t.Parallel()
	browsertest.Need(t)
	s := newSite(t)
	tab := s.opened(browsertest.Expect("status of 401"))
	keys, err := s.rdb.Keys(t.Context(), s.app+":{ops}:session:*").Result()
	if err != nil || len(keys) != 1 {
		t.Fatalf("%q (%v)", keys, err)
	}
	s.rdb.Del(t.Context(), keys...)
	tab.Do(browsertest.Visible(`#token`))
}
