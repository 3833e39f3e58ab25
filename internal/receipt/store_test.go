package receipt_test

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/receipt"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

func TestMain(m *testing.M) { os.Exit(redistest.Main(m)) }

var created = time.Unix(1795700000, 0).UTC()

func origin() receipt.Origin {
	return receipt.Origin{KeyName: "ci", Hash: "h1", Chat: "alerts", Bot: "slack", CreatedAt: created, Open: receipt.OpenFor(4 * time.Hour), Warnings: []string{"a"}}
}

// TestStore_Life follows a receipt from the request to the post.
func TestStore_Life(t *testing.T) {
	t.Parallel()
	for _, kind := range []redistest.Kind{redistest.Single, redistest.Clustered} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			testLife(t, receipt.New(redistest.Open(t, kind), redistest.App()))
		})
	}
}

func testLife(t *testing.T, s *receipt.Store) {
	if _, err := s.One(t.Context(), "r1"); !errors.Is(err, receipt.ErrNone) {
		t.Errorf("before it was created: %v", err)
	}
	if existing, err := s.Create(t.Context(), "r1", "a1", origin()); existing != nil || err != nil {
		t.Fatalf("create: %+v, %v", existing, err)
	}
	other := origin()
	other.Hash = "h2"
	existing, err := s.Create(t.Context(), "r1", "a1", other)
	if err != nil || existing == nil || existing.Origin.Hash != "h1" || existing.State != receipt.Queued {
		t.Fatalf("create again: %+v, %v", existing, err)
	}
	sent := receipt.Receipt{
		RequestID: "r1", State: receipt.Sent, Attempts: 2, SyncID: "C1/1.2", Link: "https://example.com/p1", Parts: 2, Warnings: []string{"b"},
	}
	if err := s.Write(t.Context(), sent, origin()); err != nil {
		t.Fatal(err)
	}
	got, err := s.One(t.Context(), "r1")
	if err != nil {
		t.Fatal(err)
	}
	if age := time.Since(got.UpdatedAt); age < 0 || age > time.Minute {
		t.Errorf("updated %v ago", age)
	}
	want := sent
	want.Chat, want.Bot, want.CreatedAt, want.UpdatedAt, want.Warnings = "alerts", "slack", created, got.UpdatedAt, []string{"a", "b"}
	if !reflect.DeepEqual(got.Receipt, want) || !reflect.DeepEqual(got.Origin, origin()) {
		t.Errorf("read %+v; want %+v", got, want)
	}
	list, err := s.Get(t.Context(), "none", "r1")
	if err != nil || len(list) != 2 || list[0] != nil || list[1] == nil || list[1].SyncID != "C1/1.2" {
		t.Errorf("read two: %+v, %v", list, err)
	}
	if err := s.Delete(t.Context(), "r1", "a1"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.One(t.Context(), "r1"); err != nil {
		t.Errorf("the attempt that created it deletes it after a consumer has written it: %v", err)
	}
	if err := s.Delete(t.Context(), "r1", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := s.One(t.Context(), "r1"); !errors.Is(err, receipt.ErrNone) {
		t.Errorf("after it was deleted: %v", err)
	}
}

// TestStore_Kept checks how long receipts are kept.
func TestStore_Kept(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	s := receipt.New(rdb, app)
	idempotent := origin()
	idempotent.Keep = receipt.KeepIdempotent
	window := origin() // of a webhook
	window.Keep = 2 * time.Hour
	for _, test := range []struct {
		state receipt.State
		of    receipt.Origin
		want  time.Duration
	}{
		{receipt.Queued, origin(), 5 * time.Hour},
		{receipt.Retrying, idempotent, 5 * time.Hour},
		{receipt.Sent, origin(), time.Hour},
		{receipt.Suppressed, origin(), time.Hour},
		{receipt.Sent, idempotent, 24 * time.Hour},
		{receipt.Failed, origin(), 24 * time.Hour},
		{receipt.Unknown, origin(), 24 * time.Hour},
		{receipt.Sent, window, 2 * time.Hour},
		{receipt.Failed, window, 24 * time.Hour},
	} {
		if err := s.Write(t.Context(), receipt.Receipt{RequestID: "r", State: test.state}, test.of); err != nil {
			t.Fatal(err)
		}
		ttl, err := rdb.TTL(t.Context(), app+":receipt:r").Result()
		if err != nil || ttl > test.want || ttl < test.want-time.Minute {
			t.Errorf("%s is kept for %v, %v; want %v", test.state, ttl, err, test.want)
		}
	}
}

func TestState_Final(t *testing.T) {
	t.Parallel()
	open := map[receipt.State]bool{receipt.Queued: true, receipt.Sending: true, receipt.Retrying: true}
	for _, s := range receipt.States() {
		if s.Final() == open[s] {
			t.Errorf("%s: final is %v", s, s.Final())
		}
	}
}

// TestStore_Creation creates a receipt by a pipeline that comes late, and once more: what a
// consumer has written stays.
func TestStore_Creation(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	s := receipt.New(rdb, app)
	create := func(id string) {
		t.Helper()
		also, err := s.Creation(t.Context(), id, origin())
		if err != nil {
			t.Fatal(err)
		}
		pipe := rdb.Pipeline()
		also(pipe)
		if _, err := pipe.Exec(t.Context()); err != nil && !errors.Is(err, redis.Nil) {
			t.Fatal(err)
		}
	}
	create("r1")
	if got, err := s.One(t.Context(), "r1"); err != nil || got.State != receipt.Queued || !got.UpdatedAt.Equal(created) || !reflect.DeepEqual(got.Origin, origin()) {
		t.Errorf("%+v, %v", got, err)
	}
	if ttl, err := rdb.TTL(t.Context(), app+":receipt:r1").Result(); err != nil || ttl < 4*time.Hour {
		t.Errorf("it is kept for %v, %v", ttl, err)
	}
	if err := s.Write(t.Context(), receipt.Receipt{RequestID: "r2", State: receipt.Sent}, origin()); err != nil {
		t.Fatal(err)
	}
	create("r2")
	if got, err := s.One(t.Context(), "r2"); err != nil || got.State != receipt.Sent {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestStore_CreateAtOnce creates many receipts at once, each twice: one call of each creates
// it, the other gets it.
func TestStore_CreateAtOnce(t *testing.T) {
	t.Parallel()
	for _, kind := range []redistest.Kind{redistest.Single, redistest.Clustered} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s := receipt.New(redistest.Open(t, kind), redistest.App())
			const n = 100
			var created, found atomic.Int64
			var wg sync.WaitGroup
			for i := range 2 * n {
				wg.Go(func() {
					existing, err := s.Create(t.Context(), fmt.Sprint(i%n), fmt.Sprint("a", i), origin())
					switch {
					case err != nil:
						t.Error(err)
					case existing == nil:
						created.Add(1)
					case existing.RequestID == fmt.Sprint(i%n) && existing.Origin.KeyName == "ci":
						found.Add(1)
					}
				})
			}
			testenv.Wait(t, &wg)
			if created.Load() != n || found.Load() != n {
				t.Errorf("%d were created and %d found, want %d and %d", created.Load(), found.Load(), n, n)
			}
		})
	}
}

// TestStore_CreateWhileAway checks that all calls of a Redis that is away fail.
func TestStore_CreateWhileAway(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s := receipt.New(redistest.Dial(t, server.URL()), redistest.App())
	server.Stop(t)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if existing, err := s.Create(t.Context(), fmt.Sprint(i), "a1", origin()); err == nil || existing != nil {
				t.Errorf("%+v, %v; want an error", existing, err)
			}
		})
	}
	testenv.Wait(t, &wg)
}

// TestStore_Attempts has three attempts at the same request: only the one whose name is in the
// receipt deletes it.
func TestStore_Attempts(t *testing.T) {
	t.Parallel()
	for _, kind := range []redistest.Kind{redistest.Single, redistest.Clustered, redistest.Embedded} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			rdb := redistest.Open(t, kind)
			s := receipt.New(rdb, redistest.App())
			create := func(attempt string) *receipt.Entry {
				t.Helper()
				existing, err := s.Create(t.Context(), "r1", attempt, origin())
				if err != nil {
					t.Fatal(err)
				}
				return existing
			}
			adopt := func(of *receipt.Entry, attempt string, want bool) {
				t.Helper()
				if got, err := s.Adopt(t.Context(), of, attempt); err != nil || got != want {
					t.Errorf("adopted: %v (%v), want %v", got, err, want)
				}
			}
			remove := func(attempt string, gone bool) {
				t.Helper()
				if err := s.Delete(t.Context(), "r1", attempt); err != nil {
					t.Fatal(err)
				}
				if _, err := s.One(t.Context(), "r1"); errors.Is(err, receipt.ErrNone) != gone {
					t.Errorf("deleted by %s: %v, want %v", attempt, err, gone)
				}
			}
			create("a1")
			first := create("a2")
			adopt(first, "a2", true)
			adopt(first, "a3", false)
			if second := create("a3"); second == nil || second.State != receipt.Queued || !reflect.DeepEqual(second.Origin, origin()) {
				t.Errorf("after it was adopted: %+v", second)
			}
			remove("a1", false)
			remove("a3", false)
			remove("a2", true)
			adopt(first, "a3", false)
			if create("a3") != nil {
				t.Error("it was deleted, and exists")
			}
			existing := create("a4")
			if err := s.Write(t.Context(), receipt.Receipt{RequestID: "r1", State: receipt.Sending}, origin()); err != nil {
				t.Fatal(err)
			}
			adopt(existing, "a4", false)
			remove("a3", false)
		})
	}
}

// TestStore_AdoptKeepsTheExpiry adopts a receipt, which is kept no longer for it.
func TestStore_AdoptKeepsTheExpiry(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	s := receipt.New(rdb, app)
	if _, err := s.Create(t.Context(), "r1", "a1", origin()); err != nil {
		t.Fatal(err)
	}
	if err := rdb.Expire(t.Context(), app+":receipt:r1", time.Minute).Err(); err != nil {
		t.Fatal(err)
	}
	existing, err := s.Create(t.Context(), "r1", "a2", origin())
	if err != nil {
		t.Fatal(err)
	}
	if adopted, err := s.Adopt(t.Context(), existing, "a2"); err != nil || !adopted {
		t.Fatalf("%v (%v)", adopted, err)
	}
	if left := rdb.TTL(t.Context(), app+":receipt:r1").Val(); left <= 0 || left > time.Minute {
		t.Errorf("it is kept for %v", left)
	}
}
