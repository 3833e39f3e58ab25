package app

import (
	"context"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/channeldir"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/test/redistest"
)

func TestMatchEvent(t *testing.T) {
	t.Parallel()
	const id, request, key = "Ev1", "r-1", "T1/C012ABC/1700000000.000100"
	for named, want := range map[string]bool{
		id: true, request: true, key: true, "Ev2": false, "": false,
		"https://example.slack.com/archives/C012ABC/p1700000000000100": true, "https://example.slack.com/archives/C012ABC/p1700000000000101": false,
	} {
		match, problem := matchEvent(named)
		if problem != "" || match(id, request, key) != want {
			t.Errorf("%q: want %v; %s", named, want, problem)
		}
	}
	if _, problem := matchEvent("https://example.com/"); !strings.Contains(problem, "no link of a message") {
		t.Errorf("another address: %q", problem)
	}
}

func TestFindChannel(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	d := channeldir.NewDirectory(rdb, app, event.Workspace{Source: event.Slack})
	find := func(named string) string {
		t.Helper()
		target, err := event.ParseTarget(named)
		if err != nil {
			t.Fatal(err)
		}
		name, label, problem, err := findChannel(t.Context(), d, target)
		if err != nil {
			t.Fatal(err)
		}
		return name + "|" + label + "|" + problem
	}
	unknown := `||No public channel is known as "general". Write the id of a private one.`
	if got := find("general"); got != unknown {
		t.Errorf("before the directory is filled: %s", got)
	}
	if got := find("C9"); got != "C9||" {
		t.Errorf("an id before it is filled: %s", got)
	}
	err := d.Fill(t.Context(), func(context.Context) ([]channeldir.Channel, error) {
		return []channeldir.Channel{{ID: "C1", Name: "general"}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for named, want := range map[string]string{"general": "C1|general|", "#general": "C1|general|", "C1": "C1|general|", "C9": "C9||"} {
		if got := find(named); got != want {
			t.Errorf("%s: %s, want %s", named, got, want)
		}
	}
}
