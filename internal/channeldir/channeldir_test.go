package channeldir_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/channeldir"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/test/redistest"
)

func TestMain(m *testing.M) { os.Exit(redistest.Main(m)) }

// all is a list for Fill.
func all(list ...channeldir.Channel) func(context.Context) ([]channeldir.Channel, error) {
	return func(context.Context) ([]channeldir.Channel, error) { return list, nil }
}

func TestDirectory_FillAndLookUp(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	d := channeldir.NewDirectory(rdb, app, event.Workspace{Source: event.Slack})
	ctx := t.Context()

	if _, err := d.Name(ctx, "C1"); !errors.Is(err, channeldir.ErrNotFilled) {
		t.Errorf("before it was filled: %v", err)
	}
	if _, err := d.ID(ctx, "general"); !errors.Is(err, channeldir.ErrNotFilled) {
		t.Errorf("before it was filled: %v", err)
	}
	if _, err := d.IDs(ctx, "general", "newbies"); !errors.Is(err, channeldir.ErrNotFilled) {
		t.Errorf("before it was filled: %v", err)
	}
	ids := func(names ...string) []string {
		t.Helper()
		got, err := d.IDs(ctx, names...)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}

	if err := d.Fill(ctx, all(channeldir.Channel{ID: "C1", Name: "general"}, channeldir.Channel{ID: "C2", Name: "newbies"})); err != nil {
		t.Fatal(err)
	}
	if got := ids("newbies", "nowhere", "general"); !slices.Equal(got, []string{"C2", "", "C1"}) {
		t.Errorf("ids %q", got)
	}
	if got := ids("nowhere"); !slices.Equal(got, []string{""}) {
		t.Errorf("id of a channel that does not exist %q", got)
	}
	if got := ids(); got != nil {
		t.Errorf("ids of nothing: %q", got)
	}
	for id, want := range map[string]string{"C1": "general", "C9": ""} {
		if name, err := d.Name(ctx, id); err != nil || name != want {
			t.Errorf("%s is %q (%v), want %q", id, name, err, want)
		}
	}
	for name, want := range map[string]string{"general": "C1", "nowhere": ""} {
		if id, err := d.ID(ctx, name); err != nil || id != want {
			t.Errorf("%s is %q (%v), want %q", name, id, err, want)
		}
	}

	// A renamed and a removed channel.
	if err := d.Fill(ctx, all(channeldir.Channel{ID: "C2", Name: "beginners"})); err != nil {
		t.Fatal(err)
	}
	if got := ids("newbies", "beginners", "general"); !slices.Equal(got, []string{"", "C2", ""}) {
		t.Errorf("ids after the change %q", got)
	}
	if err := d.Fill(ctx, all()); err == nil {
		t.Error("it can be emptied by mistake")
	}
}

func TestDirectory_Fresh(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	d := channeldir.NewDirectory(rdb, app, event.Workspace{Source: event.Slack})
	is := func(want bool) {
		t.Helper()
		if fresh, err := d.Fresh(t.Context()); err != nil || fresh != want {
			t.Errorf("fresh: %v, %v; want %v", fresh, err, want)
		}
	}
	is(false)
	if _, err := d.Apply(t.Context(), channeldir.Change{ID: "C1", Name: "general"}, time.Now()); err != nil {
		t.Fatal(err)
	}
	is(false)
	if err := d.Fill(t.Context(), all(channeldir.Channel{ID: "C1", Name: "general"})); err != nil {
		t.Fatal(err)
	}
	is(true)
	if ttl, err := rdb.TTL(t.Context(), app+":{channels}:fresh").Result(); err != nil || ttl <= 19*time.Minute || ttl > 20*time.Minute {
		t.Errorf("for %v, %v", ttl, err)
	}
}

func TestDirectory_Changes(t *testing.T) {
	t.Parallel()
	start := time.Now()
	at := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	type change struct {
		channeldir.Change
		at time.Time
	}
	do := func(id, name string, seconds int) change {
		return change{channeldir.Change{ID: id, Name: name}, at(seconds)}
	}
	for _, test := range []struct {
		name    string
		changes []change
		want    map[string]string // names to ids, of those that are looked up
		late    int               // how many were not applied
	}{
		{"a new one", []change{do("C3", "jobs", 1)}, map[string]string{"jobs": "C3", "general": "C1"}, 0},
		{"renamed", []change{do("C1", "lobby", 1)}, map[string]string{"lobby": "C1", "general": ""}, 0},
		{"archived", []change{do("C1", "", 1)}, map[string]string{"general": "", "newbies": "C2"}, 0},
		{"archived and back", []change{do("C1", "", 1), do("C1", "general", 2)}, map[string]string{"general": "C1"}, 0},
		{"renamed twice, heard of in the other order", []change{do("C1", "third", 2), do("C1", "second", 1)},
			map[string]string{"third": "C1", "second": "", "general": ""}, 1},
		{"a name that goes from one to another", []change{do("C1", "old-general", 1), do("C2", "general", 2)},
			map[string]string{"general": "C2", "old-general": "C1", "newbies": ""}, 0},
		{"the same, heard of in the other order", []change{do("C2", "general", 2), do("C1", "old-general", 1)},
			map[string]string{"general": "C2", "old-general": "C1", "newbies": ""}, 0},
		{"the same event twice", []change{do("C1", "lobby", 1), do("C1", "lobby", 1)}, map[string]string{"lobby": "C1"}, 0},
		{"one that was never heard of goes", []change{do("C9", "", 1)}, map[string]string{"general": "C1"}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			rdb, app := redistest.New(t)
			d := channeldir.NewDirectory(rdb, app, event.Workspace{Source: event.Slack})
			if err := d.Fill(t.Context(), all(channeldir.Channel{ID: "C1", Name: "general"}, channeldir.Channel{ID: "C2", Name: "newbies"})); err != nil {
				t.Fatal(err)
			}
			late := 0
			for _, c := range test.changes {
				applied, err := d.Apply(t.Context(), c.Change, c.at)
				if err != nil {
					t.Fatal(err)
				}
				if !applied {
					late++
				}
			}
			for name, want := range test.want {
				if id, err := d.ID(t.Context(), name); err != nil || id != want {
					t.Errorf("#%s is %q (%v), want %q", name, id, err, want)
				}
			}
			if late != test.late {
				t.Errorf("%d came too late, want %d", late, test.late)
			}
		})
	}
}

func TestDirectory_ChangeBeforeFill(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	d := channeldir.NewDirectory(rdb, app, event.Workspace{Source: event.Slack})
	if _, err := d.Apply(t.Context(), channeldir.Change{ID: "C1", Name: "general"}, time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Name(t.Context(), "C2"); !errors.Is(err, channeldir.ErrNotFilled) {
		t.Errorf("%v, want ErrNotFilled", err)
	}
}

// TestDirectory_StaleListIsFetchedAgain is of a list that takes long,
// or of a process that was paused while it asked for it.
func TestDirectory_StaleListIsFetchedAgain(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	d := channeldir.NewDirectory(rdb, app, event.Workspace{Source: event.Slack})
	asked := 0
	changing := func(times int) func(ctx context.Context) ([]channeldir.Channel, error) {
		asked = 0
		return func(ctx context.Context) ([]channeldir.Channel, error) {
			asked++
			if asked > times {
				return []channeldir.Channel{{ID: "C1", Name: "lobby"}}, nil
			}
			if _, err := d.Apply(ctx, channeldir.Change{ID: "C1", Name: "lobby"}, time.Now()); err != nil {
				t.Error(err)
			}
			return []channeldir.Channel{{ID: "C1", Name: "general"}}, nil
		}
	}
	if err := d.Fill(t.Context(), changing(1)); err != nil || asked != 2 {
		t.Errorf("asked %d times (%v), want 2", asked, err)
	}
	if name, err := d.Name(t.Context(), "C1"); err != nil || name != "lobby" {
		t.Errorf("C1 is %q (%v)", name, err)
	}
	if err := d.Fill(t.Context(), changing(100)); err == nil || asked != 3 {
		t.Errorf("asked %d times (%v), want an error after 3", asked, err)
	}
	if name, err := d.Name(t.Context(), "C1"); err != nil || name != "lobby" {
		t.Errorf("C1 is %q (%v)", name, err)
	}
}
