package ops_test

import (
	"fmt"
	"testing"

	"github.com/gobridge/gopherbot/internal/control"
	"github.com/gobridge/gopherbot/internal/test/browsertest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestBrowser_Accessible has axe-core look at the login and at the page, with a dead letter that is
// open and about to be dropped, pages, controls, events that wait, a filter, outcomes, the audit,
// and the notification API, in light, dark, on a phone and at 200 %.
func TestBrowser_Accessible(t *testing.T) {
	t.Parallel()
	browsertest.Need(t)
	browsertest.NeedAxe(t)
	s := newSite(t, notifies)
	s.consume()
	n := s.notifier()
	n.Failed(failed)
	n.Ran("joins", "timeout")
	n.Ended("slack", "failed")
	tab := browsertest.Open(t, s.url+"/ops/", 1280, 800, browsertest.Expect("status of 401"), browsertest.Expect("status of 400"))
	tab.Do(browsertest.Type(`#name`, "ada"), browsertest.Type(`#token`, "a-token-that-nobody-was-ever-given\r"), browsertest.Visible(`#wrong`))
	tab.InEachWindow(func(_ browsertest.Window, name string) { tab.Accessible(name + ": the login") })

	if _, _, err := control.New(s.rdb, s.app).Set(t.Context(), control.Control{Kind: control.Person, Name: "U1", By: "bob", Why: "floods"}); err != nil {
		t.Fatal(err)
	}
	s.publishAs("other", "Ev1")
	for n := range 21 {
		s.publish(fmt.Sprintf("Ev%d", n))
	}
	tab.Do(browsertest.Type(`#token`, token+"\r"), browsertest.Visible(`#status[data-live="true"]`), browsertest.Visible(`details[data-letter]`), browsertest.Visible(`#dead .pages`), browsertest.Visible(`#audit td`),
		browsertest.Visible(`#failures td code`), browsertest.Visible(`#unsent td code`), browsertest.Click(`details[data-letter] > summary`), browsertest.Click(`details[open] [data-action="drop"]`),
		browsertest.Visible(`details[open] .danger`))
	choose(tab, `#queued-type`, "other")
	tab.Do(browsertest.Click(`#queued button[type=submit]`), browsertest.Visible(`[data-queued="waiting/drop"]`), browsertest.Click(`#tail-toggle`), browsertest.Visible(`#tail p`),
		browsertest.Type(`#control-name`, "nothing\r"), browsertest.Visible(`#control [role=alert]`), browsertest.Click(`#filter button[type=submit]`), browsertest.Visible(`#filter-drop`),
		browsertest.Click(`details[open] [data-action="drop"]`), browsertest.Visible(`details[open] .danger`))
	testenv.Eventually(t, "the line is drawn", func() bool { return drawn(tab, "depth") != "" })
	tab.InEachWindow(func(_ browsertest.Window, name string) { tab.Accessible(name + ": the page") })
}
