package cli_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// consume runs a consumer of team_join until the test ends.
func consume(t *testing.T, c *workqueue.Consumer) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := testenv.Next(t, done); err != nil {
			t.Errorf("the consumer: %v", err)
		}
	})
}

// letter is a dead letter as scripts read it.
type letter struct {
	Type, ID, Reason, Error string
	EventID                 string    `json:"event_id"`
	QueuedAt                time.Time `json:"queued_at"`
	DeadAt                  time.Time `json:"dead_at"`
	Payload                 json.RawMessage
}

// messageText has a control sequence of the terminal: U+009B begins one.
const messageText = "a secret \u009b2J of a person"

// interaction is the payload of somebody's submitted form. No operator is shown formSecret.
const (
	formSecret  = "s3cr3t-of-a-form"
	interaction = `{"v":1,"transport":"socket","answer_to":"g/1","body":{"type":"view_submission","text":"` + messageText + `",` +
		`"trigger_id":"` + formSecret + `","response_url":"https://hooks.slack.com/actions/` + formSecret + `","response_urls":[{"response_url":"` + formSecret + `"}],` +
		`"token":"` + formSecret + `","view":{"id":"V1","private_metadata":"` + formSecret + `"}}}`
)

func TestQueueDead(t *testing.T) {
	t.Parallel()
	b, rdb, app := queued(t)
	c, err := workqueue.NewConsumer(rdb, workqueue.ConsumerOptions{App: app, Name: "test"})
	if err != nil {
		t.Fatal(err)
	}
	handled := make(chan string, 10)
	c.Handle(event.Type(event.Slack, event.WorkspaceJoin), func(_ context.Context, d *workqueue.Delivery) error {
		handled <- d.ID
		return workqueue.Reject(errors.New("it is not\nas it should be"))
	})
	if out := b.ok("queue", "dead", "list"); out != "There are no dead letters.\n" {
		t.Errorf("at first: %s", out)
	}
	for _, id := range []string{"Ev1", "Ev2", "Ev3"} {
		publish(t, rdb, app, workqueue.Event{Type: event.Type(event.Slack, event.WorkspaceJoin), ID: id, Payload: []byte(interaction)})
	}
	consume(t, c)
	var list []letter
	testenv.Eventually(t, "three dead letters", func() bool {
		list = decoded[[]letter](b, "queue", "dead", "list")
		return len(list) == 3
	})
	for range 3 {
		testenv.Next(t, handled)
	}
	if d := list[0]; d.Type != event.Type(event.Slack, event.WorkspaceJoin) || !strings.HasPrefix(d.EventID, "Ev") || d.Reason != "rejected" || !strings.Contains(d.Error, "it is not\nas") ||
		time.Since(d.QueuedAt) > time.Minute || d.DeadAt.Before(d.QueuedAt) || time.Since(d.DeadAt) > time.Minute {
		t.Errorf("%+v", d)
	}
	if out := b.ok("queue", "dead", "list", event.Type(event.Slack, event.WorkspaceJoin)); strings.Count(out, "\n") != 4 || !strings.Contains(out, "it is not as it should be") {
		t.Errorf("the table: %s", out)
	}

	// Texts of messages are shown only with --text, and secrets never.
	for _, args := range [][]string{{"list"}, {"show", event.Type(event.Slack, event.WorkspaceJoin), list[0].ID}} {
		for _, as := range [][]string{nil, {"--json"}} {
			args := slices.Concat([]string{"queue", "dead"}, args, as)
			if out := b.ok(args...); strings.Contains(out, "of a person") || strings.Contains(out, formSecret) {
				t.Errorf("%q shows it: %s", args, out)
			}
			out := b.ok(slices.Concat(args, []string{"--text"})...)
			if !strings.Contains(out, "of a person") || strings.Contains(out, formSecret) || as == nil && strings.Contains(out, "\u009b") {
				t.Errorf("%q --text: %q", args, out)
			}
		}
	}

	// --dry-run looks for them, each once.
	if r := b.run("queue", "dead", "drop", event.Type(event.Slack, event.WorkspaceJoin), list[0].ID, list[0].ID, "1-1", "--dry-run"); r.code != 1 || r.out != "1 would be dropped\n" || !strings.Contains(r.err, "no such dead letter") {
		t.Errorf("try to drop: %+v", r)
	}
	if out := b.ok("queue", "dead", "drop", "--type", "team_join", "--type", "team_join", "--dry-run"); out != "team_join: 3\n3 would be dropped (type team_join)\n" {
		t.Errorf("a type that is named twice: %s", out)
	}
	if out := b.ok("queue", "dead", "replay", event.Type(event.Slack, event.WorkspaceJoin), list[0].ID); out != "1 replayed\n" {
		t.Errorf("replay: %s", out)
	}
	if id := testenv.Next(t, handled); id != list[0].EventID {
		t.Errorf("%s was handled again, want %s", id, list[0].EventID)
	}
	testenv.Eventually(t, "it is a dead letter again", func() bool { return len(decoded[[]letter](b, "queue", "dead", "list")) == 3 })
	if out := b.ok("queue", "dead", "drop", event.Type(event.Slack, event.WorkspaceJoin), list[1].ID, "--json"); !strings.Contains(out, `"dropped": 1`) {
		t.Errorf("drop: %s", out)
	}
	if r := b.run("queue", "dead", "drop", event.Type(event.Slack, event.WorkspaceJoin), list[1].ID); r.code != 1 || !strings.Contains(r.err, "no such dead letter") {
		t.Errorf("drop again: %+v", r)
	}
	if out := b.ok("queue", "dead", "drop", event.Type(event.Slack, event.WorkspaceJoin), "--all", "--yes"); out != "team_join: 2\n2 dropped\n" {
		t.Errorf("drop all: %s", out)
	}
	for _, args := range []string{"", event.Type(event.Slack, event.WorkspaceJoin), event.Type(event.Slack, event.WorkspaceJoin) + " 1-1 --all", "message_public --type team_join --yes"} {
		if r := b.run(strings.Fields("queue dead drop " + args)...); r.code != 2 || !strings.HasPrefix(r.err, "gopherbot: want the ") {
			t.Errorf("drop %s: %+v", args, r)
		}
	}
}

func TestQueuePending(t *testing.T) {
	t.Parallel()
	b, rdb, app := queued(t)
	if out := b.ok("queue", "pending"); out != "No consumer has pending events.\n" {
		t.Errorf("at first: %s", out)
	}
	c, err := workqueue.NewConsumer(rdb, workqueue.ConsumerOptions{App: app, Name: "slow"})
	if err != nil {
		t.Fatal(err)
	}
	taken, finish := make(chan bool), make(chan bool)
	c.Handle(event.Type(event.Slack, event.WorkspaceJoin), func(context.Context, *workqueue.Delivery) error {
		taken <- true
		testenv.Hold(t, finish)
		return nil
	})
	consume(t, c)
	publish(t, rdb, app, workqueue.Event{Type: event.Type(event.Slack, event.WorkspaceJoin), ID: "Ev1"})
	testenv.Next(t, taken)
	defer close(finish)
	list := decoded[[]struct {
		Type, Consumer string
		Deliveries     int
	}](b, "queue", "pending", event.Type(event.Slack, event.WorkspaceJoin))
	if len(list) != 1 || list[0].Type != event.Type(event.Slack, event.WorkspaceJoin) || !strings.HasPrefix(list[0].Consumer, "slow-") || list[0].Deliveries != 1 {
		t.Errorf("%+v", list)
	}
	if out := b.ok("queue", "pending"); !strings.Contains(out, list[0].Consumer) {
		t.Errorf("the table: %s", out)
	}
}

// TestQueueDead_ListsTenThousand puts as many there as an outage can, and has them
// listed at once, from a place on, and dropped.
func TestQueueDead_ListsTenThousand(t *testing.T) {
	t.Parallel()
	b, rdb, app := queued(t)
	c, err := workqueue.NewConsumer(rdb, workqueue.ConsumerOptions{App: app, Name: "test"})
	if err != nil {
		t.Fatal(err)
	}
	c.Handle(event.Type(event.Slack, event.WorkspaceJoin), func(context.Context, *workqueue.Delivery) error { return workqueue.Reject(errors.New("never")) })
	publish(t, rdb, app, workqueue.Event{Type: event.Type(event.Slack, event.WorkspaceJoin), ID: "Ev1", Payload: []byte(`{"type":"team_join","text":"` + messageText + `"}`)})
	consume(t, c)
	testenv.Eventually(t, "a dead letter", func() bool { return len(decoded[[]letter](b, "queue", "dead", "list")) == 1 })

	const n = 10_000
	key := app + ":{" + event.Type(event.Slack, event.WorkspaceJoin) + ".0}:dead"
	first, err := rdb.XRange(t.Context(), key, "-", "+").Result()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rdb.Pipelined(t.Context(), func(p redis.Pipeliner) error {
		for range n - 1 {
			p.XAdd(t.Context(), &redis.XAddArgs{Stream: key, Values: first[0].Values})
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}

	list := decoded[[]letter](b, "queue", "dead", "list", "--limit", "20000")
	seen := map[string]bool{}
	for _, d := range list {
		seen[d.ID] = true
	}
	if len(list) != n || len(seen) != n || list[0].ID != first[0].ID {
		t.Fatalf("%d were listed, %d different ones", len(list), len(seen))
	}
	if r := b.run("queue", "dead", "list"); strings.Count(r.out, "\n") != 101 || !strings.Contains(r.err, "There are more of "+event.Type(event.Slack, event.WorkspaceJoin)+": list them with --after "+list[99].ID) {
		t.Errorf("%d lines, and %q", strings.Count(r.out, "\n"), r.err)
	}
	r := b.run("queue", "dead", "list", event.Type(event.Slack, event.WorkspaceJoin), "--after", list[99].ID, "--limit", "150")
	if rows := strings.Split(r.out, "\n"); len(rows) != 152 || !strings.Contains(rows[1], list[100].ID) || !strings.Contains(rows[150], list[249].ID) {
		t.Errorf("after the hundredth: %.400s", r.out)
	}
	if r := b.run("queue", "dead", "list", event.Type(event.Slack, event.WorkspaceJoin), "--after", list[n-100].ID, "--limit", "99"); strings.Count(r.out, "\n") != 100 || r.err != "" {
		t.Errorf("the last 99: %.400s, and %q", r.out, r.err)
	}
	const deprecated = "Flag --most has been deprecated, use --limit instead\n"
	if r := b.run("queue", "dead", "list", "--most", "3", "--json"); r.code != 0 || !strings.HasPrefix(r.err, deprecated) || strings.Count(r.out, `"event_id"`) != 3 || !json.Valid([]byte(r.out)) {
		t.Errorf("with --most: %.400s, and %q", r.out, r.err)
	}
	if r := b.run("queue", "pending", "--most", "3"); r.code != 0 || r.err != deprecated {
		t.Errorf("pending --most: %+v", r)
	}
	if r := b.run("queue", "dead", "list", "--help"); !strings.Contains(r.out, "--limit int") || strings.Contains(r.out, "--most") {
		t.Errorf("--help: %s", r.out)
	}
	if r := b.run("queue", "dead", "list", "--after", list[0].ID); r.code != 1 || !strings.Contains(r.err, "want the type") {
		t.Errorf("of no type: %+v", r)
	}
	if out := b.ok("queue", "dead", "drop", event.Type(event.Slack, event.WorkspaceJoin), "--all", "--yes"); out != "team_join: 10000\n10000 dropped\n" {
		t.Errorf("drop all: %s", out)
	}
}
