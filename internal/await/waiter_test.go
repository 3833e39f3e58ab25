package await_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/await"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestWaiter_Await gives an answer long before the end of the budget.
func TestWaiter_Await(t *testing.T) {
	t.Parallel()
	for _, kind := range []redistest.Kind{redistest.Single, redistest.Clustered, redistest.Embedded} {
		for _, answer := range []string{"", "{}", "a b\nc"} {
			t.Run(string(kind)+" "+answer, func(t *testing.T) {
				t.Parallel()
				rdb, app := redistest.Open(t, kind), redistest.App()
				answers, w := await.NewAnswers(rdb, app), start(t, rdb, await.Options{App: app})
				address := register(t, w, "key")
				if given, err := answers.Give(t.Context(), address, "Ev1", []byte(answer)); !given || err != nil {
					t.Fatalf("given %v, %v", given, err)
				}
				began := time.Now()
				got, answered, err := w.Await(t.Context(), address, began.Add(testenv.Timeout), grace)
				if !answered || string(got) != answer || err != nil {
					t.Errorf("got %q, %v, %v", got, answered, err)
				}
				if took := time.Since(began); took > testenv.Timeout/2 {
					t.Errorf("waited %v for an answer that was there", took)
				}
			})
		}
	}
}

// TestWaiter_RepetitionsShareTheVerdict repeats an event during the wait, and after it.
func TestWaiter_RepetitionsShareTheVerdict(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	answers, w := await.NewAnswers(rdb, app), start(t, rdb, await.Options{App: app})
	address := register(t, w, "key")
	if again := register(t, w, "key"); again != address {
		t.Fatalf("the repetition waits at %s, the first request at %s", again, address)
	}
	if other := register(t, w, "other key"); other == address {
		t.Error("another event has the same address")
	}
	if first, second := register(t, w, ""), register(t, w, ""); first == second || first == address {
		t.Error("events without a key share an address")
	}
	// The first request's client has gone. That decides nothing while the other waits.
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if answer, answered, err := w.Await(gone, address, time.Now().Add(testenv.Timeout), grace); answered || !errors.Is(err, context.Canceled) {
		t.Errorf("the client that has gone: %q, %v, %v", answer, answered, err)
	}
	if given, err := answers.Give(t.Context(), address, "Ev1", []byte("taken")); !given || err != nil {
		t.Fatalf("given %v, %v", given, err)
	}
	for i := range 2 { // the second comes after the end
		if i == 1 {
			if again := register(t, w, "key"); again != address {
				t.Fatalf("the late repetition waits at %s", again)
			}
		}
		if answer, answered, err := w.Await(t.Context(), address, time.Now().Add(testenv.Timeout), grace); string(answer) != "taken" || !answered || err != nil {
			t.Errorf("%d: %q, %v, %v", i, answer, answered, err)
		}
	}
}

// TestWaiter_ClientGone takes the wait at once if nobody can be answered any more: what the
// person does not see must not be done.
func TestWaiter_ClientGone(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	answers, w := await.NewAnswers(rdb, app), start(t, rdb, await.Options{App: app})
	address := register(t, w, "key")
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if answer, answered, err := w.Await(gone, address, time.Now().Add(testenv.Timeout), grace); answered || err != nil {
		t.Errorf("%q, %v, %v", answer, answered, err)
	}
	if given, err := answers.Give(t.Context(), address, "Ev1", nil); given || err != nil {
		t.Errorf("given %v, %v", given, err)
	}
}

// TestWaiter_Stops ends Run while requests wait, one of which has an answer already.
func TestWaiter_Stops(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	answers, w := await.NewAnswers(rdb, app), silent(rdb, app)
	answered, open := register(t, w, "1"), register(t, w, "2")
	if given, err := answers.Give(t.Context(), answered, "Ev1", []byte("taken")); !given || err != nil {
		t.Fatalf("given %v, %v", given, err)
	}
	type verdict struct {
		answer   string
		answered bool
		err      error
	}
	verdicts := map[string]chan verdict{answered: make(chan verdict, 1), open: make(chan verdict, 1)}
	for address, c := range verdicts {
		go func() {
			answer, answered, err := w.Await(t.Context(), address, time.Now().Add(time.Hour), grace)
			c <- verdict{string(answer), answered, err}
		}()
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.Run(stopped); err != nil {
		t.Fatal(err)
	}
	if v := testenv.Next(t, verdicts[answered]); v != (verdict{"taken", true, nil}) {
		t.Errorf("the request that had an answer: %+v", v)
	}
	if v := testenv.Next(t, verdicts[open]); v != (verdict{}) {
		t.Errorf("the request without one: %+v", v)
	}
	if given, err := answers.Give(t.Context(), open, "Ev2", nil); given || err != nil {
		t.Errorf("after the stop: given %v, %v", given, err)
	}
	if _, err := w.Register("3"); !errors.Is(err, await.ErrStopped) {
		t.Errorf("a new request: %v", err)
	}
}

func TestWaiter_BoundsItsWaits(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	w := await.New(rdb, await.Options{App: app, MaxWaits: 3})
	first := register(t, w, "1")
	for _, key := range []string{"2", "", "1"} { // a repetition takes no place
		register(t, w, key)
	}
	if _, err := w.Register("4"); !errors.Is(err, await.ErrBusy) {
		t.Fatalf("the fourth: %v", err)
	}
	w.Cancel(first)
	if _, err := w.Register("4"); !errors.Is(err, await.ErrBusy) {
		t.Fatalf("while the repetition waits: %v", err)
	}
	w.Cancel(first)
	register(t, w, "4") // in the place of the one that has ended
	if _, _, err := w.Await(t.Context(), first, time.Now(), grace); err == nil {
		t.Error("a wait that was forgotten goes on")
	}
	w.Cancel(first)
	if _, err := w.Register("5"); !errors.Is(err, await.ErrBusy) {
		t.Errorf("the fifth: %v", err)
	}
}

// TestWaiter_FindsAnAnswerThatWasLost loses the reply that takes an answer from the list.
func TestWaiter_FindsAnAnswerThatWasLost(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	answers, w := await.NewAnswers(rdb, app), silent(rdb, app)
	address := register(t, w, "")
	if given, err := answers.Give(t.Context(), address, "Ev1", []byte("taken")); !given || err != nil {
		t.Fatalf("given %v, %v", given, err)
	}
	name, _, _ := strings.Cut(address, "/")
	if lost, err := rdb.LPop(t.Context(), app+":{answers."+name+"}:list").Result(); !strings.HasSuffix(lost, " taken") || err != nil {
		t.Fatalf("popped %q, %v", lost, err)
	}
	run(t, w.Run)
	answer, answered, err := w.Await(t.Context(), address, time.Now().Add(50*time.Millisecond), grace)
	if string(answer) != "taken" || !answered || err != nil {
		t.Errorf("%q, %v, %v", answer, answered, err)
	}
}
