package client

import (
	"fmt"
	"testing"
	"time"
)

// A client that always sends remembers no more than the last messages.
func TestEcho_IsBounded(t *testing.T) {
	t.Parallel()
	now := time.Now()
	e := echo{within: time.Second}
	e.sent()
	for id := range 10 * maxSeen {
		e.came(fmt.Appendf(nil, `{"id":%d}`, id+1))
	}
	if len(e.seen) != maxSeen {
		t.Errorf("%d are remembered", len(e.seen))
	}
	e.expect(fmt.Appendf(nil, `{"id":%d}`, 10*maxSeen), "town", now) // the last came before
	if _, waits := e.wait(now); waits {
		t.Error("it waits for an echo that came")
	}
	e.expect([]byte(`{"id":1000000}`), "town", now)
	if wait, waits := e.wait(now); !waits || wait != time.Second {
		t.Errorf("it waits %v", wait)
	}
	if _, deaf := e.overdue(now.Add(time.Second - 1)); deaf {
		t.Error("deaf too early")
	}
	if event, deaf := e.overdue(now.Add(time.Second)); !deaf || string(event.Data) != `{"channel":"town","id":1000000}` {
		t.Errorf("%t %s", deaf, event.Data)
	}
	e.done()
	if e.seen != nil {
		t.Error("it still remembers")
	}
}
