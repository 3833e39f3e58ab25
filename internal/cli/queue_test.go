package cli_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	gopherapp "github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/internal/cli"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// queued returns a bench with the configuration of a new deployment, its Redis and its name.
func queued(t *testing.T) (bench, redis.UniversalClient, string) {
	t.Helper()
	rdb, app := redistest.New(t)
	member := presence.NewMember(rdb, presence.Options{App: app, Instance: presence.Instance{Role: "consumer", Name: "test", ID: "1"}})
	if err := member.Beat(t.Context()); err != nil {
		t.Fatal(err)
	}
	return bench{t: t, environ: []string{"REDIS_URL=" + redistest.URL(t), "GOPHER_REDIS_INSECURE=true", "GOPHER_APP=" + app}}, rdb, app
}

// publish puts an event on a deployment's queue.
func publish(t *testing.T, rdb redis.UniversalClient, app string, e workqueue.Event) {
	t.Helper()
	p, err := workqueue.NewPublisher(rdb, workqueue.PublisherOptions{App: app})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Publish(t.Context(), e); err != nil {
		t.Fatal(err)
	}
}

func TestQueueStats(t *testing.T) {
	t.Parallel()
	b, rdb, app := queued(t)
	publish(t, rdb, app, workqueue.Event{Type: event.Type(event.Slack, event.WorkspaceJoin), ID: "Ev1"})

	list := decoded[[]struct {
		Type  string
		Depth int
	}](b, "queue", "stats")
	if len(list) != len(gopherapp.EventTypes()) || list[2].Type != event.Type(event.Slack, event.WorkspaceJoin) || list[2].Depth != 1 {
		t.Errorf("%+v", list)
	}
	lines := strings.Split(b.ok("queue", "stats"), "\n")
	if !strings.HasPrefix(lines[0], "TYPE ") || !strings.HasPrefix(strings.Join(strings.Fields(lines[3]), " "), "team_join 1 0 ") {
		t.Errorf("%q", lines)
	}
}

func TestQueueStats_WarnsOfDeprecatedVariables(t *testing.T) {
	t.Parallel()
	b, _, _ := queued(t)
	b.environ = append(b.environ, "GOPHER_DEAD_LETTERS_KEPT=24h")
	const want = "gopherbot: warning: GOPHER_DEAD_LETTERS_KEPT is deprecated and will stop working in the next release: rename it to GOPHER_DEAD_LETTER_RETENTION\n"
	if r := b.run("queue", "stats", "--json"); r.code != 0 || r.err != want || !json.Valid([]byte(r.out)) {
		t.Errorf("%+v, want the warning %q", r, want)
	}
}

// TestQueue_UnknownType names types with a mistake: an empty answer would say that all is well.
func TestQueue_UnknownType(t *testing.T) {
	t.Parallel()
	b, rdb, app := queued(t)
	publish(t, rdb, app, workqueue.Event{Type: "of_another_release", ID: "Ev1"})
	for _, args := range [][]string{
		{"dead", "list", "mesage_public"}, {"dead", "show", "mesage_public", "1-0"}, {"dead", "replay", "mesage_public", "--all"},
		{"dead", "drop", "mesage_public", "1-0"}, {"pending", "mesage_public"},
	} {
		r := b.run(append([]string{"queue"}, args...)...)
		if want := `no type of events is called "mesage_public"; did you mean "message_public"?`; r.code != 1 || r.out != "" || !strings.Contains(r.err, want) {
			t.Errorf("%v: %+v, want exit code 1 and %s", args, r, want)
		}
	}
	b.ok("queue", "pending", "of_another_release")
}

// TestQueue_UnknownDeployment asks for a deployment of which Redis has nothing.
func TestQueue_UnknownDeployment(t *testing.T) {
	t.Parallel()
	b, rdb, app := queued(t)
	b.environ = append(b.environ, "GOPHER_APP="+app+"x")
	r := b.run("queue", "stats", "--json")
	if want := `warning: this Redis has nothing of a deployment "` + app + `x"; did you mean "` + app + `"? It has `; r.code != 1 || !strings.Contains(r.err, want) || !json.Valid([]byte(r.out)) {
		t.Errorf("%+v, want exit code 1 and %s", r, want)
	}
	// Nothing is done there, and no audit of it begins.
	b.environ = append(b.environ, "GOPHER_SLACK_BOT_ACCESS_TOKEN=xoxb-1", "GOPHER_SLACK_API_URL=http://127.0.0.1:1/")
	for _, args := range [][]string{{"pause", "type", "team_join"}, {"say", "C012ABCDEF0", "hi"}, {"unsay", "https://example.slack.com/archives/C012ABCDEF0/p1700000000000100"}} {
		if r := b.run(args...); r.code != 1 || !strings.Contains(r.err, "nothing was done: this Redis has nothing of a deployment") {
			t.Errorf("%q: %+v", args, r)
		}
	}
	if left := rdb.Keys(t.Context(), app+"x*").Val(); len(left) > 0 {
		t.Errorf("left in Redis: %q", left)
	}
}

func TestQueueStats_WarnsOfUnknownVariables(t *testing.T) {
	t.Parallel()
	b, _, _ := queued(t)
	b.environ = append(b.environ, "GOPHER_FEED=hunter2")
	const want = "gopherbot: warning: GOPHER_FEED is set, and no program of this release reads it: rename it to GOPHER_FEEDS, or remove it\n"
	if r := b.run("queue", "stats", "--json"); r.code != 0 || r.err != want || !json.Valid([]byte(r.out)) {
		t.Errorf("%+v, want the warning %q", r, want)
	}
}

// TestQueueStats_Unanswered has a gateway and a consumer count unanswered events.
func TestQueueStats_Unanswered(t *testing.T) {
	t.Parallel()
	b, rdb, app := queued(t)
	ended, end := context.WithCancel(t.Context())
	end()
	presence.NewTally(rdb, app, func() []presence.Unanswered {
		return []presence.Unanswered{{Type: event.Type(event.Slack, event.MessagePrivate), Refused: 3, TooOld: 12}}
	}, zerolog.Nop()).Run(ended)

	list := decoded[[]struct {
		Type    string
		Refused int
		TooOld  int `json:"too_old"`
	}](b, "queue", "stats")
	for _, s := range list {
		if private := s.Type == event.Type(event.Slack, event.MessagePrivate); private != (s.Refused == 3) || private != (s.TooOld == 12) {
			t.Errorf("%+v", s)
		}
	}
	table := strings.Join(strings.Fields(b.ok("queue", "stats")), " ")
	if !strings.Contains(table, "DEAD DROPPED REFUSED TOO OLD CONSUMERS") || !strings.Contains(table, "message_private 0 0 - 0 0 0 3 12 0") {
		t.Error(table)
	}
}

// TestQueueStats_Live watches the table until it shows a published event.
func TestQueueStats_Live(t *testing.T) {
	t.Parallel()
	b, rdb, app := queued(t)
	b.terminal = true
	ctx, cancel := context.WithCancel(t.Context())
	var out, errs buffer
	done := make(chan int, 1)
	go func() { done <- cli.Run(ctx, b.env(&out, &errs), []string{"queue", "stats", "--every", "100ms"}) }()
	shows := func(row string) func() bool {
		return func() bool {
			drawn := out.String()
			frame := drawn[strings.LastIndex(drawn, "\x1b[H")+1:]
			return strings.Contains(strings.Join(strings.Fields(frame), " "), row)
		}
	}
	testenv.Eventually(t, "nothing is there", shows("team_join 0 0"))
	publish(t, rdb, app, workqueue.Event{Type: event.Type(event.Slack, event.WorkspaceJoin), ID: "Ev1"})
	testenv.Eventually(t, "an event is there", shows("team_join 1 0"))
	cancel()
	if code := testenv.Next(t, done); code != 0 || errs.String() != "" {
		t.Errorf("exit code %d, %s", code, errs.String())
	}
}
