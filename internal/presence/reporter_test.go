package presence_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// report runs a Reporter until stop is called.
func report(t *testing.T, r *presence.Reporter, counts ...workqueue.HandleCounts) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.Run(ctx, func() []workqueue.HandleCounts { return counts })
	}()
	stop = func() { cancel(); testenv.Next(t, done) }
	t.Cleanup(stop)
	return stop
}

func TestReporter_ListsLiveConsumers(t *testing.T) {
	t.Parallel()
	for _, kind := range []redistest.Kind{redistest.Single, redistest.Clustered, redistest.Embedded} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			rdb, app := redistest.Open(t, kind), redistest.App()
			reader := presence.NewReader(rdb, app)
			seen := func(want ...string) func() bool {
				return func() bool {
					list, err := reader.Consumers(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					var names []string
					for _, c := range list {
						names = append(names, c.Name)
					}
					return strings.Join(names, " ") == strings.Join(want, " ")
				}
			}
			if !seen()() {
				t.Error("there are consumers before one reports")
			}
			stop := report(t, presence.NewReporter(rdb, app, "b", zerolog.Nop()), workqueue.HandleCounts{Type: "x", Acked: 7})
			report(t, presence.NewReporter(rdb, app, "a", zerolog.Nop()))
			testenv.Eventually(t, "two consumers", seen("a", "b"))
			list, err := reader.Consumers(t.Context())
			if err != nil || list[1].Counts[0].Acked != 7 || list[1].Started.IsZero() || list[1].At.IsZero() {
				t.Errorf("%+v (%v)", list, err)
			}
			if ttl := rdb.PTTL(t.Context(), app+":{vitals}:of:a").Val(); ttl <= 0 {
				t.Errorf("the report of a dead consumer expires in %v", ttl)
			}
			stop()
			testenv.Eventually(t, "one has stopped", seen("a"))
		})
	}
}

func TestReporter_Failures(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	r := presence.NewReporter(rdb, app, "a", zerolog.Nop())
	delivery := func(id string) *workqueue.Delivery {
		return &workqueue.Delivery{Event: workqueue.Event{Type: "x", ID: id}, Attempt: 2}
	}
	r.OnFinish(delivery("fine"), nil)
	r.OnFinish(delivery("discarded"), workqueue.Discard("old"))
	for n := range 30 {
		r.OnFinish(delivery(fmt.Sprint("Ev", n)), errors.New("away"))
	}
	stop := report(t, r)
	var list []presence.Failure
	testenv.Eventually(t, "the failures are reported", func() bool {
		var err error
		if list, err = presence.NewReader(rdb, app).Failures(t.Context(), 1000); err != nil {
			t.Fatal(err)
		}
		return len(list) > 0
	})
	if f := list[0]; len(list) != 20 || f.EventID != "Ev29" || f.Attempt != 2 || f.Error != "away" || f.Consumer != "a" {
		t.Errorf("%d failures; the latest is %+v", len(list), f)
	}
	stop()

	// A long error is truncated, and an Error method may panic.
	r.OnFinish(delivery("long"), errors.New(strings.Repeat("ä", 1000)))
	r.OnFinish(delivery("panics"), panickingError{})
	report(t, r)
	testenv.Eventually(t, "the failures are reported", func() bool {
		var err error
		if list, err = presence.NewReader(rdb, app).Failures(t.Context(), 2); err != nil {
			t.Fatal(err)
		}
		return list[0].EventID == "panics"
	})
	if text := list[1].Error; len(text) > 510 || !utf8.ValidString(text) || !strings.HasSuffix(text, "…") {
		t.Errorf("%d bytes: %q", len(text), text)
	}
}

// panickingError panics when it is printed.
type panickingError struct{}

func (panickingError) Error() string { panic("not today") }
