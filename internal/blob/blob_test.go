package blob_test

import (
	"bytes"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/blob"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

func TestMain(m *testing.M) { os.Exit(redistest.Main(m)) }

const hour = time.Hour

func put(t *testing.T, s *blob.Store, id string, size int) event.Blob {
	t.Helper()
	b, err := s.Put(t.Context(), id, bytes.Repeat([]byte{'x'}, size), hour)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestStore(t *testing.T) {
	t.Parallel()
	for _, kind := range []redistest.Kind{redistest.Single, redistest.Clustered, redistest.Embedded} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s := blob.New(redistest.Open(t, kind), redistest.App(), blob.Options{})
			data := []byte("a\x00\xffb")
			b, err := s.Put(t.Context(), "r1/file", data, hour)
			want := event.Blob{ID: "r1/file", Size: 4, SHA256: "fcd85e9c993cd598fe7a2088e571af403a43adbc2ff8a39a4e67aec0dc69d960"}
			if err != nil || b != want {
				t.Fatalf("put: %+v, %v", b, err)
			}
			if got, err := s.Get(t.Context(), b); err != nil || !bytes.Equal(got, data) {
				t.Errorf("get: %q, %v", got, err)
			}
			other := b
			other.SHA256 = put(t, s, "r2", 4).SHA256
			longer := b
			longer.Size++
			for _, wrong := range []event.Blob{other, longer, {ID: "none"}} {
				if got, err := s.Get(t.Context(), wrong); !errors.Is(err, blob.ErrLost) {
					t.Errorf("get %+v: %q, %v", wrong, got, err)
				}
			}
			for range 2 {
				if err := s.Delete(t.Context(), b.ID); err != nil {
					t.Error(err)
				}
			}
			if _, err := s.Get(t.Context(), b); !errors.Is(err, blob.ErrLost) {
				t.Errorf("after it was deleted: %v", err)
			}
		})
	}
}

// TestStore_Budget checks that what was deleted, replaced or has expired counts no more.
func TestStore_Budget(t *testing.T) {
	t.Parallel()
	for _, kind := range []redistest.Kind{redistest.Single, redistest.Embedded} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			rdb, app := redistest.Open(t, kind), redistest.App()
			s := blob.New(rdb, app, blob.Options{Budget: 100})
			full := func(id string, size int) {
				t.Helper()
				if _, err := s.Put(t.Context(), id, make([]byte, size), hour); !errors.Is(err, blob.ErrFull) {
					t.Errorf("%d bytes more: %v, want ErrFull", size, err)
				}
				if n, err := rdb.Exists(t.Context(), app+":{blobs}:of:"+id).Result(); err != nil || n != 0 {
					t.Errorf("it was stored: %d, %v", n, err)
				}
			}
			put(t, s, "a", 60)
			put(t, s, "a", 60)
			put(t, s, "b", 40)
			full("c", 1)
			if err := s.Delete(t.Context(), "b"); err != nil {
				t.Fatal(err)
			}
			full("c", 41)
			if _, err := s.Put(t.Context(), "c", make([]byte, 40), 50*time.Millisecond); err != nil {
				t.Fatal(err)
			}
			testenv.Eventually(t, "c has expired", func() bool {
				_, err := s.Put(t.Context(), "d", make([]byte, 40), hour)
				return err == nil
			})
			if ids, err := rdb.HKeys(t.Context(), app+":{blobs}:index").Result(); err != nil || len(ids) != 2 {
				t.Errorf("the index has %q, %v", ids, err)
			}
			if ttl, err := rdb.TTL(t.Context(), app+":{blobs}:index").Result(); err != nil || ttl <= 50*time.Minute {
				t.Errorf("the index expires in %v, %v", ttl, err)
			}
		})
	}
}

// TestStore_BudgetHoldsConcurrently has many gateways store at once.
func TestStore_BudgetHoldsConcurrently(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	var stored atomic.Int64
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			s := blob.New(rdb, app, blob.Options{Budget: 100})
			_, err := s.Put(t.Context(), string(rune('A'+i)), make([]byte, 10), hour)
			switch {
			case err == nil:
				stored.Add(1)
			case !errors.Is(err, blob.ErrFull):
				t.Error(err)
			}
		})
	}
	testenv.Wait(t, &wg)
	if n := stored.Load(); n != 10 {
		t.Errorf("%d were stored, want 10", n)
	}
}

// TestStore_RedisIsFull checks that a Redis without memory is a full store.
func TestStore_RedisIsFull(t *testing.T) {
	t.Parallel()
	rdb := redistest.Dial(t, redistest.Start(t).URL())
	if err := rdb.ConfigSet(t.Context(), "maxmemory", "1").Err(); err != nil {
		t.Fatal(err)
	}
	s := blob.New(rdb, redistest.App(), blob.Options{})
	if _, err := s.Put(t.Context(), "a", []byte("x"), hour); !errors.Is(err, blob.ErrFull) {
		t.Errorf("%v, want ErrFull", err)
	}
}
