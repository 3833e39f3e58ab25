package channels_test

import (
	"errors"
	"os"
	"slices"
	"testing"

	"github.com/gobridge/gopherbot/internal/channels"
	"github.com/gobridge/gopherbot/internal/redistest"
)

func TestMain(m *testing.M) { os.Exit(redistest.Main(m)) }

func TestDirectory(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	d := channels.NewDirectory(rdb, app)
	ctx := t.Context()

	if _, err := d.Name(ctx, "C1"); !errors.Is(err, channels.ErrNotFilled) {
		t.Errorf("before it was filled: %v", err)
	}
	links := func(names ...string) []string {
		t.Helper()
		got, err := d.Links(ctx, names...)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := links("general"); !slices.Equal(got, []string{"#general"}) {
		t.Errorf("before it was filled: %q", got)
	}

	if err := d.Replace(ctx, []channels.Channel{{ID: "C1", Name: "general"}, {ID: "C2", Name: "newbies"}}); err != nil {
		t.Fatal(err)
	}
	if got := links("newbies", "nowhere", "general"); !slices.Equal(got, []string{"<#C2>", "", "<#C1>"}) {
		t.Errorf("links %q", got)
	}
	if got := links("nowhere"); !slices.Equal(got, []string{""}) {
		t.Errorf("link of a channel that does not exist %q", got)
	}
	if got := links(); got != nil {
		t.Errorf("links of nothing: %q", got)
	}
	for id, want := range map[string]string{"C1": "general", "C9": ""} {
		if name, err := d.Name(ctx, id); err != nil || name != want {
			t.Errorf("%s is %q (%v), want %q", id, name, err, want)
		}
	}

	// A renamed and a removed channel.
	if err := d.Replace(ctx, []channels.Channel{{ID: "C2", Name: "beginners"}}); err != nil {
		t.Fatal(err)
	}
	if got := links("newbies", "beginners", "general"); !slices.Equal(got, []string{"", "<#C2>", ""}) {
		t.Errorf("links after the change %q", got)
	}
	if err := d.Replace(ctx, nil); err == nil {
		t.Error("it can be emptied by mistake")
	}
}
