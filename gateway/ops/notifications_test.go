package ops_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/gateway/ops"
	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/internal/test/browsertest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// notifies makes a site that of a deployment with a notification API.
func notifies(o *ops.Options) { o.Notifications = true }

// failed is a message that was not posted.
var failed = presence.Unsent{
	At: time.Now(), RequestID: "mfzxk4tbnrwc2zdboj2gk43dma", State: "failed", Code: "is_archived", Error: "post a message: is_archived", Chat: "old-alerts", KeyName: "ci",
}

// notifier counts as a consumer does until the test ends.
func (s *site) notifier() *presence.Notifier {
	n := presence.NewNotifier(s.rdb, s.app, zerolog.Nop())
	s.background(func(ctx context.Context) error { n.Run(ctx); return nil })
	return n
}

// row returns the cells of the first row of a table, with a bar between.
func row(tab browsertest.Tab, table string) string {
	tab.Helper()
	return strings.Join(strings.Fields(strings.ReplaceAll(tab.Text(table+` tbody tr`), "\t", " | ")), " ")
}

// TestBrowser_ShowsNotifications has two consumers post messages and run callback rules.
func TestBrowser_ShowsNotifications(t *testing.T) {
	t.Parallel()
	browsertest.Need(t)
	s := newSite(t, notifies)
	tab := s.opened()
	tab.Do(browsertest.Visible(`#notifications`))
	testenv.Eventually(t, "nothing was sent", func() bool {
		text := tab.Text(`#notifications`)
		return strings.Contains(text, "No messages in the last 24 hours.") && strings.Contains(text, "None in the last week.") && strings.Contains(text, "No runs in the last 24 hours.")
	})
	if text := tab.Text(`#summary`); !strings.Contains(text, "Messages not posted in 24 h\n0") {
		t.Errorf("the summary: %q", text)
	}
	tab.Do(browsertest.Gone(`#notifications .bad`))

	one, other := s.notifier(), s.notifier()
	for range 1200 {
		one.Ended("slack", "sent")
		one.Posted("slack", 80*time.Millisecond)
	}
	for range 34 {
		other.Ended("slack", "sent")
		other.Posted("slack", time.Hour)
	}
	other.Ended("slack", "retrying")
	other.Ended("slack", "failed")
	other.Failed(failed)
	one.Ran("joins", "ok")
	other.Ran("joins", "timeout")
	testenv.Eventually(t, "the sums of both", func() bool { return strings.HasPrefix(row(tab, `#sends`), "slack | 1,234 | 1 | 1 | 0 | 0 | 0 | 0 | ") })
	if got := row(tab, `#sends`); !strings.HasSuffix(got, " ms | over 5 min") {
		t.Errorf("the messages: %s", got)
	}
	testenv.Eventually(t, "the summary counts what failed", func() bool { return strings.Contains(tab.Text(`#summary`), "Messages not posted in 24 h\n1") })
	if got := row(tab, `#unsent`); !strings.HasSuffix(got, "| failed | mfzxk4tbnrwc2zdboj2gk43dma | old-alerts | ci | is_archived | post a message: is_archived") {
		t.Errorf("the latest: %s", got)
	}
	testenv.Eventually(t, "the rules of both", func() bool { return row(tab, `#rules`) == "joins | 1 | 0 | 1 | 0 | 0 | 0 | 0" })
	if bad := tab.Text(`#rules .bad`); bad != "1" {
		t.Errorf("bad: %q", bad)
	}
}

// TestBrowser_HidesNotifications that the deployment does not have.
func TestBrowser_HidesNotifications(t *testing.T) {
	t.Parallel()
	browsertest.Need(t)
	s := newSite(t)
	n := s.notifier()
	n.Failed(failed)
	n.Ended("slack", "failed")
	tab := s.opened()
	if !browsertest.Get(tab, chromedp.Evaluate[bool](`document.querySelector('#notifications').hidden`)) {
		t.Error("the section is shown")
	}
	if text := tab.Text(`#summary`); strings.Contains(text, "not posted") {
		t.Errorf("the summary: %q", text)
	}
}
