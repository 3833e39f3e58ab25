package gophers

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/handlertest"
)

// workspace is a workspace that has only #newbies and #reviews.
type workspace struct{ err error }

func (w workspace) Links(_ context.Context, names ...string) ([]string, error) {
	var links []string
	for _, name := range names {
		if name == "newbies" || name == "reviews" {
			name = "<link to " + name + ">"
		}
		links = append(links, name)
	}
	return links, w.err
}

func registry(t *testing.T, w workspace) *handler.Registry {
	t.Helper()
	r, err := Registry(w)
	if err != nil {
		t.Fatalf("the list of declarations has mistakes:\n%v", err)
	}
	return r
}

func TestExamples(t *testing.T) { handlertest.Examples(t, registry(t, workspace{})) }

func TestACoinHasTwoSides(t *testing.T) {
	t.Parallel()
	if side(0) != "heads" || side(1) != "tails" {
		t.Error(side(0), side(1))
	}
}

func TestChannelsAreLinkedByName(t *testing.T) {
	t.Parallel()
	heard := handlertest.Say(t, registry(t, workspace{}), "channels")
	if len(heard.Replies) != 1 || !strings.Contains(heard.Replies[0].Text, "• <link to newbies> – any question") {
		t.Errorf("%+v", heard)
	}
}

func TestWelcomes(t *testing.T) {
	t.Parallel()
	r := registry(t, workspace{})
	if h := handlertest.JoinWorkspace(t, r); len(h.DMs) != 1 || !strings.Contains(h.DMs[0].Text, "Ask in <link to newbies>.") {
		t.Errorf("workspace: %+v", h)
	}
	if h := handlertest.JoinChannel(t, r, "newbies"); len(h.Ephemerals) != 1 || !strings.HasPrefix(h.Ephemerals[0].Text, "Welcome to <link to newbies>!") {
		t.Errorf("#newbies: %+v", h)
	}
	if h := handlertest.JoinChannel(t, r, "general"); len(h.Ephemerals)+len(h.DMs)+len(h.Replies) > 0 {
		t.Errorf("#general: %+v", h)
	}
}

func TestReactions(t *testing.T) {
	t.Parallel()
	r := registry(t, workspace{})
	for say, want := range map[string][]string{
		"who brings the BBQ?":             {"bbqgopher"},
		"GoBuffalo":                       {"gobuffalo"},
		"ermahgerd, a dragon and a ghost": {"ghost", "dragon"},
		"ghostwriter":                     nil,
	} {
		if heard := handlertest.Overhear(t, r, say); !slices.Equal(heard.Reactions, want) || len(heard.Replies) > 0 {
			t.Errorf("%q: %+v, want %q", say, heard, want)
		}
	}
}

func TestWithoutTheDirectoryAnAnswerIsTriedAgain(t *testing.T) {
	t.Parallel()
	away := errors.New("away")
	r := registry(t, workspace{err: away})
	actions := slices.Concat(
		r.Message(handler.Message{Text: "channels", Mentioned: true}),
		r.TeamJoin(handler.Join{}),
		r.ChannelJoin(handler.Join{Channel: handler.Channel{Name: "newbies"}}),
	)
	if len(actions) != 3 {
		t.Fatalf("%d actions, want 3", len(actions))
	}
	for _, action := range actions {
		if err := action.Run(t.Context(), nil); !errors.Is(err, away) {
			t.Errorf("%s: %v", action.Name, err)
		}
	}
}
