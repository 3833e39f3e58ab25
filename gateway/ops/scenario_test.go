package ops_test

import (
	"context"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/gobridge/gopherbot/gateway/ops"
	"github.com/gobridge/gopherbot/internal/audit"
	"github.com/gobridge/gopherbot/internal/control"
	"github.com/gobridge/gopherbot/internal/login"
	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/internal/test/browsertest"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/workqueue"
)

// scene is a made-up deployment, for screenshots of ten minutes without waiting for
// them: a busy community, and an outage of Slack that delayed events and made a few of
// them dead letters.
type scene struct {
	ops.Queue // what nobody does in a picture

	now    time.Time
	begin  time.Time
	random *rand.Rand
	types  []sceneType
}

// sceneType is what happens with the events of one type.
type sceneType struct {
	name  string
	rate  float64 // events in a second
	depth float64
	dead  int64
	done  workqueue.HandleCounts
}

const sceneStep = 2 * time.Second

// play has the page take the samples of the last ten minutes.
func (s *scene) play(ctx context.Context, page *ops.Page, until time.Time) {
	for s.now = s.begin; !s.now.After(until); s.now = s.now.Add(sceneStep) {
		slow := s.outage()
		for i := range s.types {
			t := &s.types[i]
			minutes := s.now.Sub(s.begin).Minutes()
			arriving := t.rate * sceneStep.Seconds() * (1 + 0.5*math.Sin(minutes*1.7+float64(i)) + 0.3*s.random.Float64())
			handled := min(t.depth+arriving, t.rate*sceneStep.Seconds()*3/slow)
			t.depth = max(0, t.depth+arriving-handled)
			s.handle(t, handled, slow)
		}
		page.Sample(ctx, s.now)
	}
	s.now = until
}

// outage says by how much everything takes longer: it is about four minutes ago.
func (s *scene) outage() float64 {
	since := s.now.Sub(s.begin).Minutes() - 5.2
	if since < 0 || since > 0.9 {
		return 1
	}
	return 1 + 8*math.Sin(since/0.9*math.Pi)
}

func (s *scene) handle(t *sceneType, handled, slow float64) {
	for range int(handled) {
		wait := time.Duration((4 + 3*s.random.ExpFloat64()) * slow * slow * float64(time.Millisecond))
		i, _ := slices.BinarySearch(workqueue.HistogramBounds(), wait)
		t.done.Wait.Counts[i]++
		t.done.Acked++
	}
}

func (s *scene) Stats(context.Context, ...string) ([]workqueue.Stats, error) {
	var list []workqueue.Stats
	for _, t := range s.types {
		list = append(list, workqueue.Stats{Type: t.name, Depth: int64(t.depth), Pending: min(int64(t.depth), 8), Dead: t.dead, Consumers: 2})
	}
	return list, nil
}

func (s *scene) Instances(context.Context) ([]presence.Instance, error) {
	of := func(role, name, id string, sockets *presence.Sockets) presence.Instance {
		return presence.Instance{Role: role, Name: name, ID: id, Commit: "3f2a91c0b7d4e85f6a12", Started: s.begin.Add(-26 * time.Hour), Sockets: sockets}
	}
	return []presence.Instance{
		of("bgtasks", "bgtasks.1", "h2m8t5ya", nil), of("consumer", "consumer.1", "k3v7q2ma", nil), of("consumer", "consumer.2", "x8d4r1ez", nil),
		of("gateway", "web.1", "c6n3w9ud", &presence.Sockets{Wanted: 1, Open: 1, Connections: 2}),
		of("gateway", "web.2", "j5f7b2oq", &presence.Sockets{Wanted: 1, Open: 1, Connections: 2}),
	}, nil
}

func (s *scene) Consumers(context.Context) ([]presence.Consumer, error) {
	var list []presence.Consumer
	for n, name := range []string{"consumer.1-k3v7q2ma", "consumer.2-x8d4r1ez"} {
		v := presence.Consumer{Name: name, Started: s.begin.Add(-26 * time.Hour), At: s.now}
		if n == 0 {
			for _, t := range s.types {
				t.done.Type = t.name
				v.Counts = append(v.Counts, t.done)
			}
		} else {
			v.Counts = []workqueue.HandleCounts{{Type: s.types[0].name, Acked: 181_402, Retried: 3}}
		}
		list = append(list, v)
	}
	return list, nil
}

func (s *scene) Unanswered(context.Context) ([]presence.Unanswered, error) {
	return []presence.Unanswered{{Type: s.types[0].name, TooOld: 4}}, nil
}

func (s *scene) Notifications(context.Context, int) (presence.Notifications, error) {
	slack := presence.BotNotifications{Bot: "slack", States: map[string]int64{"sent": 1934, "retrying": 21, "failed": 1, "superseded": 6}}
	slack.Wait.Counts[6], slack.Wait.Counts[7], slack.Wait.Counts[9], slack.Wait.Counts[13] = 1204, 688, 21, 21
	return presence.Notifications{
		Bots:  []presence.BotNotifications{slack},
		Rules: []presence.RuleRuns{{Rule: "joins-to-crm", Outcomes: map[string]int64{"ok": 212, "error": 2}}},
		Unsent: []presence.Unsent{{
			At: s.now.Add(-52 * time.Minute), RequestID: "mfzxk4tbnrwc2zdboj2gk43dma", State: "failed", Code: "is_archived", Chat: "old-alerts", KeyName: "ci",
			Error: "post a message: is_archived: unarchive the channel, or name another",
		}},
	}, nil
}

func (s *scene) Failures(context.Context, int) ([]presence.Failure, error) {
	at := func(ago time.Duration) time.Time { return s.now.Add(-ago) }
	return []presence.Failure{
		{At: at(4 * time.Minute), Type: s.types[0].name, EventID: "Ev08PQ3M7K2A", Attempt: 1, Error: `command "flip a coin": reply in C01GENERAL: slack server error: 503 Service Unavailable`},
		{At: at(4*time.Minute + 9*time.Second), Type: s.types[0].name, EventID: "Ev08PQ3M6Z1R", Attempt: 2, Error: `command "help": rejected: reply in C07ARCHIVE: is_archived`},
	}, nil
}

func (s *scene) ListDeadLetters(_ context.Context, eventType, _ string, _ int) ([]workqueue.DeadLetter, error) {
	if eventType != s.types[0].name {
		return nil, nil
	}
	return []workqueue.DeadLetter{{
		Event: workqueue.Event{Type: eventType, ID: "Ev08PQ3M6Z1R", RequestID: "7f0c1d52-8a41", Payload: []byte(`{"type":"message","channel":"C07ARCHIVE","user":"U01ADA","ts":"1763721631.000200","text":"@gopher help"}`)},
		ID:    "1763721631443-0", Reason: "rejected", Attempts: 2, Error: `command "help": rejected: reply in C07ARCHIVE: is_archived`,
		QueuedAt: s.now.Add(-4*time.Minute - 12*time.Second), DeadAt: s.now.Add(-4*time.Minute - 9*time.Second),
	}}, nil
}

func (s *scene) jobs(context.Context) (ops.Jobs, error) {
	job := func(name string, ago, in time.Duration, runs int64) ops.Job {
		return ops.Job{Name: name, Last: s.now.Add(-ago), Next: s.now.Add(in), Result: "ok", Runs: runs}
	}
	return ops.Jobs{Leader: "bgtasks.1", Jobs: []ops.Job{
		job("channel-directory", 3*time.Minute, 7*time.Minute, 1204), job("gerrit", time.Minute, time.Minute, 9120),
		job("go-releases", 8*time.Minute, 2*time.Minute, 1811), job("housekeeping", 20*time.Minute, 40*time.Minute, 301),
	}}, nil
}

// TestScreenshots draws the pictures for the docs, into the folder that
// GOPHER_SCREENSHOTS names, and otherwise nowhere. The page fits on a phone.
func TestScreenshots(t *testing.T) {
	t.Parallel()
	browsertest.Need(t)
	now := time.Now()
	sc := &scene{begin: now.Add(-10 * time.Minute), random: rand.New(rand.NewPCG(1, 2)), types: []sceneType{
		{name: "message_public", rate: 6, dead: 1}, {name: "message_private", rate: 1.5}, {name: "team_join", rate: 0.7},
	}}
	rdb, app := redistest.New(t)
	page, err := ops.New(ops.Options{
		Tokens: []string{token}, Login: login.New(rdb, app, []string{token}), Audit: audit.New(rdb, app), Controls: control.New(rdb, app), Targets: targets,
		Version: "v1.2.0, commit 3f2a91c, go1.26.4 linux/amd64", App: "gopherbot", Types: []string{"message_public", "message_private", "team_join"},
		Queue: sc, Presence: sc, Jobs: sc.jobs, Notifications: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	sc.play(t.Context(), page, now)
	mux := http.NewServeMux()
	mux.Handle("/ops/", page)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)

	for _, view := range []struct {
		name    string
		open    func() browsertest.Tab
		dark    bool
		resized browsertest.Action
	}{
		{"ops.png", func() browsertest.Tab { return browsertest.Open(t, server.URL+"/ops/", 1280, 1000) }, false,
			chromedp.EmulateViewport(1280, 1870)},
		{"ops-phone.png", func() browsertest.Tab { return browsertest.Open(t, server.URL+"/ops/", 500, 1000, browsertest.Dark) }, true,
			chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile)},
	} {
		tab := view.open()
		tab.Do(view.resized, browsertest.Type(`#name`, "ada"), browsertest.Type(`#token`, token+"\r"), browsertest.Click(`summary`), browsertest.Visible(`details[open] pre`), browsertest.Visible(`#jobs table`))
		// What reaches beyond the window's edge.
		const beyond = `[...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.outerHTML.slice(0, 80)).join("\n")`
		if wide := browsertest.Get(tab, chromedp.Evaluate[string](beyond)); wide != "" {
			t.Errorf("%s: beyond the window's edge:\n%s", view.name, wide)
		}
		if dark := browsertest.Get(tab, chromedp.Evaluate[bool](`matchMedia('(prefers-color-scheme: dark)').matches`)); dark != view.dark {
			t.Errorf("%s is dark: %v", view.name, dark)
		}
		browsertest.Get(tab, chromedp.Evaluate[bool](`scrollTo(0, 0), document.activeElement.blur(), true`))
		picture := tab.Picture()
		if folder := os.Getenv("GOPHER_SCREENSHOTS"); folder != "" {
			if err := os.WriteFile(filepath.Join(folder, view.name), picture, 0o644); err != nil {
				t.Error(err)
			}
		}
	}
}
