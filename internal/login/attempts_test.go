package login_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/login"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// limited returns how an attempt is refused, nil if it is not.
func limited(t *testing.T, s *login.Store, address string) *login.LimitedError {
	t.Helper()
	_, err := s.Attempt(t.Context(), address)
	refused, ok := errors.AsType[*login.LimitedError](err)
	if err != nil && !ok {
		t.Fatal(err)
	}
	return refused
}

func TestStore_LimitsAnAddress(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			rdb, app := redistest.Open(t, kind), redistest.App()
			s, other := login.New(rdb, app, nil), login.New(rdb, app, nil) // two gateways
			for n := range login.MaxPerAddress {
				if left, err := []*login.Store{s, other}[n%2].Attempt(t.Context(), "192.0.2.1"); err != nil || left != login.MaxPerAddress-1-n {
					t.Errorf("attempt %d: %d left (%v)", n+1, left, err)
				}
			}
			for _, s := range []*login.Store{s, other} {
				if refused := limited(t, s, "192.0.2.1"); refused == nil || refused.Overall || refused.Wait <= login.Window-time.Minute || refused.Wait > login.Window {
					t.Errorf("one more: %+v", refused)
				}
			}
			if refused := limited(t, s, "192.0.2.2"); refused != nil {
				t.Errorf("another address: %+v", refused)
			}
			if kind == redistest.Embedded {
				return // its clock stands still
			}
			// It may try again when the window is over.
			if err := rdb.PExpire(t.Context(), app+":{ops}:attempts:192.0.2.1", time.Millisecond).Err(); err != nil {
				t.Fatal(err)
			}
			testenv.Eventually(t, "the window is over", func() bool { return limited(t, s, "192.0.2.1") == nil })
		})
	}
}

func TestStore_CountsAttemptsAtTheSameTime(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	s := login.New(rdb, app, nil)
	var allowed atomic.Int64
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if _, err := s.Attempt(t.Context(), "192.0.2.1"); err == nil {
				allowed.Add(1)
			}
		})
	}
	testenv.Wait(t, &all)
	if n := allowed.Load(); n != login.MaxPerAddress {
		t.Errorf("%d attempts were allowed", n)
	}
}

// TestStore_Networks: addresses of one IPv6 network, and forms of one address, are one.
func TestStore_Networks(t *testing.T) {
	t.Parallel()
	for name, addresses := range map[string][2]string{
		"a network of 64 bits":   {"2001:db8::1", "2001:db8::ffff:1"},
		"IPv4 in IPv6":           {"192.0.2.1", "::ffff:192.0.2.1"},
		"with and without zone":  {"fe80::1%eth0", "fe80::1"},
		"what is no address":     {"", "localhost"},
		"different IPv6 writing": {"2001:0db8:0000::1", "2001:DB8::2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb, app := redistest.New(t)
			s := login.New(rdb, app, nil)
			for n := range login.MaxPerAddress {
				if refused := limited(t, s, addresses[n%2]); refused != nil {
					t.Errorf("attempt %d: %+v", n+1, refused)
				}
			}
			if limited(t, s, addresses[0]) == nil || limited(t, s, addresses[1]) == nil {
				t.Error("they are not one")
			}
			if refused := limited(t, s, "2001:db8:0:1::1"); refused != nil {
				t.Errorf("another network: %+v", refused)
			}
		})
	}
}

// TestStore_LimitsAll: guesses from many addresses are stopped, and do not lock out an
// operator.
func TestStore_LimitsAll(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	s := login.New(rdb, app, nil)
	const operator = "198.51.100.1"
	if refused := limited(t, s, operator); refused != nil {
		t.Fatalf("%+v", refused)
	}
	if err := s.Succeeded(t.Context(), operator); err != nil {
		t.Fatal(err)
	}
	for n := range login.MaxOverall {
		if refused := limited(t, s, fmt.Sprintf("203.0.113.%d", n)); refused != nil {
			t.Errorf("attempt %d: %+v", n+1, refused)
		}
	}
	if refused := limited(t, s, "203.0.113.200"); refused == nil || !refused.Overall || refused.Wait <= login.Window-time.Minute || refused.Wait > login.Window {
		t.Errorf("one more: %+v", refused)
	}
	for n := range login.MaxPerAddress {
		if refused := limited(t, s, operator); refused != nil {
			t.Errorf("attempt %d of the operator: %+v", n+1, refused)
		}
	}
	if refused := limited(t, s, operator); refused == nil || refused.Overall {
		t.Errorf("their address has its own limit: %+v", refused)
	}
}

// TestStore_SuccessDoesNotCount: operators who log in often are not refused.
func TestStore_SuccessDoesNotCount(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	s := login.New(rdb, app, nil)
	for n := range 3 * login.MaxPerAddress {
		if refused := limited(t, s, "192.0.2.1"); refused != nil {
			t.Fatalf("login %d: %+v", n+1, refused)
		}
		if err := s.Succeeded(t.Context(), "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
	}
	// A success whose attempts have expired leaves no count that does not expire.
	rdb.Del(t.Context(), app+":{ops}:attempts:192.0.2.1", app+":{ops}:attempts")
	if err := s.Succeeded(t.Context(), "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	if n := rdb.Exists(t.Context(), app+":{ops}:attempts:192.0.2.1", app+":{ops}:attempts").Val(); n != 0 {
		t.Errorf("%d counts", n)
	}
}
