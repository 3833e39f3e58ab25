package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/pause"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// waiter is the content of a bot with a form that is validated as slowly as the person
// says in it. ran is called when it runs.
func waiter(ran func()) handler.Content {
	form := &handler.Form{
		ID: "wait", Title: "Wait", Fields: []handler.Field{{Name: "for", Label: "How long", Max: 20}},
		Validate: func(ctx context.Context, i handler.Interaction) (handler.Validation, error) {
			wait, err := time.ParseDuration(i.Values.First("for"))
			if err == nil && !pause.For(ctx, wait) {
				err = ctx.Err()
			}
			return handler.Validation{}, err
		},
		Run: func(context.Context, handler.Interaction, handler.Responder) error {
			ran()
			return nil
		},
	}
	return handler.Content{Name: "waiter", Description: "Waits.", Mention: "waiter", Registry: func(handler.Services) (*handler.Registry, error) {
		return handler.NewRegistry(handler.SlashCommand{Command: "wait", Help: "waits", Form: form})
	}}
}

// verdict is what a person sees after a press of a form's button.
type verdict struct {
	taken  bool
	failed bool   // Slack shows an error, and the form as it was
	shows  string // if it is not taken
	took   time.Duration
}

// fills opens the form of a waiter, and fills it in.
func (b *bot) fills(wait string) {
	b.Helper()
	b.must(b.slack.SlashCommand(b.Context(), ada, general, "/wait", ""))
	testenv.Eventually(b, "the form is open", func() bool { return len(b.slack.Modal(ada).Views) == 1 })
	b.must(b.slack.Fill(b.Context(), ada, "for", "for", wait))
}

// submits presses the form's button. The verdict must be one of three: the form is closed,
// it has one line, or the person sees one error of Slack's.
func (b *bot) submits() (v verdict) {
	b.Helper()
	shown, began := len(b.slack.Errors(ada)), time.Now()
	err := b.slack.Submit(b.Context(), ada)
	v.took = time.Since(began)
	views, errs := b.slack.Modal(ada).Views, b.slack.Errors(ada)[shown:]
	_, isShown := errors.AsType[slacksim.Shown](err)
	switch {
	case err == nil && len(views) == 0 && len(errs) == 0:
		v.taken = true
	case err == nil && len(views) == 1 && len(views[0].Errors) == 1 && len(errs) == 0:
		v.shows = views[0].Errors["for"]
	case isShown && len(views) == 1 && len(views[0].Errors) == 0 && len(errs) == 1:
		v.failed, v.shows = true, errs[0].Code
	default:
		b.Fatalf("the person sees %d forms and the errors %v (%v)", len(views), errs, err)
	}
	return v
}

// TestVerdict_SlowValidate answers after some time. In each case there is one verdict, and
// the form runs if and only if it is that the form was taken. One that was not taken can
// be submitted again.
func TestVerdict_SlowValidate(t *testing.T) {
	t.Parallel()
	overEach(t, func(t *testing.T, b *bot, start func()) {
		var ran atomic.Int32
		b.content = waiter(func() { ran.Add(1) })
		start()
		want := int32(0)
		check := func(wait string, v verdict) {
			t.Helper()
			b.settled()
			if v.taken {
				want++
			}
			if n := ran.Load(); n != want {
				t.Errorf("%s: taken %v (%q), and the form ran %d times in all, want %d", wait, v.taken, v.shows, n, want)
			}
			// The gateway and the consumer, which ends Validate at the same time, have words of their own.
			if !v.taken && !strings.Contains(strings.ToLower(v.shows), "nothing is lost") {
				t.Errorf("%s: not taken, and the person sees %q", wait, v.shows)
			}
			t.Logf("%s: taken %v after %v", wait, v.taken, v.took.Round(time.Millisecond))
		}
		for _, wait := range []string{"0s", "2.1s", "2.3s", "4s"} {
			b.fills(wait)
			v := b.submits()
			check(wait, v)
			if v.taken && wait == "4s" {
				t.Error("an answer after 4 s was taken")
			}
			for n := 0; !v.taken && n < 10; n++ { // a busy machine may be late more than once
				b.must(b.slack.Fill(t.Context(), ada, "for", "for", "0s"))
				v = b.submits()
				check("again", v)
			}
			if !v.taken {
				t.Errorf("%s: never taken", wait)
			}
		}
	}, func(o *slacksim.Options) { o.Timeout, o.Client.Timeout = testenv.Timeout, testenv.Timeout }) // Slack is patient with a busy machine
}

// TestVerdict_SlowRedis has each reply of Redis be late: to the gateway, or to the consumer
// as well. If the person sees that the form was taken, or that it was not, that is so. If
// replies take a second, the gateway may not learn who won before Slack gives up: then the
// person sees an error of Slack's, and the form ran at most once.
func TestVerdict_SlowRedis(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		slow     time.Duration
		consumer bool // is slow, too
	}{
		"half a second":                  {500 * time.Millisecond, false},
		"a second":                       {time.Second, false},
		"a second, for the consumer too": {time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			overEach(t, func(t *testing.T, b *bot, _ func()) {
				var ran atomic.Int32
				b.content = waiter(func() { ran.Add(1) })
				near := b.environ["REDIS_URL"]
				network := redistest.NewNetwork(t, near)
				b.environ["REDIS_URL"] = network.URL()
				b.start(config.Gateway)
				if !test.consumer {
					b.environ["REDIS_URL"] = near
				}
				b.start(config.Consumer)
				b.connected()
				b.fills("0s") // Redis knows the scripts afterwards
				b.submits()
				b.settled()
				before := ran.Load()
				b.fills("0s")
				network.Delay(test.slow)
				v := b.submits()
				network.Delay(0) // with a second a consumer waits for another Redis
				b.settled()
				runs := ran.Load() - before
				unknown := v.failed && test.slow >= time.Second
				if runs > 1 || !unknown && v.taken != (runs == 1) {
					t.Errorf("taken %v (%q), and the form ran %d times", v.taken, v.shows, runs)
				}
				t.Logf("taken %v after %v (%q), and the form ran %d times", v.taken, v.took.Round(time.Millisecond), v.shows, runs)
			})
		})
	}
}

// waiterVariable has this test's binary run as a consumer of waiter's content.
const waiterVariable = "GOPHER_TEST_WAITER"

// formRan is what such a consumer writes when the form runs.
const formRan = "the form ran"

// waiterCommand runs this test's binary as a consumer of waiter's content.
func waiterCommand(t testing.TB) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return exec.Command(self)
}

// waiterProcess runs a consumer of waiter's content, if the environment says so, and
// reports whether it did.
func waiterProcess(ctx context.Context) (ran bool) {
	if os.Getenv(waiterVariable) == "" {
		return false
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM)
	defer stop()
	content := waiter(func() { fmt.Fprintln(os.Stderr, formRan) })
	if err := app.Run(ctx, role(config.Consumer), content, app.Options{Environ: os.Environ(), Log: zerolog.New(os.Stderr)}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return true
}

// TestVerdict_ConsumerKilled kills a consumer after it has given the verdict and before it
// learns so, and one just before it gives it. The next consumer runs the form, or does not,
// as the person has seen.
func TestVerdict_ConsumerKilled(t *testing.T) {
	t.Parallel()
	for name, given := range map[string]bool{"after the verdict": true, "before the verdict": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			overEach(t, func(t *testing.T, b *bot, _ func()) {
				var ran atomic.Int32
				b.content = waiter(func() { ran.Add(1) })
				b.start(config.Gateway)
				b.connected()
				stop := b.start(config.Consumer)
				b.fills("0s") // Redis knows the scripts afterwards
				b.submits()
				b.fills("0s")
				b.settled()
				stop()
				before := ran.Load()

				network := redistest.NewNetwork(t, b.environ["REDIS_URL"])
				killed := b.run(waiterCommand(t), waiterVariable+"=true", "REDIS_URL="+network.URL())
				killed.logs(t, "consumer takes events")
				hold := network.HoldRequest
				if given {
					hold = network.HoldReply
				}
				met := hold("{answers.")
				seen := make(chan verdict, 1)
				go func() { seen <- b.submits() }()
				testenv.Next(t, met)
				b.must(killed.Process.Kill())
				testenv.Next(t, killed.exited)
				v := testenv.Next(t, seen)
				if v.taken != given && v.took < 2*time.Second { // a busy machine may be late
					t.Errorf("taken %v (%q) after %v", v.taken, v.shows, v.took)
				}
				if n := ran.Load(); n != before || strings.Contains(killed.log.String(), formRan) {
					t.Errorf("the form ran before the next consumer: %s", killed.log)
				}
				b.start(config.Consumer)
				b.settled()
				if runs := ran.Load() - before; (runs == 1) != v.taken || runs > 1 {
					t.Errorf("taken %v, and the next consumer ran the form %d times", v.taken, runs)
				}
			})
		})
	}
}
