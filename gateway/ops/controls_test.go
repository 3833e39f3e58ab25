package ops_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/gobridge/gopherbot/internal/control"
	"github.com/gobridge/gopherbot/internal/test/browsertest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// post sends JSON.
func (s *site) post(path, body string) answer {
	s.Helper()
	return s.do("POST", "/ops/api/"+path, body, "Content-Type", "application/json")
}

// set returns the controls, each in one line.
func (s *site) set() string {
	s.Helper()
	list, err := control.New(s.rdb, s.app).List(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	var lines []string
	for _, c := range list {
		lines = append(lines, fmt.Sprintf("%s by %s: %s", c, c.By, c.Why))
	}
	return strings.Join(lines, "; ")
}

func TestControls(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.login(token)
	for body, want := range map[string]string{
		`{"kind":"platform","name":"irc"}`: `There is no platform \"irc\"`, `{"kind":"type","name":"greetin"}`: `There is no type \"greetin\"`,
		`{"kind":"handler","name":"tea"}`: `There is no handler \"tea\"`, `{"kind":"channel","name":"nowhere"}`: "Nothing is known as that.",
		`{"kind":"queue","name":"x"}`: `kind \"queue\"`, `{`: "want JSON",
		`{"kind":"platform","name":"slack","why":"` + strings.Repeat("x", 801) + `"}`: "want at most 800",
	} {
		if a := s.post("controls/set", body); a.status != http.StatusBadRequest || !strings.Contains(a.body, want) {
			t.Errorf("%s: %d %s", body, a.status, a.body)
		}
	}
	for _, test := range []struct{ kind, name, want, audited string }{
		{"platform", "slack", "platform slack by ada: because", "ada 127.0.0.1 page pause: platform slack because: done"},
		{"type", greeting, "type greeting by ada: because", "ada 127.0.0.1 page pause: type greeting because: done"},
		{"handler", `phrase \"tea\"`, `handler "phrase \"tea\"" by ada: because`, `ada 127.0.0.1 page pause: handler "phrase \"tea\"" because: done`},
		{"channel", "general", "channel #general (C01GENERAL) by ada: because", "ada 127.0.0.1 page silence: channel #general (C01GENERAL) because: done"},
		{"person", "U1", "person U1 by ada: because", "ada 127.0.0.1 page ignore: person U1 because: done"},
	} {
		if a := s.post("controls/set", `{"kind":"`+test.kind+`","name":"`+test.name+`","why":"because"}`); a.status != http.StatusOK {
			t.Errorf("%s: %d %s", test.kind, a.status, a.body)
		}
		if got := s.set(); got != test.want {
			t.Errorf("%s is set: %s, want %s", test.kind, got, test.want)
		}
		if got := s.audited(1)[0]; got != test.audited {
			t.Errorf("the audit: %s, want %s", got, test.audited)
		}
		name := strings.Replace(test.name, "general", "C01GENERAL", 1)
		for _, want := range []int{http.StatusOK, http.StatusNotFound} { // the second time it has ended
			if a := s.post("controls/end", `{"kind":"`+test.kind+`","name":"`+name+`"}`); a.status != want {
				t.Errorf("end %s: %d %s, want %d", test.kind, a.status, a.body, want)
			}
		}
		if got := s.set(); got != "" {
			t.Errorf("%s is set: %s", test.kind, got)
		}
	}
	if entries := s.audited(2); !strings.HasPrefix(entries[0], "ada 127.0.0.1 page unignore: person U1 : failed: ") || entries[1] != "ada 127.0.0.1 page unignore: person U1 : done" {
		t.Errorf("the audit: %q", entries)
	}
}

// choose chooses an option of a list.
func choose(tab browsertest.Tab, selector, value string) {
	tab.Helper()
	browsertest.Get(tab, chromedp.Evaluate[bool](fmt.Sprintf(`(() => {
		const list = document.querySelector(%q);
		list.value = %q;
		for (const kind of ["input", "change"]) list.dispatchEvent(new Event(kind, { bubbles: true }));
		return list.value === %q;
	})()`, selector, value, value)))
	if got := browsertest.Get(tab, chromedp.Evaluate[string](fmt.Sprintf(`document.querySelector(%q).value`, selector))); got != value {
		tab.Fatalf("%s has no option %q", selector, value)
	}
}

// TestBrowser_Controls pauses a handler, with a mistake at first, and resumes it; then the same
// for the other kinds.
func TestBrowser_Controls(t *testing.T) {
	t.Parallel()
	browsertest.Need(t)
	s := newSite(t)
	tab := s.opened(browsertest.Expect("status of 400"))
	testenv.Eventually(t, "nothing is paused", func() bool { return strings.Contains(tab.Text(`#controls`), "Nothing is paused") })

	choose(tab, `#control-kind`, "handler")
	tab.Do(browsertest.Type(`#control-name`, "tea\r"), browsertest.Visible(`#control [role=alert]`))
	if text := tab.Text(`#control [role=alert]`); text != `There is no handler "tea". Choose one of the list.` {
		t.Errorf("%q", text)
	}
	if names := browsertest.Get(tab, chromedp.Evaluate[string](`[...document.querySelectorAll('#control-names option')].map((o) => o.value).join("|")`)); names != `command "flip a coin"|phrase "tea"` {
		t.Errorf("the list: %s", names)
	}
	browsertest.Get(tab, chromedp.Evaluate[string](`document.querySelector('#control-name').value = ""`))
	for _, test := range []struct{ kind, name, verb, end, row string }{
		{"handler", `phrase "tea"`, "Pause", "Resume", `Paused handler | phrase "tea"`},
		{"platform", "slack", "Pause", "Resume", "Paused platform | slack"},
		{"type", greeting, "Pause", "Resume", "Paused type | greeting"},
		{"channel", "general", "Silence", "Unsilence", "Silenced channel | general (C01GENERAL)"},
		{"person", "U1", "Ignore", "Stop ignoring", "Ignored person | U1"},
	} {
		choose(tab, `#control-kind`, test.kind)
		if text := tab.Text(`#control-set`); text != test.verb {
			t.Errorf("%s: the button is called %q", test.kind, text)
		}
		tab.Do(browsertest.Type(`#control-name`, test.name), browsertest.Type(`#control-why`, "it floods\r"), browsertest.Visible(`#controls [data-end]`))
		if got := row(tab, `#controls`); !strings.HasPrefix(got, test.row+" | ") || !strings.HasSuffix(got, " | ada | it floods | "+test.end) {
			t.Errorf("%s: %s", test.kind, got)
		}
		if s.set() == "" {
			t.Errorf("%s is not set", test.kind)
		}
		tab.Do(browsertest.Type(`#controls [data-end]`, "\r"), browsertest.Gone(`#controls [data-end]`))
		if got := s.set(); got != "" {
			t.Errorf("%s was ended, and is set: %s", test.kind, got)
		}
	}
	testenv.Eventually(t, "the audit is shown", func() bool {
		return strings.Contains(row(tab, `#audit`), "| ada | 127.0.0.1 (page) | unignore | person U1 | done")
	})

	// What another operator sets appears by itself, once it is in the audit.
	if a := func() answer { s.login(token); return s.post("controls/set", `{"kind":"type","name":"other"}`) }(); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	tab.Do(browsertest.Visible(`#controls [data-end]`))
}

// TestBrowser_QueuedEvents sees events that wait and one that is delayed, retries that, and drops
// one of the others.
func TestBrowser_QueuedEvents(t *testing.T) {
	t.Parallel()
	browsertest.Need(t)
	s := newSite(t)
	tab := s.opened()
	s.publish("Ev1", "Ev2")
	choose(tab, `#queued-type`, greeting)
	tab.Do(browsertest.Click(`#queued button[type=submit]`), browsertest.Visible(`[data-queued="waiting/drop"]`))
	if text := tab.Text(`#queued-lists`); !strings.Contains(text, "Ev1") || !strings.Contains(text, "r-Ev2") || strings.Contains(text, messageText) {
		t.Errorf("%s", text)
	}
	first := `[data-queued="waiting/drop"][aria-label$="Ev1"]`
	tab.Do(browsertest.Click(first), browsertest.Visible(`[data-queued="waiting/drop"].danger`))
	// The question stays while the page is drawn again, and Escape takes it back.
	before := browsertest.Get(tab, chromedp.Evaluate[float64](`performance.now()`))
	testenv.Eventually(t, "the page was drawn again", func() bool { return browsertest.Get(tab, chromedp.Evaluate[float64](`performance.now()`)) > before+500 })
	if text := tab.Text(first); text != "Drop permanently?" {
		t.Errorf("the button is called %q", text)
	}
	tab.Do(browsertest.Type(first, "\x1b"), browsertest.Gone(`#queued-lists .danger`))
	if n := s.stats().Depth; n != 2 {
		t.Errorf("%d events wait", n)
	}
	tab.Do(browsertest.Click(first), browsertest.Click(first), browsertest.Gone(first))
	if n := s.stats().Depth; n != 1 {
		t.Errorf("%d events wait", n)
	}
	if got := s.audited(1)[0]; !strings.HasPrefix(got, "ada 127.0.0.1 page drop: waiting greeting ") {
		t.Errorf("the audit: %s", got)
	}

	// A consumer that fails has the other one delayed for an hour.
	c, err := workqueue.NewConsumer(s.rdb, workqueue.ConsumerOptions{App: s.app, Name: "consumer.1"})
	if err != nil {
		t.Fatal(err)
	}
	seen := make(chan string, 10)
	c.Handle(greeting, func(_ context.Context, d *workqueue.Delivery) error {
		seen <- d.ID
		if d.Attempt > 1 {
			return nil
		}
		return workqueue.RetryAfter(time.Hour, errors.New("not now"))
	})
	s.background(c.Run)
	testenv.Next(t, seen)
	testenv.Eventually(t, "it is delayed", func() bool { return s.stats().Delayed == 1 })
	tab.Do(browsertest.Click(`#queued button[type=submit]`), browsertest.Visible(`[data-queued="delayed/retry"]`))
	if text := tab.Text(`#queued-lists`); !strings.Contains(text, "in 60 min") && !strings.Contains(text, "in 1 h") {
		t.Errorf("when it is due: %s", text)
	}
	tab.Do(browsertest.Type(`[data-queued="delayed/retry"]`, "\r"), browsertest.Gone(`[data-queued="delayed/retry"]`))
	if id := testenv.Next(t, seen); id != "Ev2" {
		t.Errorf("%s was retried", id)
	}
	if got := s.audited(1)[0]; !strings.HasPrefix(got, "ada 127.0.0.1 page retry now: delayed greeting ") {
		t.Errorf("the audit: %s", got)
	}
}

// TestQueuedEvents_AreGone when somebody acts on them too late.
func TestQueuedEvents_AreGone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.login(token)
	for _, path := range []string{"waiting/drop", "delayed/drop", "delayed/retry"} {
		if a := s.post(path, `{"type":"greeting","id":"1-1"}`); a.status != http.StatusNotFound || !strings.Contains(a.body, "does not wait any more") {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
		if a := s.post(path, `{"type":"nothing","id":"1-1"}`); a.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
	if a := s.do("GET", "/ops/api/queued?type=nothing", ""); a.status != http.StatusBadRequest {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// TestBrowser_Filter counts, replays and drops the dead letters that a filter selects.
func TestBrowser_Filter(t *testing.T) {
	t.Parallel()
	browsertest.Need(t)
	s := newSite(t)
	s.consume()
	tab := s.opened()
	for n := range 450 {
		s.publish(fmt.Sprintf("Ev%d", n))
	}
	testenv.Eventually(t, "all are dead letters", func() bool { return s.dead() == 450 })
	counted := func() string {
		t.Helper()
		tab.Do(browsertest.Click(`#filter button[type=submit]`), browsertest.Visible(`#filter-count`))
		text := ""
		testenv.Eventually(t, "the count", func() bool { text = tab.Text(`#filter-count`); return strings.Contains(text, "match") })
		return text
	}
	choose(tab, `#filter-reason`, "poison")
	if text := counted(); text != "0 dead letters match." {
		t.Error(text)
	}
	choose(tab, `#filter-reason`, "rejected")
	tab.Do(browsertest.Type(`#filter-error`, "CHANNEL_not"))
	if text := counted(); text != "450 dead letters match." {
		t.Error(text)
	}
	// A change of the filter needs another count, and Escape takes the question back.
	tab.Do(browsertest.Click(`#filter-drop`), browsertest.Visible(`#filter-drop.danger`), browsertest.Type(`#filter-drop`, "\x1b"), browsertest.Gone(`#filter-drop.danger`))
	tab.Do(browsertest.Type(`#filter-age`, "9"))
	if hidden := browsertest.Get(tab, chromedp.Evaluate[bool](`document.querySelector('#filter-acts').hidden`)); !hidden {
		t.Error("the buttons are for another filter")
	}
	if text := counted(); text != "0 dead letters match." {
		t.Error(text)
	}
	choose(tab, `#filter-age`, "")
	counted()
	// One that dies after the count is left alone.
	s.publish("Ev-late")
	testenv.Eventually(t, "one more is dead", func() bool { return s.dead() == 451 })
	tab.Do(browsertest.Click(`#filter-drop`), browsertest.Click(`#filter-drop.danger`))
	testenv.Eventually(t, "the result", func() bool { return tab.Text(`#filter-count`) == "450 of 450 were dropped." })
	if n := s.dead(); n != 1 {
		t.Errorf("%d dead letters are left", n)
	}
	if got := s.audited(1)[0]; got != `ada 127.0.0.1 page drop: dead letters reason rejected, error with "CHANNEL_not": done` {
		t.Errorf("the audit: %s", got)
	}
	testenv.Eventually(t, "the count in the audit is shown", func() bool { return strings.Contains(row(tab, `#audit`), "450 in all") })

	close(s.repaired)
	choose(tab, `#filter-type`, greeting)
	if text := counted(); text != "1 dead letter matches." {
		t.Error(text)
	}
	tab.Do(browsertest.Type(`#filter-replay`, "\r"), browsertest.Type(`#filter-replay.danger`, "\r"))
	testenv.Eventually(t, "it is replayed and handled", func() bool { return s.dead() == 0 && s.stats().Depth == 0 })
}

func TestFilter_NeedsACount(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.login(token)
	for _, path := range []string{"dead/replay-many", "dead/drop-many"} {
		if a := s.post(path, `{"type":"greeting"}`); a.status != http.StatusBadRequest || !strings.Contains(a.body, "Count them first.") {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
	if a := s.post("dead/count", `{"type":"nothing"}`); a.status != http.StatusBadRequest {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// TestBrowser_Outcomes watches what becomes of events.
func TestBrowser_Outcomes(t *testing.T) {
	t.Parallel()
	browsertest.Need(t)
	s := newSite(t)
	s.consume()
	s.publish("Ev0")
	testenv.Eventually(t, "an earlier one is a dead letter", func() bool { return s.dead() == 1 })
	tab := s.opened()
	tab.Do(browsertest.Click(`#tail-toggle`))
	testenv.Eventually(t, "nothing yet", func() bool { return strings.Contains(tab.Text(`#tail`), "None yet.") })
	s.publish("Ev1")
	testenv.Eventually(t, "it failed", func() bool { return strings.Contains(row(tab, `#tail`), "| greeting | Ev1 | dead | 1 |") })
	close(s.repaired)
	s.publish("Ev2")
	testenv.Eventually(t, "the next is handled", func() bool { return strings.Contains(row(tab, `#tail`), "| greeting | Ev2 | handled | 1 |") })
	text := tab.Text(`#tail`)
	if strings.Contains(text, "Ev0") || strings.Count(text, "Ev1") != 1 || !strings.Contains(text, "channel_not_found") || strings.Contains(text, messageText) {
		t.Errorf("%s", text)
	}
	tab.Do(browsertest.Click(`#tail-failed`))
	testenv.Eventually(t, "only the failed one", func() bool {
		return !strings.Contains(tab.Text(`#tail`), "Ev2") && strings.Contains(tab.Text(`#tail`), "Ev1")
	})
	tab.Do(browsertest.Click(`#tail-toggle`))
	if text := tab.Text(`#tail-toggle`); text != "Watch" {
		t.Errorf("the button is called %q", text)
	}
}

// TestBrowser_HistoryOfAnEvent looks for one that died, by its id, and for the same by its
// request, once it was replayed and handled.
func TestBrowser_HistoryOfAnEvent(t *testing.T) {
	t.Parallel()
	browsertest.Need(t)
	s := newSite(t)
	s.consume()
	s.publish("Ev1", "Ev2")
	testenv.Eventually(t, "they are dead letters", func() bool { return s.dead() == 2 })
	tab := s.opened(browsertest.Expect("status of 400"))
	tab.Do(browsertest.Type(`#event-name`, "Ev1\r"), browsertest.Visible(`#event-history td`))
	text := tab.Text(`#event-history`)
	if !strings.Contains(text, "dead") || !strings.Contains(text, "rejected: reply in C01GENERAL: channel_not_found") || strings.Contains(text, "Ev2") || strings.Contains(text, messageText) {
		t.Errorf("%s", text)
	}
	if got := row(tab, `#event-history`); !strings.Contains(got, "| greeting | Ev1 | dead | 1 |") {
		t.Errorf("its outcome: %s", got)
	}
	close(s.repaired)
	for n, letter := range strings.Fields(browsertest.Get(tab, chromedp.Evaluate[string](`[...document.querySelectorAll('[data-letter]')].map((e) => e.dataset.letter.split("/")[1]).join(" ")`))) {
		if a := func() answer { s.login(token); return s.post("dead/replay", `{"type":"greeting","id":"`+letter+`"}`) }(); a.status != http.StatusOK {
			t.Errorf("letter %d: %d %s", n, a.status, a.body)
		}
	}
	testenv.Eventually(t, "they are handled", func() bool { return s.dead() == 0 && s.stats().Depth == 0 })
	choose(tab, `#event-name`, "")
	tab.Do(browsertest.Type(`#event-name`, "r-Ev1\r"))
	testenv.Eventually(t, "both outcomes", func() bool {
		text := tab.Text(`#event-history`)
		return strings.Contains(text, "It is not on the queue.") && strings.Count(text, "Ev1") == 2 && strings.Contains(text, "handled")
	})
	choose(tab, `#event-name`, "")
	tab.Do(browsertest.Type(`#event-name`, "https://example.com/\r"), browsertest.Visible(`#event [role=alert]`))
	if text := tab.Text(`#event [role=alert]`); text != "Write the id of an event or of a request, or the link of a message. This is no link of a message." {
		t.Errorf("%q", text)
	}
}
