package login_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/login"
	"github.com/gobridge/gopherbot/internal/test/redistest"
)

func TestMain(m *testing.M) { os.Exit(redistest.Main(m)) }

const (
	token    = "the-token-of-the-operators-of-the-bot"
	oldToken = "the-former-token-of-the-operators-of-it"
)

var kinds = []redistest.Kind{redistest.Single, redistest.Clustered, redistest.Embedded}

func TestStore_Sessions(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			rdb, app := redistest.Open(t, kind), redistest.App()
			s := login.New(rdb, app, []string{token, oldToken})
			open := func(who, token string) string {
				t.Helper()
				id, err := s.Open(t.Context(), who, "192.0.2.1", token)
				if err != nil || len(id) < 26 {
					t.Fatalf("%q, %v", id, err)
				}
				return id
			}
			ada, bob := open("ada", token), open("bob", oldToken)
			for id, who := range map[string]string{ada: "ada", bob: "bob"} {
				if found, err := s.Find(t.Context(), id); err != nil || found.Who != who || found.From != "192.0.2.1" || time.Since(found.Began) > time.Minute {
					t.Errorf("%+v (%v)", found, err)
				}
			}
			none := func(s *login.Store, id, why string) {
				t.Helper()
				if found, err := s.Find(t.Context(), id); !errors.Is(err, login.ErrNoSession) {
					t.Errorf("%s: %+v (%v)", why, found, err)
				}
			}
			none(s, "", "no id")
			none(s, ada[1:], "another id")
			none(login.New(rdb, app, []string{token}), bob, "its token was removed")
			none(login.New(rdb, app+"2", []string{token}), ada, "of another deployment")

			// Another gateway ends it for all.
			other := login.New(rdb, app, []string{token, oldToken})
			for range 2 {
				if err := other.End(t.Context(), ada); err != nil {
					t.Error(err)
				}
			}
			none(s, ada, "it has ended")
			if _, err := s.Find(t.Context(), bob); err != nil {
				t.Errorf("the other one ended, too: %v", err)
			}
		})
	}
}

// TestStore_RedisAloneOpensNoSession has somebody who reads and writes Redis, and has no
// token.
func TestStore_RedisAloneOpensNoSession(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	s := login.New(rdb, app, []string{token})
	id, err := s.Open(t.Context(), "ada", "192.0.2.1", token)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := rdb.Keys(t.Context(), app+":{ops}:session:*").Result()
	if err != nil || len(keys) != 1 {
		t.Fatalf("%q (%v)", keys, err)
	}
	value := rdb.Get(t.Context(), keys[0]).Val()
	if all := keys[0] + value; strings.Contains(all, id) || strings.Contains(all, token) {
		t.Errorf("the id or the token is in Redis: %s", all)
	}
	if ttl := rdb.PTTL(t.Context(), keys[0]).Val(); ttl <= 11*time.Hour || ttl > 12*time.Hour {
		t.Errorf("it lasts %v", ttl)
	}
	forger := login.New(rdb, app, []string{"a-guess"})
	forged, err := forger.Open(t.Context(), "mallory", "203.0.113.1", "a-guess")
	if err != nil {
		t.Fatal(err)
	}
	if found, err := s.Find(t.Context(), forged); !errors.Is(err, login.ErrNoSession) {
		t.Errorf("a session with another proof: %+v (%v)", found, err)
	}
	// The value of ada's session, under the key of another id.
	forgedKey := ""
	for _, key := range rdb.Keys(t.Context(), app+":{ops}:session:*").Val() {
		if key != keys[0] {
			forgedKey = key
		}
	}
	rdb.Set(t.Context(), forgedKey, value, time.Hour)
	if found, err := s.Find(t.Context(), forged); !errors.Is(err, login.ErrNoSession) {
		t.Errorf("a session with the proof of another: %+v (%v)", found, err)
	}
	rdb.Set(t.Context(), forgedKey, "no JSON", time.Hour)
	if _, err := s.Find(t.Context(), forged); !errors.Is(err, login.ErrNoSession) {
		t.Errorf("no JSON: %v", err)
	}
}

// TestStore_FullRedis: an operator who is needed because Redis is full can log in.
func TestStore_FullRedis(t *testing.T) {
	t.Parallel()
	rdb := redistest.Dial(t, redistest.Start(t, "--maxmemory", "1", "--maxmemory-policy", "noeviction").URL())
	if err := rdb.Set(t.Context(), "key", "value", 0).Err(); !redis.HasErrorPrefix(err, "OOM") {
		t.Fatalf("Redis is not full: %v", err)
	}
	s := login.New(rdb, redistest.App(), []string{token})
	if _, err := s.Attempt(t.Context(), "192.0.2.1"); err != nil {
		t.Errorf("an attempt: %v", err)
	}
	if err := s.Succeeded(t.Context(), "192.0.2.1"); err != nil {
		t.Errorf("succeeded: %v", err)
	}
	id, err := s.Open(t.Context(), "ada", "192.0.2.1", token)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	if _, err := s.Find(t.Context(), id); err != nil {
		t.Error(err)
	}
	if err := s.End(t.Context(), id); err != nil {
		t.Error(err)
	}
}

func TestStore_LostRedis(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s := login.New(redistest.Dial(t, server.URL()), redistest.App(), []string{token})
	server.Stop(t)
	if _, err := s.Find(t.Context(), "id"); err == nil || errors.Is(err, login.ErrNoSession) {
		t.Errorf("find: %v", err)
	}
	if _, err := s.Attempt(t.Context(), "192.0.2.1"); err == nil {
		t.Error("an attempt was allowed")
	}
}

// TestStore_ReadsEarlierReleases finds a session that another release has opened.
func TestStore_ReadsEarlierReleases(t *testing.T) {
	t.Parallel()
	redistest.Released(t, redistest.Stored{
		About: map[string]string{
			":session:":  "a session of an operator, under the hash of its id",
			":attempts:": "the number of attempts to log in that an address made",
			":attempts":  "that of all addresses",
			":known:":    "an address from which an operator has logged in",
		},
		Leave: func(t *testing.T, rdb redis.UniversalClient, app string) any {
			s := login.New(rdb, app, []string{token})
			id, err := s.Open(t.Context(), "ada", "192.0.2.1", token)
			if err != nil {
				t.Fatal(err)
			}
			for range 3 {
				if _, err := s.Attempt(t.Context(), "192.0.2.1"); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Succeeded(t.Context(), "192.0.2.1"); err != nil {
				t.Fatal(err)
			}
			return id
		},
		Check: func(t *testing.T, rdb redis.UniversalClient, app string, want func(any)) {
			var id string
			want(&id)
			s := login.New(rdb, app, []string{token})
			if found, err := s.Find(t.Context(), id); err != nil || found.Who != "ada" || found.From != "192.0.2.1" || found.Began.IsZero() {
				t.Errorf("%+v (%v)", found, err)
			}
			if left, err := s.Attempt(t.Context(), "192.0.2.1"); err != nil || left != login.MaxPerAddress-3 {
				t.Errorf("%d attempts left (%v)", left, err)
			}
		},
	})
}
