package notify_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/gateway/notify"
	"github.com/gobridge/gopherbot/internal/receipt"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// counting counts the reads of receipts.
type counting struct {
	*receipt.Store
	reads, most atomic.Int64
}

func (c *counting) Get(ctx context.Context, ids ...string) ([]*receipt.Entry, error) {
	c.reads.Add(1)
	c.most.Store(max(c.most.Load(), int64(len(ids))))
	return c.Store.Get(ctx, ids...)
}

// TestWait_Bounded has more requests wait than may: the further ones are answered at once,
// all that wait share the reads, and all are answered when the gateway stops.
func TestWait_Bounded(t *testing.T) {
	t.Parallel()
	store := &counting{}
	a := open(t, func(o *notify.Options) {
		store.Store = o.Receipts.(*receipt.Store)
		o.Receipts = store
		o.Config.Wait = 15 * time.Second
	})
	answers := make(chan answer, 100)
	var wg sync.WaitGroup
	for i := range cap(answers) {
		wg.Go(func() { answers <- a.send(fmt.Sprintf(`{"message":"%d"}`, i)) })
	}
	testenv.Eventually(t, "100 requests wait", func() bool { return store.most.Load() == 100 })
	began := time.Now()
	more := a.send(`{"message":"one more"}`, "Prefer", "wait=10")
	if a.is(more, 202, ""); more.header.Get("Preference-Applied") != "" {
		t.Error("it is told that it waited")
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the 101st waited for %v", took)
	}
	before := store.reads.Load()
	testenv.Eventually(t, "the receipts are read again", func() bool { return store.reads.Load() >= before+3 })
	a.becomes(a.queued()[0].RequestID, receipt.Receipt{State: receipt.Sent, SyncID: "C1/1.2"})
	if first := testenv.Next(t, answers); first.status != 200 || first.SyncID != "C1/1.2" {
		t.Errorf("posted: %s", first.raw)
	}
	a.stop()
	testenv.Wait(t, &wg)
	for range 99 {
		if got := testenv.Next(t, answers); got.status != 202 || !got.Queued {
			t.Errorf("when the gateway stops: %s", got.raw)
		}
	}
	a.is(a.send(`{"message":"after it has stopped"}`), 202, "")
	reads := store.reads.Load()
	a.is(a.send(`{"message":"nobody waits"}`, "Prefer", "wait=0"), 202, "")
	if n := store.reads.Load(); n != reads {
		t.Errorf("%d reads while nobody waits", n-reads)
	}
}

// TestWait_Outcomes has the states in which a wait ends.
func TestWait_Outcomes(t *testing.T) {
	t.Parallel()
	for state, want := range map[receipt.State]struct {
		status int
		code   string
		state  receipt.State
	}{
		receipt.Sent:       {200, "", ""},
		receipt.Superseded: {200, "", receipt.Superseded},
		receipt.Expired:    {502, "refused", ""},
		receipt.Failed:     {502, "refused", ""},
		receipt.Unknown:    {202, "", receipt.Unknown},
	} {
		a := open(t)
		answers := make(chan answer, 1)
		go func() { answers <- a.post(ciKey, "/send?wait=15s", `{"message":"m"}`, "Idempotency-Key", "k") }()
		testenv.Eventually(t, "it is queued", func() bool { return len(a.queued()) == 1 })
		a.becomes(a.last(1).RequestID, receipt.Receipt{State: state, Warnings: []string{"mention_unresolved"}})
		again := func(query string) answer {
			return a.post(ciKey, "/send"+query, `{"message":"m"}`, "Idempotency-Key", "k")
		}
		for i, got := range []answer{testenv.Next(t, answers), again("?wait=15s")} {
			if a.is(got, want.status, want.code); got.State != want.state || got.RequestID != a.last(1).RequestID || got.OK && got.Duplicate != (i == 1) {
				t.Errorf("%s: %s", state, got.raw)
			}
			if got.OK && (len(got.Warnings) != 1 || got.Warnings[0] != "mention_unresolved") {
				t.Errorf("%s: warnings of %s", state, got.raw)
			}
		}
		// One that does not wait is told that it was a repetition, and what became of it.
		status, says := http.StatusOK, state
		switch state {
		case receipt.Unknown:
			status = http.StatusAccepted
		case receipt.Sent:
			says = ""
		}
		got := again("")
		if a.is(got, status, ""); !got.Duplicate || got.State != says {
			t.Errorf("%s, repeated: %s", state, got.raw)
		}
	}
}
