package audit_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/audit"
	"github.com/gobridge/gopherbot/internal/test/redistest"
)

func TestMain(m *testing.M) { os.Exit(redistest.Main(m)) }

// replay is an act of the tests.
var replay = audit.Entry{Who: "ada", From: "laptop", Via: audit.Tool, Action: audit.Replay, On: "message_public", Detail: "older than 1h"}

// list returns the latest entries, without their ids and times, which it checks.
func list(t *testing.T, l *audit.Log, before string, n int) []audit.Entry {
	t.Helper()
	entries, err := l.List(t.Context(), before, n)
	if err != nil {
		t.Fatal(err)
	}
	for i := range entries {
		if e := &entries[i]; e.ID == "" || time.Since(e.At).Abs() > time.Minute {
			t.Errorf("%+v has no id, or another time", *e)
		}
		entries[i].ID, entries[i].At = "", time.Time{}
	}
	return entries
}

func TestLog_Do(t *testing.T) {
	t.Parallel()
	for _, kind := range []redistest.Kind{redistest.Single, redistest.Clustered, redistest.Embedded} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			l := audit.New(redistest.Open(t, kind), redistest.App())
			failure := errors.New("no such dead letter")
			for _, test := range []struct {
				count int64
				err   error
				want  string
			}{{3, nil, "done"}, {0, failure, "failed: no such dead letter"}, {2, failure, "failed: no such dead letter"}} {
				err := l.Do(t.Context(), replay, func(context.Context) (int64, error) {
					want := replay
					want.Outcome = "begun"
					if got := list(t, l, "", 1); got[0] != want {
						t.Errorf("meanwhile: %+v, want %+v", got[0], want)
					}
					return test.count, test.err
				})
				if !errors.Is(err, test.err) {
					t.Errorf("%v, want %v", err, test.err)
				}
				want := replay
				want.Count, want.Outcome = test.count, test.want
				if got := list(t, l, "", 1); got[0] != want {
					t.Errorf("then: %+v, want %+v", got[0], want)
				}
			}
			if got := list(t, l, "", 10); len(got) != 3 {
				t.Errorf("each act has one entry: %+v", got)
			}
		})
	}
}

// TestLog_DoRecordsTheEndOfACancelledAct presses Ctrl-C during an act.
func TestLog_DoRecordsTheEndOfACancelledAct(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	l := audit.New(rdb, app)
	ctx, cancel := context.WithCancel(t.Context())
	err := l.Do(ctx, replay, func(ctx context.Context) (int64, error) {
		cancel()
		return 7, ctx.Err()
	})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if got := list(t, l, "", 1); got[0].Count != 7 || got[0].Outcome != "failed: context canceled" {
		t.Errorf("%+v", got)
	}
}

// TestLog_DoKeepsTheTimeOfTheBeginning of an act that takes long.
func TestLog_DoKeepsTheTimeOfTheBeginning(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	l := audit.New(rdb, app)
	var begun audit.Entry
	err := l.Do(t.Context(), replay, func(context.Context) (int64, error) {
		entries, err := l.List(t.Context(), "", 1)
		begun = entries[0]
		return 0, errors.Join(err, l.Record(t.Context(), audit.Entry{Who: "bob", Via: audit.Page, Action: audit.Login}))
	})
	if err != nil {
		t.Fatal(err)
	}
	entries, err := l.List(t.Context(), "", 10)
	if err != nil || len(entries) != 2 || entries[0].Who != "ada" || !entries[0].At.Equal(begun.At) || entries[0].ID == begun.ID || entries[1].Who != "bob" {
		t.Errorf("%+v (%v)", entries, err)
	}
}

func TestLog_List(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	l := audit.New(rdb, app)
	if got := list(t, l, "", 5); len(got) != 0 {
		t.Errorf("an empty audit: %+v", got)
	}
	for n := range 7 {
		e := audit.Entry{Who: "ada", Via: audit.Page, Action: audit.Drop, On: fmt.Sprint(n)}
		if err := l.Record(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	var found []string
	for before := ""; ; {
		entries, err := l.List(t.Context(), before, 3)
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) == 0 {
			break
		}
		for _, e := range entries {
			found = append(found, e.On)
			before = e.ID
		}
	}
	if got := strings.Join(found, " "); got != "6 5 4 3 2 1 0" {
		t.Errorf("the pages have %s", got)
	}
	for _, bad := range []string{"x", "+", "1 2", "(1"} {
		if _, err := l.List(t.Context(), bad, 3); err == nil {
			t.Errorf("before %q: no error", bad)
		}
	}
}

// TestLog_IsBounded: old entries are removed, and refused logins remove no others.
func TestLog_IsBounded(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	l := audit.New(rdb, app)
	record := func(e audit.Entry, n int) {
		t.Helper()
		for range n {
			if err := l.Record(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
	}
	length := func() int64 { return rdb.XLen(t.Context(), app+":{audit}:entries").Val() }
	record(replay, 1)
	record(audit.Entry{Who: "-", From: "192.0.2.1", Via: audit.Page, Action: audit.LoginRefused}, audit.MaxRefused+50)
	if got := length(); got != audit.MaxRefused+1 {
		t.Errorf("%d entries after many refused logins", got)
	}
	if n := rdb.LLen(t.Context(), app+":{audit}:refused").Val(); n != audit.MaxRefused {
		t.Errorf("%d refused logins are counted", n)
	}
	_, err := rdb.Pipelined(t.Context(), func(p redis.Pipeliner) error {
		for range audit.MaxEntries + 150 {
			p.XAdd(t.Context(), &redis.XAddArgs{Stream: app + ":{audit}:entries", Values: []string{"who", "bob"}})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	record(replay, 1)
	if got := length(); got < audit.MaxEntries || got > audit.MaxEntries+200 { // Redis removes whole nodes, of at most 100 entries
		t.Errorf("%d entries", got)
	}
}

func TestLog_CutsTexts(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	l := audit.New(rdb, app)
	long := strings.Repeat("ü", 1000)
	if err := l.Record(t.Context(), audit.Entry{Who: long, From: long, Via: "page", Action: audit.Action(long), On: long, Detail: long, Outcome: "\xff"}); err != nil {
		t.Fatal(err)
	}
	e := list(t, l, "", 1)[0]
	for text, want := range map[string]int{e.Who: 64, e.From: 64, string(e.Action): 64, e.On: 300, e.Detail: 300, e.Outcome: 1} {
		if n := len([]rune(text)); n != want {
			t.Errorf("%q has %d characters, want %d", text, n, want)
		}
	}
}

func TestLog_RefusesEntriesThatSayTooLittle(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	l := audit.New(rdb, app)
	for _, e := range []audit.Entry{{}, {Via: audit.Page, Action: audit.Drop}, {Who: "ada", Action: audit.Drop}, {Who: "ada", Via: audit.Page}} {
		if err := l.Record(t.Context(), e); err == nil {
			t.Errorf("%+v was recorded", e)
		}
	}
}

// TestLog_FullRedis: whoever frees memory must be able to act, and to be recorded.
func TestLog_FullRedis(t *testing.T) {
	t.Parallel()
	rdb := redistest.Dial(t, redistest.Start(t, "--maxmemory", "1", "--maxmemory-policy", "noeviction").URL())
	l := audit.New(rdb, redistest.App())
	if err := rdb.Set(t.Context(), "key", "value", 0).Err(); !redis.HasErrorPrefix(err, "OOM") {
		t.Fatalf("Redis is not full: %v", err)
	}
	done := false
	if err := l.Do(t.Context(), replay, func(context.Context) (int64, error) { done = true; return 1, nil }); err != nil || !done {
		t.Errorf("done %v: %v", done, err)
	}
	if got := list(t, l, "", 10); len(got) != 1 || got[0].Outcome != "done" {
		t.Errorf("%+v", got)
	}
}

// TestLog_LostRedis: the outcome of an act cannot be recorded any more.
func TestLog_LostRedis(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	l := audit.New(redistest.Dial(t, server.URL()), redistest.App())
	failure := errors.New("it failed")
	err := l.Do(t.Context(), replay, func(context.Context) (int64, error) { server.Stop(t); return 0, failure })
	if !errors.Is(err, failure) || !strings.Contains(err.Error(), "the audit has no outcome of this act") {
		t.Error(err)
	}
	done := false
	err = l.Do(t.Context(), replay, func(context.Context) (int64, error) { done = true; return 0, nil })
	if _, refused := errors.AsType[*audit.NotRecordedError](err); !refused || done {
		t.Errorf("done %v: %v", done, err)
	}
}
