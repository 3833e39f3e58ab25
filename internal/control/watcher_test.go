package control_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/control"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// watch runs a Watcher until the test ends.
func watch(t *testing.T, s *control.Store, log *testenv.Log) *control.Watcher {
	t.Helper()
	w := control.NewWatcher(s, zerolog.New(log))
	w.Poll(20 * time.Millisecond)
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { w.Run(ctx) })
	t.Cleanup(func() {
		stop()
		testenv.Wait(t, &running)
	})
	return w
}

// TestWatcher_Follows has the watchers of two processes follow the controls.
func TestWatcher_Follows(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, s *control.Store) {
		set(t, s, control.Control{Kind: control.EventType, Name: "team_join"})
		list := []*control.Watcher{watch(t, s, &testenv.Log{}), watch(t, s, &testenv.Log{})}
		for _, w := range list {
			if !w.Loaded(t.Context()) || !w.TypePaused("team_join") || w.TypePaused("message_public") {
				t.Errorf("at the start: %q", names(w.List()))
			}
		}
		both := func(text string, ok func(*control.Watcher) bool) {
			t.Helper()
			testenv.Eventually(t, text, func() bool { return ok(list[0]) && ok(list[1]) })
		}
		set(t, s, control.Control{Kind: control.Platform, Name: "mattermost"})
		both("the platform's types are paused", func(w *control.Watcher) bool {
			return w.TypePaused("mattermost_send") && w.TypePaused("mattermost_message_public") && !w.TypePaused("send")
		})
		set(t, s, control.Control{Kind: control.Handler, Name: "define"})
		both("the handler is paused", func(w *control.Watcher) bool { return w.HandlerPaused("define") && !w.HandlerPaused("flip") })
		set(t, s, control.Control{Kind: control.Channel, Name: "C1", Label: "general"})
		both("the channel is silenced", func(w *control.Watcher) bool {
			return w.Silenced("slack", "C1") && w.Silenced("slack", "general") && !w.Silenced("slack", "C2") && !w.Silenced("mattermost", "C1")
		})
		set(t, s, control.Control{Kind: control.Person, Name: "mattermost:u1", Label: "ada"})
		both("the person is ignored", func(w *control.Watcher) bool {
			return w.Ignored("mattermost", "u1") && !w.Ignored("slack", "u1") && !w.Ignored("mattermost", "ada")
		})
		for _, c := range list[0].List() {
			if _, err := s.Clear(t.Context(), c.Kind, c.Name); err != nil {
				t.Fatal(err)
			}
		}
		both("all is as before", func(w *control.Watcher) bool {
			return len(w.List()) == 0 && !w.TypePaused("team_join") && !w.HandlerPaused("define") && !w.Silenced("slack", "general")
		})
	})
}

// TestWatcher_RedisAway keeps the last known controls while Redis is gone, and says so once.
// A process that starts meanwhile knows none until Redis is back.
func TestWatcher_RedisAway(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	rdb, log := redistest.Dial(t, server.URL()), &testenv.Log{}
	s := control.New(rdb, redistest.App())
	set(t, s, control.Control{Kind: control.Handler, Name: "define"})
	w := watch(t, s, log)
	if !w.Loaded(t.Context()) {
		t.Fatal("not loaded")
	}
	server.Stop(t)
	testenv.Eventually(t, "the outage is logged", func() bool { return strings.Contains(log.String(), "read the controls") })
	if !w.HandlerPaused("define") {
		t.Error("the outage ended the pause")
	}
	late := watch(t, s, &testenv.Log{})
	soon, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if late.Loaded(soon) {
		t.Error("loaded without Redis")
	}
	server.Restart(t)
	testenv.Eventually(t, "the end of the outage is logged", func() bool { return strings.Contains(log.String(), "can be read again") })
	if !late.Loaded(t.Context()) {
		t.Error("not loaded after the outage")
	}
	if n := strings.Count(log.String(), "those that are known hold"); n != 1 {
		t.Errorf("logged the outage %d times", n)
	}
}

// TestWatcher_LogsChanges says who has done what and why.
func TestWatcher_LogsChanges(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	s, log := control.New(rdb, app), &testenv.Log{}
	w := watch(t, s, log)
	w.Loaded(t.Context())
	set(t, s, control.Control{Kind: control.Handler, Name: "define", By: "ada", Why: "wrong terms"})
	testenv.Eventually(t, "the pause is logged", func() bool {
		return strings.Contains(log.String(), `"kind":"handler","name":"define","by":"ada","why":"wrong terms"`) && strings.Contains(log.String(), "has effect")
	})
	if _, err := s.Clear(t.Context(), control.Handler, "define"); err != nil {
		t.Fatal(err)
	}
	testenv.Eventually(t, "its end is logged", func() bool { return strings.Contains(log.String(), "has ended") })
}
