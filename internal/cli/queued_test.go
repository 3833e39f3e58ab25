package cli_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/audit"
	"github.com/gobridge/gopherbot/internal/cli"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

const join = "team_join"

// handle handles the joins of a deployment until the test ends, and keeps outcomes.
func handle(t *testing.T, rdb redis.UniversalClient, app string, handler workqueue.HandlerFunc) {
	t.Helper()
	c, err := workqueue.NewConsumer(rdb, workqueue.ConsumerOptions{App: app, Name: "test", Outcomes: 100})
	if err != nil {
		t.Fatal(err)
	}
	c.Handle(join, handler)
	consume(t, c)
}

// found is an event that waits, as scripts read it.
type found struct {
	ID       string
	EventID  string `json:"event_id"`
	Attempts int
	Due      time.Time `json:"due_at"`
}

func TestQueueWaiting(t *testing.T) {
	t.Parallel()
	b, rdb, app := queued(t)
	if out := b.ok("queue", "waiting"); out != "No event is waiting.\n" {
		t.Errorf("at first: %s", out)
	}
	for n := range 5 {
		publish(t, rdb, app, workqueue.Event{Type: join, ID: fmt.Sprint("Ev", n), RequestID: "r1", Payload: []byte(messageText)})
	}
	list := decoded[[]found](b, "queue", "waiting", join)
	if len(list) != 5 || list[0].EventID != "Ev0" || !list[0].Due.IsZero() {
		t.Fatalf("%+v", list)
	}
	if out := b.ok("queue", "waiting"); strings.Count(out, "\n") != 6 || strings.Contains(out, "secret") {
		t.Errorf("%s", out)
	}
	if r := b.run("queue", "waiting", "--limit", "2"); strings.Count(r.out, "\n") != 3 || !strings.Contains(r.err, "There may be more of team_join") {
		t.Errorf("%+v", r)
	}
	if out := b.ok("queue", "waiting", "drop", join, list[1].ID); out != "1 dropped\n" {
		t.Errorf("drop: %s", out)
	}
	if r := b.run("queue", "waiting", "drop", join, list[1].ID, list[2].ID); r.code != 1 || r.out != "1 dropped\n" || !strings.Contains(r.err, "no such event waits: "+list[1].ID) {
		t.Errorf("drop again: %+v", r)
	}
	if r := b.run("queue", "waiting", "drop", join, "--all"); r.code != 1 || !strings.Contains(r.err, "Drop 3 waiting events of team_join? Add --yes") {
		t.Errorf("in a script: %+v", r)
	}
	b.terminal, b.in = true, strings.NewReader("n\n")
	if r := b.run("queue", "waiting", "drop", join, "--all"); r.code != 1 || !strings.Contains(r.err, "not confirmed") {
		t.Errorf("not confirmed: %+v", r)
	}
	b.in = strings.NewReader("yes\n")
	if r := b.run("queue", "waiting", "drop", join, "--all"); r.code != 0 || !strings.Contains(r.out, "3 dropped\n") || !strings.Contains(r.err, "3 of 3 dropped") {
		t.Errorf("confirmed: %+v", r)
	}
	b.terminal = false
	if list := decoded[[]found](b, "queue", "waiting"); len(list) != 0 {
		t.Errorf("left: %+v", list)
	}
	if got := audited(b, audit.New(rdb, app)); len(got) != 3 || !strings.Contains(got[0], "|tool|drop|team_join, all that are waiting||done") {
		t.Errorf("the audit has %q", got)
	}
}

func TestQueueDelayed(t *testing.T) {
	t.Parallel()
	b, rdb, app := queued(t)
	handled := make(chan string, 10)
	handle(t, rdb, app, func(_ context.Context, d *workqueue.Delivery) error {
		handled <- d.ID
		if d.Attempt > 1 {
			return nil
		}
		return workqueue.RetryAfter(time.Hour, errors.New("away"))
	})
	for n := range 3 {
		publish(t, rdb, app, workqueue.Event{Type: join, ID: fmt.Sprint("Ev", n)})
		testenv.Next(t, handled)
	}
	var list []found
	testenv.Eventually(t, "three are delayed", func() bool {
		list = decoded[[]found](b, "queue", "delayed", join)
		return len(list) == 3
	})
	if d := list[0]; d.Attempts != 1 || time.Until(d.Due) < 50*time.Minute {
		t.Errorf("%+v", d)
	}
	if out := b.ok("queue", "delayed"); strings.Count(out, "\n") != 4 || !strings.Contains(out, "DUE IN") {
		t.Errorf("%s", out)
	}
	if out := b.ok("queue", "delayed", "retry", join, list[0].ID); out != "1 retried\n" || testenv.Next(t, handled) != list[0].EventID {
		t.Errorf("retry: %s", out)
	}
	if out := b.ok("queue", "delayed", "drop", join, "--all", "--yes", "--json"); !strings.Contains(out, `"dropped": 2`) {
		t.Errorf("drop: %s", out)
	}
	if r := b.run("queue", "delayed", "retry", join, "9-9"); r.code != 1 || !strings.Contains(r.err, "no such event waits") {
		t.Errorf("%+v", r)
	}
}

func TestQueuePurge(t *testing.T) {
	t.Parallel()
	b, rdb, app := queued(t)
	fill := func() {
		for range 3 {
			publish(t, rdb, app, workqueue.Event{Type: join})
		}
	}
	fill()
	if r := b.run("queue", "purge", join); r.code != 1 || !strings.Contains(r.err, "3 events of team_join on the stream and 0 delayed: add --yes") {
		t.Errorf("in a script: %+v", r)
	}
	b.terminal, b.in = true, strings.NewReader("team_jion\n")
	if r := b.run("queue", "purge", join); r.code != 1 || !strings.Contains(r.err, "that is not the name of the type; nothing was changed") {
		t.Errorf("misspelt: %+v", r)
	}
	b.in = strings.NewReader("team_join\n")
	if r := b.run("queue", "purge", join); r.code != 0 || !strings.Contains(r.out, "Removed 3 from the stream and 0 delayed.") {
		t.Errorf("typed: %+v", r)
	}
	b.terminal = false
	fill()
	if out := b.ok("queue", "purge", join, "--yes", "--json"); !strings.Contains(out, `"stream": 3`) {
		t.Errorf("%s", out)
	}
	if r := b.run("queue", "purge", "team_jion", "--yes"); r.code != 1 || !strings.Contains(r.err, `did you mean "team_join"?`) {
		t.Errorf("%+v", r)
	}
	if got := audited(b, audit.New(rdb, app)); len(got) != 2 || !strings.Contains(got[0], "|tool|purge|team_join||done") {
		t.Errorf("the audit has %q", got)
	}
}

// TestQueueEvent follows an event by its id, its request and the link of its message.
func TestQueueEvent(t *testing.T) {
	t.Parallel()
	b, rdb, app := queued(t)
	const message = "message_public"
	c, err := workqueue.NewConsumer(rdb, workqueue.ConsumerOptions{App: app, Name: "test", Outcomes: 100})
	if err != nil {
		t.Fatal(err)
	}
	c.Handle(message, func(ctx context.Context, d *workqueue.Delivery) error {
		d.Note(`command "flip a coin"`)
		switch {
		case d.ID == "Ev9":
			return nil
		case d.Attempt == 1:
			return errors.Join(d.Complete(ctx, `phrase "tea"`), errors.New("away"))
		}
		return workqueue.Reject(errors.New("never"))
	}, workqueue.Backoff(func(int) time.Duration { return time.Millisecond }))
	consume(t, c)
	publish(t, rdb, app, workqueue.Event{Type: message, ID: "Ev9", RequestID: "r9", Key: "T1/C1/1700000000.000900", Source: "slack"})
	publish(t, rdb, app, workqueue.Event{Type: message, ID: "Ev1", RequestID: "r1", Key: "T1/C1/1700000000.000100", Source: "slack", Payload: []byte(`{"text":"` + messageText + `"}`)})
	type history struct {
		Queue []struct {
			found
			Place, Reason, Error string
			Completed            []string
		}
		Outcomes []struct {
			Outcome, Did, Error string
			Attempt             int
			EventID             string `json:"event_id"`
		}
	}
	var h history
	testenv.Eventually(t, "it is a dead letter", func() bool {
		r := b.run("queue", "event", "Ev1", "--json")
		h = history{}
		if err := json.Unmarshal([]byte(r.out), &h); err != nil {
			t.Fatalf("%v: %+v", err, r)
		}
		return len(h.Queue) == 1 && h.Queue[0].Place == "dead" && len(h.Outcomes) == 2
	})
	if q, o := h.Queue[0], h.Outcomes; q.Reason != "rejected" || len(q.Completed) != 1 || o[0].Outcome != "retried" || o[0].Attempt != 1 || o[1].Outcome != "dead" || o[1].Did != `command "flip a coin"` {
		t.Errorf("%+v", h)
	}
	for _, name := range []string{"Ev1", "r1", "T1/C1/1700000000.000100", "https://x.slack.com/archives/C1/p1700000000000100?thread_ts=1690000000.000100&cid=C1"} {
		out := b.ok("queue", "event", name)
		if strings.Contains(out, "secret") || !strings.Contains(out, "dead") || !strings.Contains(out, "retried") || strings.Contains(out, "Ev9") {
			t.Errorf("%s: %s", name, out)
		}
	}
	if out := b.ok("queue", "event", "r9"); !strings.Contains(out, "handled") || strings.Contains(out, "on the queue") {
		t.Errorf("a handled event: %s", out)
	}
	if r := b.run("queue", "event", "Ev404"); r.code != 1 || r.out != "" || !strings.Contains(r.err, "nothing is known of Ev404") {
		t.Errorf("an unknown one: %+v", r)
	}
	if r := b.run("queue", "event", "https://example.com/"); r.code != 1 || !strings.Contains(r.err, "is no link of a message") {
		t.Errorf("another link: %+v", r)
	}
}

// TestQueueTail shows outcomes as they come, until it is interrupted.
func TestQueueTail(t *testing.T) {
	t.Parallel()
	b, rdb, app := queued(t)
	handle(t, rdb, app, func(_ context.Context, d *workqueue.Delivery) error {
		d.Note("welcome")
		if d.ID == "Ev2" {
			return workqueue.Reject(errors.New("never"))
		}
		return nil
	})
	publish(t, rdb, app, workqueue.Event{Type: join, ID: "before"})
	testenv.Eventually(t, "one is recorded", func() bool {
		return rdb.XLen(t.Context(), app+":{team_join.0}:outcomes").Val() == 1
	})
	var out, failed buffer
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan int, 2)
	go func() { ended <- cli.Run(ctx, b.env(&out, &out), []string{"queue", "tail"}) }()
	go func() {
		ended <- cli.Run(ctx, b.env(&failed, &failed), []string{"queue", "tail", join, "--failed", "--json"})
	}()
	n := 0
	testenv.Eventually(t, "both show something", func() bool {
		publish(t, rdb, app, workqueue.Event{Type: join, ID: "Ev1"})
		publish(t, rdb, app, workqueue.Event{Type: join, ID: "Ev2"})
		n++
		return strings.Contains(out.String(), "Ev1") && strings.Contains(failed.String(), "Ev2")
	})
	cancel()
	for range 2 {
		if code := testenv.Next(t, ended); code != 0 {
			t.Errorf("exit code %d", code)
		}
	}
	if text := out.String(); strings.Contains(text, "before") || !strings.Contains(text, "handled  Ev1  attempt 1") || !strings.Contains(text, "welcome") {
		t.Errorf("%s", text)
	}
	for line := range strings.Lines(failed.String()) {
		if !json.Valid([]byte(line)) || strings.Contains(line, "Ev1") {
			t.Errorf("%s", line)
		}
	}
}

// TestLiveTables_EndAtOnce presses Ctrl-C while Redis does not answer.
func TestLiveTables_EndAtOnce(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"queue", "stats"}, {"queue", "tail"}} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			b := bench{t: t, terminal: true, environ: []string{"REDIS_URL=" + server.URL(), "GOPHER_REDIS_INSECURE=true", "GOPHER_APP=live"}}
			publish(t, redistest.Dial(t, server.URL()), "live", workqueue.Event{Type: join})
			var out buffer
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			ended := make(chan int, 1)
			env := b.env(&out, &out)
			env.Size = func() (int, int, error) { return 60, 10, nil }
			go func() { ended <- cli.Run(ctx, env, args) }()
			if args[1] == "stats" {
				testenv.Eventually(t, "the table is shown", func() bool { return strings.Contains(out.String(), "Ctrl-C ends it") })
				for line := range strings.Lines(out.String()) {
					if n := len([]rune(strings.ReplaceAll(line, "\x1b[K\n", ""))); n > 60+10 { // and the sequences of the frame
						t.Errorf("%d characters: %q", n, line)
					}
				}
			} else {
				testenv.Eventually(t, "it is connected", func() bool {
					return strings.Contains(redistest.Dial(t, server.URL()).ClientList(t.Context()).Val(), "cmd=xrevrange")
				})
			}
			server.Suspend(t)
			defer server.Resume(t)
			start := time.Now()
			cancel()
			testenv.Next(t, ended)
			if took := time.Since(start); took > time.Second {
				t.Errorf("ended after %v", took)
			}
		})
	}
}

// TestQueueDead_Filters selects some of several dead letters, counts them first, and asks.
func TestQueueDead_Filters(t *testing.T) {
	t.Parallel()
	b, rdb, app := queued(t)
	b.environ = append(b.environ, "GOPHER_OPERATOR=ada")
	var replayed testenv.Log
	handle(t, rdb, app, func(_ context.Context, d *workqueue.Delivery) error {
		switch {
		case !d.ReplayedAt.IsZero():
			fmt.Fprintln(&replayed, d.ID)
			return nil
		case strings.HasPrefix(d.ID, "coin"):
			return workqueue.Reject(errors.New(`command "flip a coin": the channel is archived`))
		}
		return workqueue.Reject(errors.New(`phrase "tea": no kettle`))
	})
	for n := range 5 {
		publish(t, rdb, app, workqueue.Event{Type: join, ID: fmt.Sprint("coin", n)})
	}
	publish(t, rdb, app, workqueue.Event{Type: join, ID: "tea"})
	testenv.Eventually(t, "six dead letters", func() bool { return len(decoded[[]letter](b, "queue", "dead", "list")) == 6 })

	if out := b.ok("queue", "dead", "replay", "--handler", "command flip a coin", "--dry-run"); out != "team_join: 5\n5 would be replayed (handler command flip a coin)\n" {
		t.Errorf("dry run: %s", out)
	}
	if out := b.ok("queue", "dead", "drop", join, "--error", "KETTLE", "--dry-run", "--json"); !strings.Contains(out, `"would_be_dropped": 1`) {
		t.Errorf("dry run: %s", out)
	}
	if out := b.ok("queue", "dead", "drop", "--age", "1h"); out != "0 dropped: no dead letter is selected (older than 1h0m0s)\n" {
		t.Errorf("none: %s", out)
	}
	if got := audited(b, audit.New(rdb, app)); len(got) != 0 {
		t.Errorf("nothing was done, and the audit has %q", got)
	}
	b.terminal, b.in = true, strings.NewReader("y\n")
	r := b.run("queue", "dead", "replay", "--handler", "command flip a coin", "--reason", "rejected")
	if r.code != 0 || !strings.Contains(r.out, "Replay 5 dead letters (reason rejected, handler command flip a coin)? [y/N] 5 replayed") || !strings.Contains(r.err, "5 of 5 replayed") {
		t.Errorf("replay: %+v", r)
	}
	b.terminal = false
	testenv.Eventually(t, "five were replayed", func() bool { return strings.Count(replayed.String(), "coin") == 5 })
	if out := b.ok("queue", "dead", "drop", "--type", join, "--error", "kettle", "--yes"); out != "team_join: 1\n1 dropped\n" {
		t.Errorf("drop: %s", out)
	}
	got := audited(b, audit.New(rdb, app))
	if len(got) != 2 || got[0] != `ada|tool|drop|dead letters|type team_join, error with "kettle"|done` {
		t.Errorf("the audit has %q", got)
	}
	for _, test := range []struct{ args, want string }{
		{"--reason tired", `--reason "tired": want one of exhausted`},
		{"--type team_jion", `did you mean "team_join"?`},
		{"--age -1h", "--age -1h0m0s: want a duration that is not negative"},
	} {
		if r := b.run(append([]string{"queue", "dead", "drop"}, strings.Fields(test.args)...)...); r.code != 1 || !strings.Contains(r.err, test.want) {
			t.Errorf("%s: %+v", test.args, r)
		}
	}
}
