package ops_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/internal/test/browsertest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// opened opens the page and logs in.
func (s *site) opened(options ...browsertest.Option) browsertest.Tab {
	s.Helper()
	tab := browsertest.Open(s, s.url+"/ops/", 1280, 1000, options...)
	tab.Do(browsertest.Type(`#name`, "ada"), browsertest.Type(`#token`, token+"\r"), browsertest.Visible(`#status[data-live="true"]`), browsertest.Visible(`[data-type="greeting"]`))
	return tab
}

func line(series string) string { return `[data-type="greeting"] path[data-series="` + series + `"]` }

// drawn returns the line of a chart.
func drawn(tab browsertest.Tab, series string) string {
	tab.Helper()
	return browsertest.Get(tab, chromedp.Evaluate[string](`document.querySelector('`+line(series)+`').getAttribute('d')`))
}

// TestBrowser_OperatorReplaysADeadLetter logs in, sees events fail, reads the error, repairs
// the handler, and replays one dead letter and drops another.
func TestBrowser_OperatorReplaysADeadLetter(t *testing.T) {
	t.Parallel()
	browsertest.Need(t)
	s := newSite(t)
	s.consume()
	tab := browsertest.Open(t, s.url+"/ops/", 1280, 1000, browsertest.Expect("status of 401"))
	tab.Do(
		browsertest.Type(`#name`, "ada"),
		browsertest.Type(`#token`, "a-token-that-nobody-was-ever-given\r"),
		browsertest.Visible(`#wrong`),
	)
	tab.Do(browsertest.Type(`#token`, token), browsertest.Click(`.login button`), browsertest.Visible(`#status[data-live="true"]`))

	s.publish("Ev1", "Ev2")
	tab.Do(browsertest.Visible(`details[data-letter] + details[data-letter]`), browsertest.Visible(`#failures td code`))
	if text := tab.Text(`#failures tbody tr`); !strings.Contains(text, "channel_not_found") {
		t.Errorf("the latest failure: %q", text)
	}

	// Texts of people are hidden until an operator shows them, here with the keyboard.
	tab.Do(browsertest.Type(`details[data-letter] > summary`, "\r"), browsertest.Visible(`details[open] pre`))
	if payload := tab.Text(`details[open] pre`); strings.Contains(payload, messageText) || !strings.Contains(payload, "[hidden: ") {
		t.Errorf("the payload: %s", payload)
	}
	tab.Do(browsertest.Type(`details[open] [data-action="text"]`, "\r"))
	testenv.Eventually(t, "the text is shown", func() bool { return strings.Contains(tab.Text(`details[open] pre`), messageText) })

	close(s.repaired)
	tab.Do(browsertest.Type(`details[open] [data-action="replay"]`, "\r"), browsertest.Gone(`details[data-letter] + details[data-letter]`))
	testenv.Eventually(t, "it is handled", func() bool { stats := s.stats(); return stats.Dead == 1 && stats.Depth == 0 })
	if message := browsertest.Get(tab, chromedp.Evaluate[string](`document.querySelector('#message').textContent`)); message != "Replayed." {
		t.Errorf("a screen reader reads %q", message)
	}
	if focus := browsertest.Get(tab, chromedp.Evaluate[string](`document.activeElement.id`)); focus != "dead-title" {
		t.Errorf("the focus is on %q", focus)
	}

	// Dropping one needs a confirmation.
	tab.Do(browsertest.Click(`details[data-letter] > summary`), browsertest.Click(`details[open] [data-action="drop"]`), browsertest.Visible(`details[open] .danger`))
	tab.Do(browsertest.Type(`details[open] .danger`, "\x1b"), browsertest.Gone(`.danger`))
	if s.dead() != 1 {
		t.Error("it was dropped at once")
	}
	tab.Do(browsertest.Click(`details[open] [data-action="drop"]`), browsertest.Click(`details[open] .danger`), browsertest.Gone(`details[data-letter]`))
	testenv.Eventually(t, "it is gone", func() bool { return s.dead() == 0 })

	tab.Do(browsertest.Click(`#logout`), browsertest.Visible(`#token`))
}

// TestBrowser_ChartMoves watches the lines change with the queue.
func TestBrowser_ChartMoves(t *testing.T) {
	t.Parallel()
	browsertest.Need(t)
	s := newSite(t)
	close(s.repaired)
	tab := s.opened()
	flat := func(d string) bool { return !strings.Contains(d, " 4.") } // nothing is near the top
	testenv.Eventually(t, "the line is drawn", func() bool { return strings.Contains(drawn(tab, "depth"), "L") })
	if d := drawn(tab, "depth"); !flat(d) {
		t.Errorf("nothing is on the queue: %s", d)
	}
	s.publish("Ev1", "Ev2", "Ev3", "Ev4", "Ev5")
	testenv.Eventually(t, "five events are on the queue", func() bool {
		return strings.Contains(tab.Text(`[data-type="greeting"] [data-figure="depth"]`), "5") && !flat(drawn(tab, "depth"))
	})
	s.consume()
	testenv.Eventually(t, "they are handled, and their waiting time is drawn", func() bool {
		return strings.Contains(tab.Text(`[data-type="greeting"] [data-figure="handled"]`), "5/min") && drawn(tab, "p99") != ""
	})
	if consumers := tab.Text(`#consumers tbody`); !strings.Contains(consumers, "consumer.1-") {
		t.Errorf("the consumers: %s", consumers)
	}
}

// TestBrowser_ShowsUnanswered has a gateway refuse events, and a consumer discard others
// as too old.
func TestBrowser_ShowsUnanswered(t *testing.T) {
	t.Parallel()
	browsertest.Need(t)
	s := newSite(t)
	tab := s.opened()
	testenv.Eventually(t, "none", func() bool { return strings.Contains(tab.Text(`#summary`), "Unanswered in 24 h: refused\n0") })
	s.background(func(ctx context.Context) error {
		presence.NewTally(s.rdb, s.app, func() []presence.Unanswered {
			return []presence.Unanswered{{Type: greeting, Refused: 3, TooOld: 1200}, {Type: "other", TooOld: 34}}
		}, zerolog.Nop()).Run(ctx)
		return nil
	})
	testenv.Eventually(t, "the sums of all types", func() bool {
		text := tab.Text(`#summary`)
		return strings.Contains(text, "Unanswered in 24 h: refused\n3") && strings.Contains(text, "Unanswered in 24 h: too old\n1,234")
	})
	if text := tab.Text(`[data-type="greeting"] .facts`); !strings.Contains(text, "3 refused in 24 h") || !strings.Contains(text, "1,200 too old in 24 h") {
		t.Errorf("of the type: %q", text)
	}
}

// TestBrowser_ShowsGateways registers a gateway with sockets, of which one is lost, and one
// that takes HTTP alone.
func TestBrowser_ShowsGateways(t *testing.T) {
	t.Parallel()
	browsertest.Need(t)
	s := newSite(t)
	tab := s.opened()
	testenv.Eventually(t, "no gateway", func() bool { return strings.Contains(tab.Text(`#gateways`), "No gateway is registered.") })
	if text := tab.Text(`#summary`); strings.Contains(text, "Sockets open") {
		t.Errorf("the summary without sockets: %q", text)
	}

	member := func(role, name string) *presence.Member {
		return presence.NewMember(s.rdb, presence.Options{
			App: s.app, Instance: presence.Instance{Role: role, Name: name, Environment: "testing", Commit: "0a1b2c3d4e5f60718293", Started: time.Now()}, TTL: testenv.Timeout, Log: zerolog.Nop(),
		})
	}
	var open atomic.Int64
	open.Store(2)
	sockets := member("gateway", "web.1")
	sockets.Sockets(func() presence.Sockets { return presence.Sockets{Wanted: 2, Open: int(open.Load()), Connections: 3} })
	beat := func(members ...*presence.Member) {
		for _, m := range members {
			if err := m.Beat(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	beat(sockets, member("gateway", "web.2"), member("consumer", "consumer.1"))
	testenv.Eventually(t, "the sockets", func() bool { return strings.Contains(tab.Text(`#summary`), "Sockets open\n2 of 2") })
	var rows []string
	testenv.Eventually(t, "both gateways", func() bool {
		rows = strings.Split(strings.TrimSpace(tab.Text(`#gateways tbody`)), "\n")
		return len(rows) == 2
	})
	if !regexp.MustCompile(`^web\.1-\S+\s0a1b2c3d4e5f\s.*\s2 of 2\s+3$`).MatchString(rows[0]) || !regexp.MustCompile(`^web\.2-\S+\s0a1b2c3d4e5f\s.*\snone: HTTP\s+–$`).MatchString(rows[1]) {
		t.Errorf("the gateways: %q", rows)
	}
	tab.Do(browsertest.Gone(`#gateways .bad`))
	open.Store(1)
	beat(sockets)
	tab.Do(browsertest.Visible(`#gateways .bad`))
	if text := tab.Text(`#summary .bad`); !strings.Contains(text, "1 of 2") {
		t.Errorf("the summary: %q", text)
	}

	// One gateway reads another platform for all.
	leader, other := member("gateway", "web.3"), member("gateway", "web.4")
	leader.Feed("sharkfin", func() presence.Feed {
		return presence.Feed{Leads: true, Wanted: 2, Open: 1, Channels: 12, Problem: "a socket is closed"}
	})
	other.Feed("sharkfin", func() presence.Feed { return presence.Feed{} })
	beat(leader, other)
	for _, want := range []string{"sharkfin: 12 channels, 1 of 2 sockets; a socket is closed", "sharkfin: stands by"} {
		testenv.Eventually(t, want, func() bool { return strings.Contains(tab.Text(`#gateways`), want) })
	}
}

// TestBrowser_OtherSitesCannotAct opens a page of another site in the browser of an
// operator who is logged in. That page tries to drop a dead letter.
func TestBrowser_OtherSitesCannotAct(t *testing.T) {
	t.Parallel()
	browsertest.Need(t)
	s := newSite(t)
	s.consume()
	s.publish("Ev1")
	tab := s.opened(browsertest.Expect("status of 403"), browsertest.Expect("status of 404")) // the refusal has no icon
	tab.Do(browsertest.Visible(`details[data-letter]`))
	_, id, _ := strings.Cut(browsertest.Get(tab, chromedp.Evaluate[string](`document.querySelector('details').dataset.letter`)), "/")

	// localhost is another site than 127.0.0.1.
	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `<!doctype html><title>prizes</title><link rel="icon" href="data:,"><form method="post" enctype="text/plain" action="%s/ops/api/dead/drop">
			<input name='{"type":"greeting","id":"%s","x":"' value='"}'><button id="win">You have won</button></form>`, s.url, id)
	}))
	t.Cleanup(evil.Close)
	tab.Do(
		chromedp.Navigate(strings.Replace(evil.URL, "127.0.0.1", "localhost", 1)),
		browsertest.Click(`#win`),
		browsertest.Gone(`#win`),
	)
	testenv.Eventually(t, "the request is refused", func() bool { return strings.Contains(s.log.String(), "came from another site") })
	if s.dead() != 1 {
		t.Error("it was dropped")
	}
}
