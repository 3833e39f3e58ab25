package client

import (
	"fmt"
	"strings"
	"testing"
)

// TestOutbox_Bytes fills a buffer of 100 bytes: what does not fit is lost, however much room
// there is for the number, and what was received makes room again.
func TestOutbox_Bytes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		overflow Overflow
		steps    string // a number pushes an event of so many bytes, "!" if it is lost; "<" receives one
		want     string
	}{
		{Drop, "60 40 1! < 60", "60 40 lost 60"},
		{Drop, "60 60! 60! < < 60 40", "60 lost lost 60 40"},
		{Drop, "500 1! < 1 1", "500 lost 1 1"},
		{Drop, "0 0 0 100 0 1! < < < < 1", "0 0 0 100 0 lost 1"},
		{Fail, "100 1!", "100 lost"},
		{Block, "60 60 60", "60 60 60"},
	} {
		b := outbox{events: make(chan Event, 100), overflow: test.overflow, maxBytes: 100}
		var got []string
		receive := func() {
			select {
			case e := <-b.events:
				if e.Type == typeLost {
					got = append(got, "lost")
				} else {
					got = append(got, fmt.Sprint(len(e.Data)))
				}
			default:
				t.Fatalf("%s: nothing to receive", test.steps)
			}
		}
		for step := range strings.FieldsSeq(test.steps) {
			if step == "<" {
				receive()
				continue
			}
			size, lost := strings.CutSuffix(step, "!")
			var n int
			if _, err := fmt.Sscan(size, &n); err != nil {
				t.Fatal(err)
			}
			if kept := b.push(Event{Type: typeMessage, Data: make([]byte, n)}); kept == lost {
				t.Errorf("%s: %s is kept: %v", test.steps, step, kept)
			}
		}
		for b.flush(); len(b.events) > 0; b.flush() {
			receive()
		}
		if got := strings.Join(got, " "); got != test.want {
			t.Errorf("%s: received %s, want %s", test.steps, got, test.want)
		}
	}
}
