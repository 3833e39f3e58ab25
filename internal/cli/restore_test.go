package cli_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/workqueue"
)

// backup is a deployment as a backup holds it: a join and a message wait, another
// join is delayed, a dead letter is there, and a job has read its source.
type backup struct {
	bench
	rdb redis.UniversalClient
	app string
}

func restoredBackup(t *testing.T) backup {
	t.Helper()
	b, rdb, app := queued(t)
	for n, eventType := range []string{event.Type(event.Slack, event.WorkspaceJoin), event.Type(event.Slack, event.MessagePublic)} {
		publish(t, rdb, app, workqueue.Event{Type: eventType, ID: fmt.Sprint("Ev", n), Key: fmt.Sprint("Ev", n)})
	}
	key := func(name string) string { return app + ":" + name }
	for _, err := range []error{
		rdb.ZAdd(t.Context(), key("{team_join.0}:delayed"), redis.Z{Score: float64(time.Now().Add(time.Hour).UnixMilli()), Member: "2"}).Err(),
		rdb.XAdd(t.Context(), &redis.XAddArgs{Stream: key("{team_join.0}:dead"), Values: []any{"e", "2"}}).Err(),
		rdb.HSet(t.Context(), key("{bgtasks}:jobs"), "names", `["housekeeping","feed/x in general"]`).Err(),
		rdb.HSet(t.Context(), key("{bgtasks}:job:feed/x in general"), "state", `{"cursor":"7"}`, "runs", 3).Err(),
		rdb.HSet(t.Context(), key("{bgtasks}:job:housekeeping"), "runs", 3).Err(),
		rdb.HSet(t.Context(), key("{presence}:clock"), "rewound", time.Now().UnixMilli()).Err(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return backup{b, rdb, app}
}

// untouched fails the test if something was changed.
func (b backup) untouched() {
	b.t.Helper()
	s, err := presence.Read(b.t.Context(), b.rdb, b.app)
	if err != nil || s.Rewound.IsZero() {
		b.t.Errorf("%+v (%v)", s, err)
	}
	if n := b.rdb.XLen(b.t.Context(), b.app+":{team_join.0}:stream").Val(); n != 1 || !b.rdb.HExists(b.t.Context(), b.app+":{bgtasks}:job:feed/x in general", "state").Val() {
		b.t.Errorf("%d events are left, or the job's state is gone", n)
	}
}

// restoredJSON is what --json writes.
type restoredJSON struct {
	App       string
	DryRun    bool `json:"dry_run"`
	Jobs      []string
	Instances []struct{ Role string }
	Events    []struct {
		Type            string
		Stream, Delayed int64
		DeadLetters     int64 `json:"dead_letters"`
	}
}

func (r restoredJSON) of(eventType string) (stream, delayed, dead int64) {
	for _, e := range r.Events {
		if e.Type == eventType {
			return e.Stream, e.Delayed, e.DeadLetters
		}
	}
	return -1, -1, -1
}

func TestRestore_DropsAndForgets(t *testing.T) {
	t.Parallel()
	b := restoredBackup(t)
	plan := decoded[restoredJSON](b.bench, "restore", "--dry-run")
	b.untouched()
	did := decoded[restoredJSON](b.bench, "restore", "--yes")
	if !plan.DryRun || did.DryRun || plan.App != b.app {
		t.Errorf("%+v, %+v", plan, did)
	}
	for _, r := range []restoredJSON{plan, did} {
		if !slices.Equal(r.Jobs, []string{"feed/x in general"}) || len(r.Events) != len(app.EventTypes()) {
			t.Errorf("%+v", r)
		}
		if stream, delayed, dead := r.of(event.Type(event.Slack, event.WorkspaceJoin)); stream != 1 || delayed != 1 || dead != 1 {
			t.Errorf("joins: %d, %d and %d dead letters", stream, delayed, dead)
		}
		if stream, delayed, dead := r.of(event.Type(event.Slack, event.MessagePublic)); stream != 1 || delayed != 0 || dead != 0 {
			t.Errorf("messages: %d, %d and %d dead letters", stream, delayed, dead)
		}
	}
	again := decoded[restoredJSON](b.bench, "restore", "--yes")
	if stream, delayed, dead := again.of(event.Type(event.Slack, event.WorkspaceJoin)); len(again.Jobs) != 0 || stream != 0 || delayed != 0 || dead != 1 {
		t.Errorf("once more: %+v", again)
	}
	if record := b.rdb.HGetAll(t.Context(), b.app+":{bgtasks}:job:feed/x in general").Val(); len(record) != 1 || record["runs"] != "3" {
		t.Errorf("left of the record: %v", record)
	}
	if s, err := presence.Read(t.Context(), b.rdb, b.app); err != nil || !s.Rewound.IsZero() {
		t.Errorf("%+v (%v)", s, err)
	}
}

func TestRestore_KeepsTheQueueIfAsked(t *testing.T) {
	t.Parallel()
	b := restoredBackup(t)
	out := b.ok("restore", "--yes", "--keep-queue")
	if !strings.Contains(out, "Events on the queue, which are kept") || !strings.Contains(out, "Done. Jobs restarted: 1. Events dropped: 0.") {
		t.Errorf("%s", out)
	}
	if n := b.rdb.XLen(t.Context(), b.app+":{team_join.0}:stream").Val(); n != 1 {
		t.Errorf("%d events are left", n)
	}
}

func TestRestore_AsksForTheName(t *testing.T) {
	t.Parallel()
	for _, typed := range []string{"", "\n", "yes\n", "gopherbot\n", strings.Repeat("x", 10_000)} {
		b := restoredBackup(t)
		b.in = strings.NewReader(typed)
		if r := b.run("restore"); r.code != 1 || !strings.Contains(r.err, "nothing was changed") {
			t.Errorf("%.20q: exit code %d, %s", typed, r.code, r.err)
		}
		b.untouched()
	}
	b := restoredBackup(t)
	b.in = strings.NewReader(b.app + "\n")
	if out := b.ok("restore"); !strings.Contains(out, "Done. Jobs restarted: 1. Events dropped: 3.") || !strings.Contains(out, "  feed/x in general\n") {
		t.Errorf("%s", out)
	}
	if r := b.run("restore", "--json"); r.code != 1 || !strings.Contains(r.err, "--json needs --yes or --dry-run") {
		t.Errorf("exit code %d, %s", r.code, r.err)
	}
}

func TestRestore_RefusesWhileProcessesRun(t *testing.T) {
	t.Parallel()
	b := restoredBackup(t)
	m := presence.NewMember(b.rdb, presence.Options{
		App: b.app, TTL: 30 * time.Second, Instance: presence.Instance{Role: "consumer", Name: "worker.1\x1b[2J", Environment: "production", Started: time.Now()},
	})
	if err := m.Beat(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := b.run("restore", "--yes")
	if r.code != 1 || !strings.Contains(r.err, "processes of "+b.app+" are running, such as consumer worker.1") || !strings.Contains(r.err, "--force") {
		t.Errorf("exit code %d, %s", r.code, r.err)
	}
	b.untouched()
	if out := b.ok("restore", "--dry-run"); !strings.Contains(out, "Running: consumer worker.1") || strings.Contains(out, "\x1b") {
		t.Errorf("%q", out)
	}
	if did := decoded[restoredJSON](b.bench, "restore", "--yes", "--force"); len(did.Jobs) != 1 || len(did.Instances) != 1 {
		t.Errorf("%+v", did)
	}
}

func TestRestore_OnACluster(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.Open(t, redistest.Clustered), redistest.App()
	addr := rdb.(*redis.ClusterClient).Options().Addrs[0]
	b := bench{t: t, environ: []string{"REDIS_URL=redis://" + addr, "GOPHER_REDIS_MODE=cluster", "GOPHER_REDIS_INSECURE=true", "GOPHER_APP=" + app}}
	p, err := workqueue.NewPublisher(rdb, workqueue.PublisherOptions{App: app, Shards: 3})
	if err != nil {
		t.Fatal(err)
	}
	const joins = 30
	for n := range joins {
		if _, err := p.Publish(t.Context(), workqueue.Event{Type: event.Type(event.Slack, event.WorkspaceJoin), ID: fmt.Sprint(n), Partition: fmt.Sprint(n)}); err != nil {
			t.Fatal(err)
		}
	}
	if stream, _, _ := decoded[restoredJSON](b, "restore", "--yes").of(event.Type(event.Slack, event.WorkspaceJoin)); stream != joins {
		t.Errorf("%d dropped, want %d", stream, joins)
	}
}
