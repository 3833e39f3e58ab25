package bgtasks_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/bgtasks"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

func TestMain(m *testing.M) { os.Exit(redistest.Main(m)) }

// start runs jobs as one of possibly several processes, until the test ends or
// stop is called.
func start(t *testing.T, rdb redis.UniversalClient, opts bgtasks.Options, jobs ...bgtasks.Job) (stop func()) {
	t.Helper()
	r, err := bgtasks.New(rdb, opts, jobs...)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := testenv.Next(t, done); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// quoted is a text that the value of a job's panic quotes.
const quoted = "the server said hunter2"

// count is a job that counts its runs. The first ones fail with errs.
func count(name string, every time.Duration, errs ...error) (bgtasks.Job, *atomic.Int64) {
	var runs atomic.Int64
	return bgtasks.Job{Name: name, Every: every, Timeout: time.Second, Run: func(context.Context, bgtasks.State) error {
		n := int(runs.Add(1))
		if n > len(errs) {
			return nil
		}
		if errs[n-1] == nil {
			panic("not today: " + quoted)
		}
		return errs[n-1]
	}}, &runs
}

func TestReadStatus_ShowsJobs(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	job, _ := count("news", 100*time.Millisecond, errors.New("away"), nil) // nil is a panic
	log := &testenv.Log{}
	stop := start(t, rdb, bgtasks.Options{App: app, Instance: "bgtasks.1", Log: zerolog.New(log)}, job)
	key := app + ":{bgtasks}:job:news"
	testenv.Eventually(t, "it ran four times", func() bool { return rdb.HGet(t.Context(), key, "runs").Val() == "4" })
	leader := rdb.Get(t.Context(), app+":{bgtasks}:lease").Val()
	led, err := bgtasks.ReadStatus(t.Context(), rdb, app)
	if err != nil || led.Leader != "bgtasks.1" {
		t.Errorf("%+v (%v), want bgtasks.1 to lead", led, err)
	}
	stop()
	left, err := bgtasks.ReadStatus(t.Context(), rdb, app)
	if err != nil || left.Leader != "" || len(left.Jobs) != 1 {
		t.Fatalf("%+v (%v), want no leader and a job", left, err)
	}
	if j := left.Jobs[0]; j.Name != "news" || j.Result != "ok" || j.Failures != 2 || j.Failing != 0 || !j.Next.After(j.Last) {
		t.Errorf("%+v", j)
	}
	record := rdb.HGetAll(t.Context(), key).Val()
	for field, want := range map[string]string{"failures": "2", "panics": "1", "failing": "0", "last_result": "ok"} {
		if record[field] != want {
			t.Errorf("%s is %q, want %q", field, record[field], want)
		}
	}
	last, err := time.Parse(time.RFC3339, record["last_run"])
	next, err2 := time.Parse(time.RFC3339, record["next_run"])
	if err != nil || err2 != nil || next.Sub(last) < 100*time.Millisecond || record["last_took_ms"] == "" {
		t.Errorf("%q", record)
	}
	if !strings.HasPrefix(leader, "1 bgtasks.1 ") {
		t.Errorf("leads: %q, want the token and the instance", leader)
	}
	for _, want := range []string{`"job":"news","error":"away"`, `"error":"panic: a value of type string"`, `"stack":"goroutine`, `"failures":2,"panics":1`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("not in the log: %s\n%s", want, log)
		}
	}
	if strings.Contains(log.String(), quoted) {
		t.Errorf("a panic's value is quoted in the log:\n%s", log)
	}
}

func TestRunner_IsolatesJobs(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	panics, _ := count("panics", time.Minute, nil)
	hangs := bgtasks.Job{Name: "hangs", Every: time.Minute, Timeout: 50 * time.Millisecond, Run: func(ctx context.Context, _ bgtasks.State) error {
		<-ctx.Done()
		return ctx.Err()
	}}
	works, runs := count("works", 100*time.Millisecond)
	start(t, rdb, bgtasks.Options{App: app, Instance: "bgtasks.1"}, panics, hangs, works)
	testenv.Eventually(t, "the one that works has run five times", func() bool { return runs.Load() >= 5 })
	for name, want := range map[string]string{"panics": "panic: a value of type string", "hangs": "context deadline exceeded"} {
		testenv.Eventually(t, name+" failed as it should", func() bool {
			return rdb.HGet(t.Context(), app+":{bgtasks}:job:"+name, "last_result").Val() == want
		})
	}
}

func TestRunner_TimesOutliveALeader(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	at := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(time.RFC3339Nano) }
	rdb.HSet(t.Context(), app+":{bgtasks}:job:missed", "next_run", at(-24*time.Hour), "runs", 7)
	rdb.HSet(t.Context(), app+":{bgtasks}:job:later", "next_run", at(30*time.Minute))
	missed, missedRuns := count("missed", time.Hour)
	later, laterRuns := count("later", time.Hour)
	witness, witnessRuns := count("witness", 100*time.Millisecond)
	stop := start(t, rdb, bgtasks.Options{App: app, Instance: "bgtasks.1"}, missed, later, witness)
	testenv.Eventually(t, "the witness has run", func() bool { return witnessRuns.Load() >= 3 && missedRuns.Load() > 0 })
	stop()
	if missedRuns.Load() != 1 || laterRuns.Load() != 0 {
		t.Errorf("the one that missed its time ran %d times, want once; the other %d times, want never", missedRuns.Load(), laterRuns.Load())
	}
	if runs := rdb.HGet(t.Context(), app+":{bgtasks}:job:missed", "runs").Val(); runs != "8" {
		t.Errorf("counted %s runs, want 8", runs)
	}
}

// TestRunner_OneLeads stops the leader, as a deploy does, twice.
func TestRunner_OneLeads(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	running, most := atomic.Int64{}, atomic.Int64{}
	ran := make(chan string, 1000)
	process := func(name string) (stop func()) {
		job := bgtasks.Job{Name: "news", Every: 100 * time.Millisecond, Timeout: time.Minute, Run: func(ctx context.Context, _ bgtasks.State) error {
			if n := running.Add(1); n > 1 {
				most.Store(n)
			}
			defer running.Add(-1)
			ran <- name
			<-ctx.Done() // until it is stopped
			return ctx.Err()
		}}
		// The lease is long: a successor gets it in time only if it was released.
		return start(t, rdb, bgtasks.Options{App: app, Instance: name, Lease: 10 * time.Minute}, job)
	}
	stops := map[string]func(){}
	for _, name := range []string{"a", "b", "c"} {
		stops[name] = process(name)
	}
	first := testenv.Next(t, ran)
	stops[first]()
	// A twentieth of the lease is 30 s; so let a newcomer look at once.
	stops["d"] = process("d")
	if second := testenv.Next(t, ran); second == first {
		t.Errorf("%s ran the job after it was stopped", first)
	}
	if most.Load() > 1 {
		t.Errorf("the job ran in %d processes at once", most.Load())
	}
}

// TestRunner_LostLeaseStopsJobs takes the lease away, as a failover of
// Redis may.
func TestRunner_LostLeaseStopsJobs(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	causes := make(chan error, 10)
	job := bgtasks.Job{Name: "news", Every: time.Hour, Timeout: time.Minute, Run: func(ctx context.Context, _ bgtasks.State) error {
		<-ctx.Done()
		causes <- context.Cause(ctx)
		return ctx.Err()
	}}
	start(t, rdb, bgtasks.Options{App: app, Instance: "bgtasks.1", Lease: time.Second}, job)
	key := app + ":{bgtasks}:lease"
	testenv.Eventually(t, "it leads", func() bool { return rdb.Exists(t.Context(), key).Val() == 1 })
	rdb.Set(t.Context(), key, "99 another", 0)
	if err := testenv.Next(t, causes); !errors.Is(err, bgtasks.ErrNotLeader) {
		t.Errorf("stopped by %v", err)
	}
	// It stands by, and leads again once it can.
	rdb.Del(t.Context(), key)
	testenv.Eventually(t, "it leads again", func() bool { return strings.Contains(rdb.Get(t.Context(), key).Val(), "bgtasks.1") })
}

func TestNew_NamesEveryMistake(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	good, _ := count("good", time.Minute)
	for want, try := range map[string]func() error{
		`job "half done"`: func() error {
			_, err := bgtasks.New(rdb, bgtasks.Options{App: app, Instance: "x"}, good, bgtasks.Job{Name: "half done"})
			return err
		},
		`job "both": it has a calendar`: func() error {
			both := good
			both.Name, both.At = "both", halfSeconds{}
			_, err := bgtasks.New(rdb, bgtasks.Options{App: app, Instance: "x"}, both)
			return err
		},
		`two jobs "good"`: func() error {
			_, err := bgtasks.New(rdb, bgtasks.Options{App: app, Instance: "x"}, good, good)
			return err
		},
		"lease 1ms": func() error {
			_, err := bgtasks.New(rdb, bgtasks.Options{App: app, Instance: "x", Lease: time.Millisecond}, good)
			return err
		},
	} {
		if err := try(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
