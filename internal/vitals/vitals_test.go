package vitals_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/internal/vitals"
	"github.com/gobridge/gopherbot/workqueue"
)

func TestMain(m *testing.M) { os.Exit(redistest.Main(m)) }

// tell runs a Reporter until stop is called.
func tell(t *testing.T, r *vitals.Reporter, name string, counts ...workqueue.HandleCounts) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.Run(ctx, name, func() []workqueue.HandleCounts { return counts })
	}()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}

func TestReader_LiveConsumers(t *testing.T) {
	t.Parallel()
	for _, kind := range []redistest.Kind{redistest.Single, redistest.Clustered, redistest.Embedded} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			rdb, app := redistest.Open(t, kind), redistest.App()
			reader := vitals.NewReader(rdb, app)
			seen := func(want ...string) func() bool {
				return func() bool {
					list, err := reader.Consumers(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					var names []string
					for _, v := range list {
						names = append(names, v.Name)
					}
					return strings.Join(names, " ") == strings.Join(want, " ")
				}
			}
			if !seen()() {
				t.Error("somebody is there before anybody came")
			}
			stop := tell(t, vitals.NewReporter(rdb, app, zerolog.Nop()), "b", workqueue.HandleCounts{Type: "x", Acked: 7})
			tell(t, vitals.NewReporter(rdb, app, zerolog.Nop()), "a")
			testenv.Eventually(t, "two consumers", seen("a", "b"))
			list, err := reader.Consumers(t.Context())
			if err != nil || list[1].Counts[0].Acked != 7 || list[1].Started.IsZero() || list[1].At.IsZero() {
				t.Errorf("%+v (%v)", list, err)
			}
			if ttl := rdb.PTTL(t.Context(), app+":{vitals}:of:a").Val(); ttl <= 0 {
				t.Errorf("what a dead consumer told is kept for %v", ttl)
			}
			stop()
			testenv.Eventually(t, "one has stopped", seen("a"))
		})
	}
}

func TestReader_Failures(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	r := vitals.NewReporter(rdb, app, zerolog.Nop())
	delivery := func(id string) *workqueue.Delivery {
		return &workqueue.Delivery{Event: workqueue.Event{Type: "x", ID: id}, Attempt: 2}
	}
	r.Done(delivery("fine"), nil)
	r.Done(delivery("discarded"), workqueue.Discard("old"))
	for n := range 30 {
		r.Done(delivery(fmt.Sprint("Ev", n)), errors.New("away"))
	}
	stop := tell(t, r, "a")
	var list []vitals.Failure
	testenv.Eventually(t, "the failures are told", func() bool {
		var err error
		if list, err = vitals.NewReader(rdb, app).Failures(t.Context(), 1000); err != nil {
			t.Fatal(err)
		}
		return len(list) > 0
	})
	if f := list[0]; len(list) != 20 || f.EventID != "Ev29" || f.Attempt != 2 || f.Error != "away" || f.Consumer != "a" {
		t.Errorf("%d failures; the latest is %+v", len(list), f)
	}
	stop()

	// An error is cut, and may be of any kind.
	r.Done(delivery("long"), errors.New(strings.Repeat("ä", 1000)))
	r.Done(delivery("panics"), hostile{})
	tell(t, r, "a")
	testenv.Eventually(t, "the failures are told", func() bool {
		var err error
		if list, err = vitals.NewReader(rdb, app).Failures(t.Context(), 2); err != nil {
			t.Fatal(err)
		}
		return list[0].EventID == "panics"
	})
	if text := list[1].Error; len(text) > 510 || !utf8.ValidString(text) || !strings.HasSuffix(text, "…") {
		t.Errorf("%d bytes: %q", len(text), text)
	}
}

type hostile struct{}

func (hostile) Error() string { panic("not today") }
