package await_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/await"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

func TestAnswers_GiveOnce(t *testing.T) {
	t.Parallel()
	for _, kind := range []redistest.Kind{redistest.Single, redistest.Clustered} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			rdb, app := redistest.Open(t, kind), redistest.App()
			answers, w := await.NewAnswers(rdb, app), silent(rdb, app)
			address := register(t, w, "")
			for _, test := range []struct {
				event, answer string
				given         bool
			}{
				{"Ev1", "first", true},
				{"Ev1", "first", true}, // the client repeats the call, or the event is delivered again
				{"Ev1", "second", true},
				{"Ev2", "another's", false},
				{"", "nobody's", false},
				{"late", "a liar's", false},
			} {
				if given, err := answers.Give(t.Context(), address, test.event, []byte(test.answer)); given != test.given || err != nil {
					t.Errorf("%s gives %q: %v, %v", test.event, test.answer, given, err)
				}
			}
			answer, answered, err := w.Await(t.Context(), address, time.Now(), grace)
			if string(answer) != "first" || !answered || err != nil {
				t.Errorf("the gateway got %q, %v, %v", answer, answered, err)
			}
			prefix := app + ":{answers." + strings.ReplaceAll(address, "/", "}:")
			list := prefix[:strings.LastIndex(prefix, ":")] + ":list"
			if n := rdb.LLen(t.Context(), list).Val(); n != 1 {
				t.Errorf("%d answers are on the list, want 1", n)
			}
			for key, ttl := range map[string]time.Duration{prefix: 2 * time.Minute, prefix + ":answer": time.Minute, list: time.Minute} {
				if got := rdb.PTTL(t.Context(), key).Val(); got <= ttl/2 || got > ttl {
					t.Errorf("%s expires in %v, want %v", key, got, ttl)
				}
			}
		})
	}
}

func TestAnswers_GiveTooLate(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	answers, w := await.NewAnswers(rdb, app), silent(rdb, app)
	address := register(t, w, "")
	if answer, answered, err := w.Await(t.Context(), address, time.Now(), grace); answered || err != nil {
		t.Fatalf("nobody answered, and the gateway got %q, %v", answer, err)
	}
	// "late" as an event's id is not the gateway's verdict.
	for _, event := range []string{"Ev1", "late", ""} {
		if given, err := answers.Give(t.Context(), address, event, []byte("x")); given || err != nil {
			t.Errorf("event %q: given %v, %v", event, given, err)
		}
	}
	// An event that waits for a consumer for an hour is still late.
	key := app + ":{answers." + strings.ReplaceAll(address, "/", "}:")
	if ttl := rdb.PTTL(t.Context(), key).Val(); ttl < time.Hour || ttl > 2*time.Hour {
		t.Errorf("the verdict expires in %v", ttl)
	}
	if n := rdb.Exists(t.Context(), key+":answer").Val(); n != 0 {
		t.Error("an answer was kept that nobody gets")
	}
}

func TestAnswers_GiveRefuses(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	answers, w := await.NewAnswers(rdb, app), start(t, rdb, await.Options{App: app})
	address := register(t, w, "")
	if given, err := answers.Give(t.Context(), address, "Ev1", make([]byte, await.MaxAnswer+1)); given || err == nil {
		t.Errorf("an answer that is too large: %v, %v", given, err)
	}
	for _, wrong := range []string{"", "/", "a", "a/", "/b", "a/b/c", "a/b}", "{a/b", "a:b/c", "a/b\n", "ä/b", strings.Repeat("a", 65) + "/b"} {
		if given, err := answers.Give(t.Context(), wrong, "Ev1", []byte("x")); given || err == nil {
			t.Errorf("address %q: %v, %v", wrong, given, err)
		}
	}
	largest := bytes.Repeat([]byte("\x00 \n"), await.MaxAnswer/3)
	if given, err := answers.Give(t.Context(), address, "Ev1", largest); !given || err != nil {
		t.Errorf("the largest answer: %v, %v", given, err)
	}
	answer, answered, err := w.Await(t.Context(), address, time.Now().Add(testenv.Timeout), grace)
	if !answered || !bytes.Equal(answer, largest) || err != nil {
		t.Errorf("the largest answer arrived as %d bytes, %v, %v", len(answer), answered, err)
	}
}
