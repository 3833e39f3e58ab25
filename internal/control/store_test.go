package control_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/control"
	"github.com/gobridge/gopherbot/internal/test/redistest"
)

func TestMain(m *testing.M) { os.Exit(redistest.Main(m)) }

// onEveryRedis runs a test with a Store on every kind of Redis.
func onEveryRedis(t *testing.T, test func(t *testing.T, s *control.Store)) {
	t.Parallel()
	for _, kind := range []redistest.Kind{redistest.Single, redistest.Clustered, redistest.Embedded} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			test(t, control.New(redistest.Open(t, kind), redistest.App()))
		})
	}
}

func set(t *testing.T, s *control.Store, c control.Control) (stored control.Control, isNew bool) {
	t.Helper()
	if c.By == "" {
		c.By = "ada"
	}
	stored, isNew, err := s.Set(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return stored, isNew
}

func names(list []control.Control) []string {
	var names []string
	for _, c := range list {
		names = append(names, c.String())
	}
	return names
}

// TestStore_FullRedis: an operator must be able to pause the type that fills Redis.
func TestStore_FullRedis(t *testing.T) {
	t.Parallel()
	rdb := redistest.Dial(t, redistest.Start(t, "--maxmemory", "1", "--maxmemory-policy", "noeviction").URL())
	if err := rdb.Set(t.Context(), "key", "value", 0).Err(); !redis.HasErrorPrefix(err, "OOM") {
		t.Fatalf("Redis is not full: %v", err)
	}
	s := control.New(rdb, redistest.App())
	for _, wantNew := range []bool{true, false} {
		if _, isNew := set(t, s, control.Control{Kind: control.EventType, Name: "team_join"}); isNew != wantNew {
			t.Errorf("new: %v", isNew)
		}
	}
	if list, err := s.List(t.Context()); err != nil || len(list) != 1 {
		t.Errorf("%q (%v)", names(list), err)
	}
	if _, err := s.Clear(t.Context(), control.EventType, "team_join"); err != nil {
		t.Error(err)
	}
}

func TestStore_SetAndClear(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, s *control.Store) {
		before := time.Now().Add(-time.Minute)
		first, isNew := set(t, s, control.Control{Kind: control.Handler, Name: "command flip", By: "ada", Why: "it floods #general"})
		if !isNew || first.At.Before(before) || first.At.After(time.Now().Add(time.Minute)) {
			t.Errorf("set %+v, new: %v", first, isNew)
		}
		set(t, s, control.Control{Kind: control.Person, Name: "U1", Label: "grace"})
		set(t, s, control.Control{Kind: control.Platform, Name: "slack"})
		set(t, s, control.Control{Kind: control.Channel, Name: "mattermost:c2", Label: "general"})
		set(t, s, control.Control{Kind: control.EventType, Name: "team_join"})
		again, isNew := set(t, s, control.Control{Kind: control.Handler, Name: "command flip", By: "bob"})
		if isNew || again.By != "bob" || again.Why != "" {
			t.Errorf("set again %+v, new: %v", again, isNew)
		}
		list, err := s.List(t.Context())
		want := []string{"platform slack", "type team_join", `handler "command flip"`, "channel #general (mattermost:c2)", "person grace (U1)"}
		if err != nil || !slices.Equal(names(list), want) {
			t.Errorf("listed %q (%v), want %q", names(list), err, want)
		}
		ended, err := s.Clear(t.Context(), control.Handler, "command flip")
		if err != nil || ended != again {
			t.Errorf("ended %+v (%v), want %+v", ended, err, again)
		}
		if _, err := s.Clear(t.Context(), control.Handler, "command flip"); !errors.Is(err, control.ErrNotSet) {
			t.Errorf("ended twice: %v", err)
		}
		if list, err := s.List(t.Context()); err != nil || len(list) != len(want)-1 {
			t.Errorf("listed %q (%v)", names(list), err)
		}
	})
}

func TestStore_IsBounded(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, s *control.Store) {
		for n := range control.MaxControls {
			set(t, s, control.Control{Kind: control.Person, Name: fmt.Sprint("U", n)})
		}
		if _, _, err := s.Set(t.Context(), control.Control{Kind: control.Person, Name: "UX", By: "ada"}); !errors.Is(err, control.ErrTooMany) {
			t.Errorf("one too many: %v", err)
		}
		if _, isNew := set(t, s, control.Control{Kind: control.Person, Name: "U7", Why: "spam"}); isNew {
			t.Error("replaced one as new")
		}
	})
}

func TestStore_RefusesInvalidControls(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	s := control.New(rdb, app)
	valid := control.Control{Kind: control.Handler, Name: "define", By: "ada"}
	for _, test := range []struct {
		name   string
		change func(c *control.Control)
		want   string
	}{
		{"kind", func(c *control.Control) { c.Kind = "planet" }, `kind "planet": want one of`},
		{"no name", func(c *control.Control) { c.Name = "" }, "name: want one"},
		{"no operator", func(c *control.Control) { c.By = "" }, "operator: want one"},
		{"long name", func(c *control.Control) { c.Name = strings.Repeat("x", 301) }, "name of 301 bytes: want at most 300"},
		{"long reason", func(c *control.Control) { c.Why = strings.Repeat("x", control.MaxWhy+1) }, "reason of 801 bytes: want at most 800"},
		{"control characters", func(c *control.Control) { c.Why = "a\x1b[2J" }, "reason: want text without control characters"},
		{"C1 controls", func(c *control.Control) { c.By = "a\u009b2J" }, "operator: want text without control characters"},
		{"no UTF-8", func(c *control.Control) { c.Label = "\xff" }, "label: want text without control characters"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := valid
			test.change(&c)
			if _, _, err := s.Set(t.Context(), c); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}
