package subject_test

import (
	"os"
	"reflect"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/subject"
	"github.com/gobridge/gopherbot/internal/test/redistest"
)

func TestMain(m *testing.M) { os.Exit(redistest.Main(m)) }

func TestStore_NewestWins(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	store := subject.New(rdb, app)
	at := time.Date(2026, 1, 2, 3, 4, 5, 678_000, time.UTC)
	key := []string{"slack", "C1", "deploy 42"}
	first := subject.State{ID: "C1/1.000100", Whole: true, Newest: at, Lines: []string{"ab"}}
	for _, step := range []struct {
		name      string
		put, want subject.State
	}{
		{"the first", first, first},
		{"an older one", subject.State{ID: "C1/2.000100", Newest: at.Add(-time.Microsecond)}, first},
		{"of the same time", subject.State{ID: "C1/3.000100", Newest: at}, subject.State{ID: "C1/3.000100", Newest: at}},
		{"a newer one", subject.State{Newest: at.Add(time.Second), Resolved: true}, subject.State{Newest: at.Add(time.Second), Resolved: true}},
	} {
		if err := store.Put(t.Context(), step.put, key...); err != nil {
			t.Fatal(err)
		}
		if got, err := store.Get(t.Context(), key...); err != nil || !reflect.DeepEqual(got, step.want) {
			t.Errorf("%s: %+v, %v; want %+v", step.name, got, err, step.want)
		}
	}
	if got, err := store.Get(t.Context(), "slack", "C2", "deploy 42"); err != nil || !reflect.DeepEqual(got, subject.State{}) {
		t.Errorf("in another chat there is %+v, %v", got, err)
	}
}

func TestStore_Expires(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	store := subject.New(rdb, app)
	for _, test := range []struct {
		name  string
		state subject.State
		most  time.Duration
	}{
		{"open", subject.State{Newest: time.Now()}, subject.Keep},
		{"resolved", subject.State{Newest: time.Now(), Resolved: true}, subject.KeepResolved},
	} {
		if err := store.Put(t.Context(), test.state, test.name); err != nil {
			t.Fatal(err)
		}
	}
	keys, err := rdb.Keys(t.Context(), app+":subject:*").Result()
	if err != nil || len(keys) != 2 {
		t.Fatal(keys, err)
	}
	var left []time.Duration
	for _, key := range keys {
		ttl, err := rdb.PTTL(t.Context(), key).Result()
		if err != nil {
			t.Fatal(err)
		}
		left = append(left, ttl)
	}
	short, long := min(left[0], left[1]), max(left[0], left[1])
	if short <= subject.KeepResolved-time.Minute || short > subject.KeepResolved || long <= subject.Keep-time.Minute || long > subject.Keep {
		t.Errorf("they expire in %v and %v", short, long)
	}
}

func TestStore_ReadsWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	store := subject.New(rdb, app)
	if err := store.Put(t.Context(), subject.State{ID: "x", Newest: time.Now()}, "k"); err != nil {
		t.Fatal(err)
	}
	keys, err := rdb.Keys(t.Context(), app+":subject:*").Result()
	if err != nil || len(keys) != 1 {
		t.Fatal(keys, err)
	}
	if err := rdb.HSet(t.Context(), keys[0], "state", "v2:gone").Err(); err != nil {
		t.Fatal(err)
	}
	if got, err := store.Get(t.Context(), "k"); err != nil || got.ID != "" {
		t.Errorf("%+v, %v, want none", got, err)
	}
}
