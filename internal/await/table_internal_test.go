package await

import (
	"testing"
	"time"
)

// TestTable_KeepsEndedWaits checks how long, and how many, waits are kept for repetitions.
func TestTable_KeepsEndedWaits(t *testing.T) {
	t.Parallel()
	start := time.Unix(1_800_000_000, 0)
	at := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	table := newTable(3)
	a, b, unkeyed := table.join("a", at(0)), table.join("b", at(0)), table.join("", at(0))
	if table.join("c", at(0)) != nil {
		t.Error("a fourth wait")
	}
	table.leave(unkeyed, at(0))
	table.leave(unkeyed, at(0))
	if table.waiting() != 2 || len(table.byToken) != 2 {
		t.Errorf("%d wait, of %d: nobody can repeat an event without a key", table.waiting(), len(table.byToken))
	}
	table.leave(a, at(1))
	table.leave(a, at(1)) // has no effect
	table.leave(b, at(2))
	if table.waiting() != 0 || len(table.ended) != 2 {
		t.Errorf("%d wait, %d are kept", table.waiting(), len(table.ended))
	}
	if table.join("a", at(10)) != a || table.waiting() != 1 {
		t.Error("a repetition after 9 s has another wait")
	}
	table.leave(a, at(10))
	if table.expire(at(12)); len(table.ended) != 1 || table.byKey["b"] != nil || table.byKey["a"] != a {
		t.Errorf("after 10 s without repetitions %d are kept", len(table.ended))
	}
	for _, key := range []string{"c", "d"} {
		table.join(key, at(13))
	}
	if e := table.join("e", at(13)); e == nil || table.byKey["a"] != nil {
		t.Error("a wait that has ended keeps the place of a new one")
	}
	if again := table.join("a", at(13)); again != nil {
		t.Error("a fourth wait, of a forgotten key")
	}
}
