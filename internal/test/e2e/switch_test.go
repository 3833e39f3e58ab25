package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/config"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestProcesses_SwitchToSockets goes from HTTP to sockets while people talk
// and type slash commands: gateways that take both replace those that take HTTP, Slack's
// switch is flipped, and gateways that take sockets replace them. Nothing is handled twice,
// and what Slack did not give up is handled.
func TestProcesses_SwitchToSockets(t *testing.T) {
	t.Parallel()
	const perSecond = 100
	b := newBotOn(t, redistest.Start(t).URL(), func(o *slacksim.Options) {
		o.AppToken, o.Remember, o.Scopes, o.Events = appToken, 20_000, nil, nil
		o.Retries = []time.Duration{100 * time.Millisecond, 2 * time.Second, 10 * time.Second}
	})
	b.environ["GOPHER_LOG_LEVEL"] = "info"
	d := &deployment{bot: b, router: newRouter(t, b.listener)}
	var gateways []*replica
	for _, kind := range []config.Process{config.Gateway, config.Gateway, config.Consumer, config.BGTasks} {
		r := &replica{kind: kind, name: fmt.Sprint(kind, ".", len(d.all))}
		d.start(r)
		d.all = append(d.all, r)
		if kind == config.Gateway {
			gateways = append(gateways, r)
		}
	}
	b.waitForDirectory()

	talk := b.talk(perSecond)
	typing := b.types()
	talk.goOn(perSecond)
	b.environ["GOPHER_SLACK_APP_TOKEN"] = appToken
	for _, r := range gateways {
		d.replace(r)
	}
	talk.goOn(perSecond)
	b.slack.SetSocketMode(true)
	b.connected() // a gateway dials again within 30 s
	testenv.Eventually(t, "both gateways have a socket", func() bool { return len(b.slack.Socket().Connections()) == 2 })
	talk.goOn(perSecond)
	delete(b.environ, "GOPHER_SLACK_REQUEST_SECRET")
	for _, r := range gateways {
		d.replace(r)
	}
	talk.goOn(perSecond)
	typed := typing()
	talk.quiet()
	// Slack sends the last attempt of an event for up to 13 s.
	refused := func() (n int) {
		for _, m := range b.slack.Snapshot().Messages {
			if m.Journey != nil && strings.HasPrefix(m.Journey.Outcome, "refused") {
				n++
			}
		}
		return n
	}
	testenv.Eventually(t, "everything that Slack has not given up is done", func() bool { return len(talk.effects())+refused() >= len(talk.said) })
	b.settled()
	gaveUp := refused()

	effects, lost := talk.effects(), 0
	for effect, why := range talk.said {
		if n := effects[effect]; n > 1 {
			t.Errorf("%d times %s, to %q", n, effect, why)
		} else if n == 0 {
			lost++
		}
	}
	if lost > gaveUp {
		t.Errorf("%d of %d messages are lost, and Slack gave up %d", lost, len(talk.said), gaveUp)
	}
	answers, failed := map[string]int{}, 0
	for _, m := range b.slack.Snapshot().Messages {
		if _, name, ok := strings.Cut(m.Text, "pkg.go.dev/typed.example/"); ok && m.User == slacksim.BotUserID {
			answers[strings.TrimSuffix(name, ">")]++
		}
	}
	for name, err := range typed {
		n := answers[name]
		if err != nil {
			failed++
		}
		if n > 1 || n == 0 && err == nil {
			t.Errorf("command %s was answered %d times (%v)", name, n, err)
		}
	}
	t.Logf("%d messages, of which Slack gave up %d; %d slash commands, for %d of which people saw an error", len(talk.said), gaveUp, len(typed), failed)
	d.stop()
}

// types has somebody type slash commands, one after the other, until stop is called. It
// returns the error that the person saw, for each.
func (b *bot) types() (stop func() map[string]error) {
	typed, end, done := map[string]error{}, make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for n := 0; ; n++ {
			select {
			case <-tick.C:
			case <-end:
				return
			}
			name := fmt.Sprint(n)
			typed[name] = b.slack.SlashCommand(b.Context(), ada, general, "/gopher", "d/typed.example/"+name)
		}
	}()
	return func() map[string]error {
		close(end)
		testenv.Next(b, done)
		return typed
	}
}
