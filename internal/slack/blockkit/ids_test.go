package blockkit_test

import (
	"testing"

	"github.com/gobridge/gopherbot/internal/slack/blockkit"
)

func TestActionID_IsRead(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		blockkit.ActionID("approve", 1): "approve", blockkit.ActionID("approve", 2): "approve", blockkit.ActionID("a-1", 25): "a-1",
		":link:1": "", ":": "", "": "", "link": "link",
	} {
		if got, ok := blockkit.ComponentID(id); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v; want %q", id, got, ok, want)
		}
	}
	if one, two := blockkit.ActionID("approve", 1), blockkit.ActionID("approve", 2); one != "approve" || two != "approve:2" {
		t.Errorf("%q, %q", one, two)
	}
}

func TestBlockID_IsRead(t *testing.T) {
	t.Parallel()
	for _, want := range [][2]string{{"", ""}, {"U1", ""}, {"", "a|b"}, {"U1", `{"n":17}`}} {
		if asker, data := blockkit.ParseBlockID(blockkit.BlockID(7, want[0], want[1])); asker != want[0] || data != want[1] {
			t.Errorf("%q, %q; want %q", asker, data, want)
		}
	}
	for _, other := range []string{"", "x", "x|U1|a", "|U1|a", "17", "Zx3+"} {
		if asker, data := blockkit.ParseBlockID(other); asker != "" || data != "" {
			t.Errorf("%q: %q, %q", other, asker, data)
		}
	}
}

func TestFormCallback_IsRead(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		blockkit.FormCallback("define", false): "define", blockkit.FormCallback("define", true): "define", "": "",
	} {
		if got := blockkit.ParseFormCallback(id); got != want {
			t.Errorf("%q: %q", id, got)
		}
	}
	if got := blockkit.FormCallback("define", true); got != "?define" {
		t.Errorf("a form with Validate: %q", got)
	}
}
