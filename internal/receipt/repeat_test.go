package receipt_test

import (
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/receipt"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

func TestStore_First(t *testing.T) {
	t.Parallel()
	for _, kind := range []redistest.Kind{redistest.Single, redistest.Clustered} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s := receipt.New(redistest.Open(t, kind), redistest.App())
			began := time.Now()
			is := func(subject, state string, of time.Duration, id, want string) {
				t.Helper()
				r := receipt.Report{Subject: subject, State: state, Of: began.Add(of), Window: time.Minute}
				if got, err := s.First(t.Context(), r, id); err != nil || got != want {
					t.Errorf("the first that reports %s of %s is %q, %v; want %q", state, subject, got, err, want)
				}
			}
			is("disk", "firing", 0, "r1", "r1")
			is("disk", "firing", 0, "r2", "r1")
			is("disk", "resolved", 2*time.Second, "r3", "r3")
			is("disk", "firing", 0, "r4", "r1") // known, so nothing has changed
			is("disk", "resolved", 2*time.Second, "r5", "r3")
			is("memory", "firing", 0, "r6", "r6")
			is("disk", "another", time.Microsecond, "r7", "r7") // older than resolved
			is("disk", "resolved", 2*time.Second, "r8", "r8")
			is("disk", "another", time.Microsecond, "r9", "r7")

			brief := receipt.Report{Subject: "cpu", State: "firing", Window: 50 * time.Millisecond}
			if _, err := s.First(t.Context(), brief, "b1"); err != nil {
				t.Fatal(err)
			}
			testenv.Eventually(t, "the window has ended", func() bool {
				first, err := s.First(t.Context(), brief, "b2")
				return err == nil && first == "b2"
			})
		})
	}
}

// TestStore_FirstForgets checks that of a subject that changes for ever there is no more than
// its window.
func TestStore_FirstForgets(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	s := receipt.New(rdb, app)
	r := receipt.Report{Subject: "disk", Window: 20 * time.Millisecond}
	for i := range 20 {
		r.State, r.Of = string(rune('a'+i)), time.Unix(int64(i), 0)
		if _, err := s.First(t.Context(), r, "r"); err != nil {
			t.Fatal(err)
		}
		testenv.Next(t, time.After(10*time.Millisecond))
	}
	if n, err := rdb.HLen(t.Context(), app+":reported:disk").Result(); err != nil || n > 5 {
		t.Errorf("%d fields, %v", n, err)
	}
	testenv.Eventually(t, "it is forgotten", func() bool { return rdb.Exists(t.Context(), app+":reported:disk").Val() == 0 })
}

func TestStore_Extend(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	s := receipt.New(rdb, app)
	r := receipt.Report{Subject: "disk", State: "firing", Window: time.Second}
	if _, err := s.First(t.Context(), r, "r1"); err != nil {
		t.Fatal(err)
	}
	r.Window = time.Hour
	if err := s.Extend(t.Context(), r, "r1"); err != nil {
		t.Fatal(err)
	}
	if ttl, err := rdb.TTL(t.Context(), app+":reported:disk").Result(); err != nil || ttl < 59*time.Minute {
		t.Errorf("it is remembered for %v, %v", ttl, err)
	}
	if first, err := s.First(t.Context(), r, "r2"); err != nil || first != "r1" {
		t.Errorf("the first is %q, %v", first, err)
	}
}
