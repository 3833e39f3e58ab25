package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/event"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// deployment is two processes of each kind, as children, behind a router.
type deployment struct {
	*bot
	router *router
	all    []*replica
	ended  []*child // those that were replaced
}

// replica is one of two processes of a kind, and its successors.
type replica struct {
	*child
	kind    config.Process
	name    string
	address string // a gateway's
}

// start starts the next process in a replica's place, and returns once it is at
// work.
func (d *deployment) start(r *replica) {
	d.Helper()
	extra := []string{"HEROKU_DYNO_ID=" + r.name}
	if r.kind == config.Gateway {
		port := freePort(d.T)
		r.address = "127.0.0.1:" + port
		extra = append(extra, "PORT="+port)
	}
	r.child = d.spawn(r.kind, extra...)
	switch r.kind {
	case config.Gateway:
		d.router.add(d.T, r.address)
	case config.Consumer:
		r.logs(d, "consumer takes events")
	case config.BGTasks:
		testenv.Eventually(d, "it leads or stands by", func() bool {
			log := r.log.String()
			return strings.Contains(log, `"leading"`) || strings.Contains(log, "standing by")
		})
	}
}

// replace starts the successor of a process, and stops the process as Heroku
// does.
func (d *deployment) replace(r *replica) {
	d.Helper()
	old := *r
	d.start(r)
	d.router.remove(old.address)
	begun := time.Now()
	if code := old.terminate(d); code != 0 {
		d.Errorf("%s: exit code %d", old.name, code)
	}
	d.Logf("%s stopped within %v", old.name, time.Since(begun).Round(time.Millisecond))
	d.ended = append(d.ended, old.child)
}

// stop stops all processes.
func (d *deployment) stop() {
	d.Helper()
	for _, r := range d.all {
		if code := r.terminate(d); code != 0 {
			d.Errorf("%s: exit code %d", r.name, code)
		}
		d.ended = append(d.ended, r.child)
	}
}

// logged returns the lines that the processes logged, each with its fields.
func (d *deployment) logged() (list []map[string]any) {
	d.Helper()
	for _, c := range d.ended {
		for line := range strings.Lines(c.log.String()) {
			var fields map[string]any
			if err := json.Unmarshal([]byte(line), &fields); err != nil {
				d.Errorf("%s logged %q: %v", c.Path, line, err)
			}
			list = append(list, fields)
		}
	}
	return list
}

// TestProcesses_RollingRestart replaces each process twice while people say 200
// messages a second and a blog publishes: each message is answered, and each
// post announced, exactly once.
func TestProcesses_RollingRestart(t *testing.T) {
	t.Parallel()
	const perSecond, rounds = 200, 2
	// So there is always something in hand when a process is stopped.
	slow := func(o *slacksim.Options) { o.Latency, o.Remember = 50*time.Millisecond, 20_000 }
	b, blog := newBotOn(t, redistest.Start(t).URL(), slow), newBlog(t)
	b.reads(blog)
	b.environ["GOPHER_LOG_LEVEL"] = "info"
	d := &deployment{bot: b, router: newRouter(t, b.listener)}
	for _, kind := range []config.Process{config.Gateway, config.Consumer, config.BGTasks} {
		for n := range 2 {
			r := &replica{kind: kind, name: fmt.Sprint(kind, ".", n+1)}
			d.start(r)
			d.all = append(d.all, r)
		}
	}
	b.waitForDirectory()
	b.hasBegun(blog)

	talk := b.talk(perSecond)
	for range rounds {
		for _, r := range d.all {
			talk.goOn(perSecond)
			blog.posts.Add(2)
			d.replace(r)
		}
	}
	talk.goOn(perSecond)
	talk.quiet()
	messages, took := len(talk.said), talk.ended.Sub(talk.began)
	t.Logf("%d messages within %v: %.1f a second", messages, took.Round(time.Millisecond), float64(messages)/took.Seconds())

	want := maps.Clone(talk.said)
	for n := int64(4); n <= blog.posts.Load(); n++ {
		want[fmt.Sprintf("Blog: <https://blog.example/%d|Post %d>", n, n)] = "a post"
	}
	var effects map[string]int
	settled := time.NewTimer(testenv.Timeout)
	defer settled.Stop()
	poll := time.NewTicker(100 * time.Millisecond)
	defer poll.Stop()
	for effects = talk.effects(); len(effects) < len(want); effects = talk.effects() {
		select {
		case <-poll.C:
			continue
		case <-settled.C:
		}
		break
	}
	b.settled()
	d.stop()

	tooOld, resent := 0, 0
	for _, line := range d.logged() {
		reason, _ := line["reason"].(string)
		switch {
		case line["outcome"] == "discarded" && strings.HasPrefix(reason, "said "):
			tooOld++
		case line["retry"] != nil:
			resent++
		}
		switch line["level"] {
		case "error":
			t.Errorf("logged: %v", line)
		case "warn": // on a busy machine a lease may be lost
			t.Logf("logged: %v", line)
		}
	}
	t.Logf("Slack sent %d events more than once", resent)
	effects = talk.effects()
	lost := 0
	for effect, why := range want {
		switch n := effects[effect]; {
		case n == 0:
			lost++
		case n > 1:
			t.Errorf("%d times %s, to %q", n, effect, why)
		}
		delete(effects, effect)
	}
	switch {
	case lost > tooOld:
		t.Errorf("%d of %d are lost, of which %d were dropped for their age", lost, len(want), tooOld)
	case lost > 0:
		t.Errorf("this machine is too slow for the test: %d messages waited for so long that they were dropped for their age", lost)
	}
	if len(effects) > 0 {
		t.Errorf("done without a cause: %v", effects)
	}
	for _, err := range d.router.failures() {
		t.Logf("the router got no answer, so Slack sent the event again: %v", err)
	}
	list, err := b.inspector().Stats(t.Context(), event.Types(event.Slack)...)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		if s.Depth+s.Pending+s.Delayed+s.Dead > 0 || s.Consumers > 0 {
			t.Errorf("left on the queue: %+v", s)
		}
	}
}
