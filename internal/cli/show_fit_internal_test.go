package cli

import "testing"

// TestFit leaves out columns until a table fits, and clips what does not fit even then.
func TestFit(t *testing.T) {
	t.Parallel()
	rows := statsTable([]stats{{Type: "message_public", Depth: 12345}})
	full := tableWidth(rows)
	if got, left := fit(rows, full); len(left) > 0 || len(got[0]) != len(rows[0]) {
		t.Errorf("left out %q though it fits", left)
	}
	got, left := fit(rows, full-1)
	if len(left) != 1 || left[0] != "SHARDS" || tableWidth(got) > full-1 {
		t.Errorf("left out %q", left)
	}
	got, left = fit(rows, 1)
	if len(left) != len(lessImportant) || got[0][0] != "TYPE" || got[0][1] != "DEPTH" || got[0][2] != "DEAD" {
		t.Errorf("%q is left, without %q", got[0], left)
	}
	if got := clip("a long line\nb\nc\nd\n", 5, 4); got != "a lo…\nb\nc\n" {
		t.Errorf("clipped to %q", got)
	}
}
