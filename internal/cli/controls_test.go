package cli_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/audit"
	"github.com/gobridge/gopherbot/internal/channeldir"
	"github.com/gobridge/gopherbot/internal/event"
)

// setControl is a control as scripts read it.
type setControl struct {
	Kind, Name, Label, By, Why string
	Since                      time.Time
}

// audited returns the audit as lines, the latest first.
func audited(b bench, l *audit.Log) []string {
	b.t.Helper()
	entries, err := l.List(b.t.Context(), "", 100)
	if err != nil {
		b.t.Fatal(err)
	}
	var lines []string
	for _, e := range entries {
		lines = append(lines, strings.Join([]string{e.Who, string(e.Via), string(e.Action), e.On, e.Detail, e.Outcome}, "|"))
	}
	return lines
}

func TestPause(t *testing.T) {
	t.Parallel()
	b, rdb, app := queued(t)
	b.environ = append(b.environ, "GOPHER_OPERATOR=ada")
	if out := b.ok("paused"); out != "Nothing is paused, no channel is silenced, nobody is ignored.\n" {
		t.Errorf("at first: %s", out)
	}
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"pause", "handler", "flip a coin", "--why", "it floods #general"}, `Paused handler "command \"flip a coin\""`},
		{[]string{"pause", "handler", `command "flip a coin"`}, "It was before"},
		{[]string{"pause", "handler", "announcement"}, `Paused handler "announcement"`},
		{[]string{"pause", "type", "team_join"}, "Paused type team_join"},
		{[]string{"pause", "platform", "slack", "--why", "incident 42"}, "Paused platform slack"},
		{[]string{"resume", "type", "team_join"}, "Resumed type team_join"},
		{[]string{"resume", "handler", "Flip a coin"}, `Resumed handler "command \"flip a coin\""`},
	} {
		if out := b.ok(test.args...); !strings.Contains(out, test.want) || !strings.Contains(out, "within 5 seconds") {
			t.Errorf("%q: %s", test.args, out)
		}
	}
	list := decoded[[]setControl](b, "paused")
	if len(list) != 2 || list[0].Kind != "platform" || list[0].Name != "slack" || list[0].By != "ada" || list[0].Why != "incident 42" || time.Since(list[0].Since).Abs() > time.Minute {
		t.Errorf("%+v", list)
	}
	if out := b.ok("paused"); !strings.Contains(out, "incident 42") || strings.Count(out, "\n") != 3 {
		t.Errorf("%s", out)
	}
	got := audited(b, audit.New(rdb, app))
	if len(got) != 7 || got[0] != `ada|tool|resume|handler "command \"flip a coin\""||done` || got[6] != `ada|tool|pause|handler "command \"flip a coin\""|it floods #general|done` {
		t.Errorf("the audit has %q", got)
	}
}

func TestPause_Mistakes(t *testing.T) {
	t.Parallel()
	b, _, _ := queued(t)
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"pause", "planet", "mars"}, `"planet": want platform, type or handler`},
		{[]string{"pause", "platform", "slak"}, `no platform is called "slak"; did you mean "slack"?`},
		{[]string{"pause", "type", "mesage_public"}, `did you mean "message_public"?`},
		{[]string{"pause", "handler", "flip a con"}, "no handler is called"},
		{[]string{"pause", "handler", "command"}, "may be several handlers"},
		{[]string{"resume", "type", "team_join"}, "it is not set; there is no such type"},
		{[]string{"unignore", "U1"}, "it is not set; there is no such person"},
		{[]string{"ignore", "ada"}, `"ada" is no person`},
		{[]string{"ignore", "ada@example.com"}, "GOPHER_SLACK_BOT_ACCESS_TOKEN is not set"},
		{[]string{"silence", "general"}, "is bgtasks running?"},
		{[]string{"silence", "two words"}, "names no channel"},
		{[]string{"pause", "type", "team_join", "--why", "a\x1b[2J"}, "reason: want text without control characters"},
	} {
		if r := b.run(test.args...); r.code != 1 || !strings.Contains(r.err, test.want) {
			t.Errorf("%q: %+v, want %s", test.args, r, test.want)
		}
	}
}

func TestSilenceAndIgnore(t *testing.T) {
	t.Parallel()
	b, rdb, app := queued(t)
	err := channeldir.NewDirectory(rdb, app, event.Workspace{Source: event.Slack}).Fill(t.Context(), func(context.Context) ([]channeldir.Channel, error) {
		return []channeldir.Channel{{ID: "C01GENERAL", Name: "general"}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	b.ok("silence", "#general", "--why", "a memorial")
	b.ok("silence", "mattermost:4xp9")
	b.ok("ignore", "U012ABCDEF0")
	list := decoded[[]setControl](b, "paused")
	if len(list) != 3 || list[0].Name != "C01GENERAL" || list[0].Label != "general" || list[1].Name != "mattermost:4xp9" || list[2].Name != "U012ABCDEF0" {
		t.Errorf("%+v", list)
	}
	for _, args := range [][]string{{"unsilence", "general"}, {"unsilence", "mattermost:4xp9"}, {"unignore", "U012ABCDEF0"}} {
		b.ok(args...)
	}
	if list := decoded[[]setControl](b, "paused"); len(list) != 0 {
		t.Errorf("left: %+v", list)
	}
	if r := b.run("silence", "nowhere"); r.code != 1 || !strings.Contains(r.err, `no public channel of Slack is called "nowhere"`) {
		t.Errorf("%+v", r)
	}
}
