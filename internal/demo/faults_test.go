package demo_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/demo"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/browsertest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// broken breaks a demo, and ends that as soon as while is true and it says something.
func broken(t *testing.T, fault string, sockets bool, while func(*viewer) bool) *viewer {
	t.Helper()
	url, _ := startWith(t, func(o *demo.Options) {
		o.Sockets = sockets
		o.Log = o.Log.Level(6) // it fails on purpose
	})
	v := view(t, url)
	v.post("fault/begin", map[string]string{"fault": fault, "as": "U01ADA", "channel": "C08RANDOM"})
	testenv.Eventually(t, "the fault "+fault, func() bool { f := v.fault(fault); return !f.Ends.IsZero() && f.Status != "" && while(v) })
	v.post("fault/end", map[string]string{"fault": fault})
	testenv.Eventually(t, "the recovery from "+fault, func() bool { return strings.HasPrefix(v.fault(fault).Status, "Recovered: ") })
	if f := v.fault(fault); !f.Ends.IsZero() {
		t.Errorf("it is over, and ends at %v", f.Ends)
	}
	return v
}

// journey returns the journey of Ada's message, and fails unless the bot has answered it once.
func (v *viewer) journey() slacksim.Journey {
	v.Helper()
	said := v.in("C08RANDOM")
	if len(said["U01ADA"]) != 1 || len(said[slacksim.BotUserID]) != 1 || said["U01ADA"][0].Journey == nil {
		v.Fatalf("said: %+v", said)
	}
	return *said["U01ADA"][0].Journey
}

// said returns the journey of Ada's message so far, nil if it has not begun.
func (v *viewer) said() *slacksim.Journey {
	if said := v.in("C08RANDOM")["U01ADA"]; len(said) > 0 {
		return said[0].Journey
	}
	return nil
}

func begun(*viewer) bool   { return true }
func noted(v *viewer) bool { j := v.said(); return j != nil && len(j.Notes) > 0 }

func TestFaults_BotRecovers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		fault   string
		sockets bool
		while   func(*viewer) bool
		notes   []string
	}{
		{"consumer", false, begun, []string{"the consumer was killed while it answered", "another consumer took it over"}},
		{"redis", false, func(v *viewer) bool { j := v.said(); return j != nil && j.Outcome == "refused: 503" }, []string{"Redis was paused", "Slack sent it 2 times until it was accepted"}},
		{"limit", false, noted, []string{"postponed by 5s"}},
		{"twice", false, noted, []string{"Slack sent it again", "the gateway knew it already"}},
		{"twice", true, noted, []string{"Slack sent it again", "the gateway knew it already"}},
		{"slow", false, func(v *viewer) bool { return v.said().Reached(slacksim.Replied) }, nil},
	} {
		t.Run(test.fault, func(t *testing.T) {
			t.Parallel()
			v := broken(t, test.fault, test.sockets, test.while)
			testenv.Eventually(t, "the notes", func() bool {
				return !slices.ContainsFunc(test.notes, func(note string) bool { return !slices.Contains(v.journey().Notes, note) })
			})
			j := v.journey()
			for _, step := range []string{slacksim.Accepted, slacksim.Queued, slacksim.Taken, slacksim.Replied, slacksim.Handled} {
				if !j.Reached(step) {
					t.Errorf("the journey has no step %s: %+v", step, j)
				}
			}
			if test.fault == "slow" && j.Duration().Seconds() < 6 {
				t.Errorf("handled after %v", j.Duration())
			}
		})
	}
}

func TestFaults_Burst(t *testing.T) {
	t.Parallel()
	url, _ := start(t)
	v := view(t, url)
	v.post("fault/begin", map[string]string{"fault": "burst", "as": "U01ADA", "channel": "C08RANDOM"})
	testenv.Eventually(t, "the end of the burst", func() bool { return strings.HasPrefix(v.fault("burst").Status, "1000 sent and handled") })
	end := view(t, url).in("C08RANDOM") // the first view may have been too slow
	if len(end["U01ADA"]) != 1000 || len(end[slacksim.BotUserID]) != 100 {
		t.Errorf("%d messages, and %d answers", len(end["U01ADA"]), len(end[slacksim.BotUserID]))
	}
	for _, m := range end["U01ADA"] {
		if !m.Journey.Reached(slacksim.Handled) {
			t.Errorf("not handled: %+v", m)
		}
	}
}

// TestFaults_EndWithTheDemo stops a demo while its consumer is dead and Redis is paused.
func TestFaults_EndWithTheDemo(t *testing.T) {
	t.Parallel()
	url, stop := startWith(t, func(o *demo.Options) { o.Log = o.Log.Level(6) })
	v := view(t, url)
	for _, fault := range []string{"consumer", "redis"} {
		v.post("fault/begin", map[string]string{"fault": fault, "as": "U01ADA", "channel": "C08RANDOM"})
		testenv.Eventually(t, fault, func() bool { return v.fault(fault).Status != "" })
	}
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	if err := testenv.Next(t, stopped); err != nil {
		t.Error(err)
	}
}

// TestBrowser_BreakIt kills the consumer on the page, and watches the journey.
func TestBrowser_BreakIt(t *testing.T) {
	t.Parallel()
	browsertest.Need(t)
	url, _ := startWith(t, func(o *demo.Options) { o.Log = o.Log.Level(6) })
	page := open(t, url, 1280, 800)
	kill := `#faults [data-fault="consumer"]`
	page.Do(click(`#show-faults`), click(kill+` [data-does="begin"]`), visible(kill+` [data-does="end"]`), visible(kill+` .left`))
	shows(t, page, kill, "The consumer is dead.")
	shows(t, page, kill+` button`, "Restart the consumer")
	page.Do(gone(fromBot), click(kill+` [data-does="end"]`), visible(fromBot))
	shows(t, page, kill, "Recovered: ")
	shows(t, page, `li[data-user="U01ADA"] .journey`, "another consumer took it over")
	page.Do(gone(fromBot+` ~ `+fromBot), click(`#faults-close`))
	eventually(t, page, focused(`#show-faults`))
}
