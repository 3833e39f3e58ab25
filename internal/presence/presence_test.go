package presence_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

func TestMain(m *testing.M) { os.Exit(redistest.Main(m)) }

// deployment is a name that processes share.
type deployment struct {
	*testing.T
	rdb redis.UniversalClient
	app string
	log *testenv.Log
	ttl time.Duration
}

func onEveryRedis(t *testing.T, test func(d deployment)) {
	t.Helper()
	t.Parallel()
	for _, kind := range []redistest.Kind{redistest.Single, redistest.Clustered, redistest.Embedded} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			test(deployment{t, redistest.Open(t, kind), redistest.App(), &testenv.Log{}, time.Minute})
		})
	}
}

func (d deployment) member(role, environment, team string) *presence.Member {
	return presence.NewMember(d.rdb, presence.Options{
		App:            d.app,
		Instance:       presence.Instance{Role: role, Name: role + ".1", Environment: environment, Team: team, Commit: "abc", Started: time.Now()},
		AnyEnvironment: role == "gateway", TTL: d.ttl, Log: zerolog.New(d.log),
	})
}

func (d deployment) beat(m *presence.Member) {
	d.Helper()
	if err := m.Beat(d.Context()); err != nil {
		d.Fatal(err)
	}
}

func (d deployment) leave(m *presence.Member) {
	d.Helper()
	if err := m.Leave(d.Context()); err != nil {
		d.Fatal(err)
	}
}

func (d deployment) status() presence.Status {
	d.Helper()
	s, err := presence.Read(d.Context(), d.rdb, d.app)
	if err != nil {
		d.Fatal(err)
	}
	return s
}

// nextMillisecond waits until Redis's clock has moved on.
func (d deployment) nextMillisecond() {
	d.Helper()
	now := func() int64 {
		t, err := d.rdb.Time(d.Context()).Result()
		if err != nil {
			d.Fatal(err)
		}
		return t.UnixMilli()
	}
	start := now()
	testenv.Eventually(d, "Redis's clock moves on", func() bool { return now() > start })
}

// key names one of the deployment's keys.
func (d deployment) key(name string) string { return d.app + ":{presence}:" + name }

func TestMember_MayRunBeside(t *testing.T) {
	onEveryRedis(t, func(d deployment) {
		for _, test := range []struct {
			first, second [3]string // role, environment, team
			may           bool
		}{
			{[3]string{"consumer", "production", "T1"}, [3]string{"consumer", "production", "T1"}, true},
			{[3]string{"consumer", "production", "T1"}, [3]string{"consumer", "staging", "T1"}, false},
			{[3]string{"consumer", "staging", "T1"}, [3]string{"consumer", "production", "T1"}, false},
			{[3]string{"consumer", "production", "T1"}, [3]string{"consumer", "development", "T1"}, false},
			{[3]string{"consumer", "production", "T1"}, [3]string{"bgtasks", "testing", "T1"}, false},
			{[3]string{"bgtasks", "production", "T1"}, [3]string{"consumer", "staging", "T1"}, false},
			{[3]string{"consumer", "production", "T1"}, [3]string{"consumer", "production", "T2"}, false},
			{[3]string{"consumer", "production", "T1"}, [3]string{"gateway", "production", "T2"}, false},
			{[3]string{"gateway", "production", "T1"}, [3]string{"consumer", "production", "T2"}, false},
			{[3]string{"gateway", "production", "T1"}, [3]string{"gateway", "production", "T2"}, false},
			// ENV changes nothing about a gateway.
			{[3]string{"consumer", "production", "T1"}, [3]string{"gateway", "development", "T1"}, true},
			{[3]string{"gateway", "development", "T1"}, [3]string{"consumer", "production", "T1"}, true},
			// bgtasks need not know the team.
			{[3]string{"consumer", "production", "T1"}, [3]string{"bgtasks", "production", ""}, true},
			{[3]string{"bgtasks", "production", ""}, [3]string{"consumer", "production", "T1"}, true},
		} {
			d.app = redistest.App()
			d.beat(d.member(test.first[0], test.first[1], test.first[2]))
			second := d.member(test.second[0], test.second[1], test.second[2])
			err := second.Beat(t.Context())
			if conflict, refused := errors.AsType[*presence.ConflictError](err); refused == test.may || err != nil && !refused {
				d.Errorf("%v beside %v: %v", test.second, test.first, err)
			} else if refused && (conflict.Other.Role != test.first[0] || conflict.Which.Role != test.second[0]) {
				d.Errorf("%v", conflict)
			}
			if n := len(d.status().Instances); n != map[bool]int{true: 2, false: 1}[test.may] {
				d.Errorf("%v beside %v: %d are registered", test.second, test.first, n)
			}
		}
	})
}

// TestMember_SaysWhatToDo is of the line that an operator reads.
func TestMember_SaysWhatToDo(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	d := deployment{t, rdb, app, nil, 42 * time.Second}
	first := d.member("consumer", "production", "T1")
	d.beat(first)
	err := d.member("bgtasks", "staging", "").Beat(t.Context())
	for _, want := range []string{
		"bgtasks bgtasks.1 (ENV staging) must not run beside consumer consumer.1 (ENV production, team T1)", "GOPHER_APP=" + app,
		"set another GOPHER_APP", "stop the other process first", "forgotten after 42s",
	} {
		if err == nil || !strings.Contains(err.Error(), want) || strings.ContainsAny(err.Error(), "\n\"") {
			t.Errorf("%v, want one line with %s", err, want)
		}
	}
}

// TestMember_OneOfTwoAtOnce has two deployments start several processes each at
// once: those of one run, and none of the other does.
func TestMember_OneOfTwoAtOnce(t *testing.T) {
	onEveryRedis(t, func(d deployment) {
		for range 10 {
			d.app = redistest.App()
			var mu sync.Mutex
			accepted := map[string]int{}
			var wg sync.WaitGroup
			for _, environment := range []string{"production", "staging", "production", "staging"} {
				wg.Go(func() {
					err := d.member("consumer", environment, "T1").Beat(d.Context())
					mu.Lock()
					defer mu.Unlock()
					switch _, refused := errors.AsType[*presence.ConflictError](err); {
					case err == nil:
						accepted[environment]++
					case !refused:
						d.Error(err)
					}
				})
			}
			testenv.Wait(t, &wg)
			if len(accepted) != 1 || accepted["production"]+accepted["staging"] != 2 {
				d.Errorf("accepted: %v, want both of one environment", accepted)
			}
		}
	})
}

func TestMember_LeavesOrExpires(t *testing.T) {
	onEveryRedis(t, func(d deployment) {
		stops := d.member("consumer", "production", "T1")
		d.beat(stops)
		d.leave(stops)
		if s := d.status(); len(s.Instances) != 0 {
			d.Errorf("after it stopped: %+v", s)
		}
		d.ttl = 300 * time.Millisecond
		dies := d.member("consumer", "production", "T1")
		d.beat(dies)
		other := d.member("consumer", "staging", "T1")
		testenv.Eventually(d, "a process that died is forgotten", func() bool { return other.Beat(d.Context()) == nil })
		if n := d.rdb.HLen(d.Context(), d.key("instances")).Val(); n != 1 {
			d.Errorf("%d registrations are kept, want the live one", n)
		}
	})
}

// TestMember_YoungerOfTwoStops has the registrations vanish, so that another
// deployment begins before the first is registered again.
func TestMember_YoungerOfTwoStops(t *testing.T) {
	onEveryRedis(t, func(d deployment) {
		elder, younger := d.member("consumer", "production", "T1"), d.member("consumer", "staging", "T1")
		d.beat(elder)
		if err := d.rdb.Del(d.Context(), d.key("instances")).Err(); err != nil {
			d.Fatal(err)
		}
		testenv.Eventually(d, "Redis's clock goes on", func() bool {
			at, err := d.rdb.HGet(d.Context(), d.key("clock"), "last").Int64()
			return err == nil && time.Now().UnixMilli() > at
		})
		d.beat(younger)
		d.beat(elder)
		d.beat(elder)
		if n := strings.Count(d.log.String(), `"level":"error"`); n != 1 || !strings.Contains(d.log.String(), "consumer.1 (ENV staging, team T1)") {
			d.Errorf("the elder logged\n%s", d.log)
		}
		err := younger.Beat(d.Context())
		if conflict, ok := errors.AsType[*presence.ConflictError](err); !ok || conflict.Other.Environment != "production" {
			d.Errorf("the younger goes on: %v", err)
		}
		if s := d.status(); len(s.Instances) != 1 || s.Instances[0].Environment != "production" {
			d.Errorf("%+v", s)
		}
	})
}

func TestMember_NoticesThatRedisWentBack(t *testing.T) {
	onEveryRedis(t, func(d deployment) {
		d.ttl = 200 * time.Millisecond
		a, b := d.member("consumer", "production", "T1"), d.member("bgtasks", "production", "T1")
		d.beat(a)
		d.beat(b)
		backup := d.rdb.HGet(d.Context(), d.key("clock"), "last").Val()
		testenv.Eventually(d, "the backup is older than a registration lasts", func() bool {
			d.beat(a)
			d.beat(b)
			last, _ := d.rdb.HGet(d.Context(), d.key("clock"), "last").Int64()
			was := parse(d.T, backup)
			return last > was+2*d.ttl.Milliseconds()
		})
		if s := d.status(); !s.Rewound.IsZero() || d.log.String() != "" {
			d.Errorf("before: %+v\n%s", s, d.log)
		}
		if err := d.rdb.HSet(d.Context(), d.key("clock"), "last", backup).Err(); err != nil {
			d.Fatal(err)
		}
		for range 3 {
			d.beat(a)
			d.beat(b)
		}
		if n := strings.Count(d.log.String(), "gopherbot restore"); n != 2 {
			d.Errorf("%d lines, want one of each process:\n%s", n, d.log)
		}
		if s := d.status(); time.Since(s.Rewound) > time.Minute {
			d.Errorf("%+v", s)
		}
		if err := presence.Restored(d.Context(), d.rdb, d.app); err != nil {
			d.Fatal(err)
		}
		d.beat(a)
		if s := d.status(); !s.Rewound.IsZero() {
			d.Errorf("after it was dealt with: %+v", s)
		}
	})
}

func parse(t *testing.T, text string) (n int64) {
	t.Helper()
	if _, err := fmt.Sscan(text, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestRead_ListsInstances(t *testing.T) {
	onEveryRedis(t, func(d deployment) {
		for _, role := range []string{"gateway", "consumer", "bgtasks"} {
			m := d.member(role, "production", "T1")
			m.Count(func() map[string]int64 { return map[string]int64{"acked": 7} })
			d.beat(m)
		}
		// Of other releases: one that nobody can read, and one that says more.
		far := time.Now().Add(time.Hour).UnixMilli()
		if err := d.rdb.HSet(d.Context(), d.key("instances"), "x", "strange", "y", fmt.Sprint(far, ` 1 - - {"role":"notifier","new":{}}`), "z", fmt.Sprint(far, " 1 - - []")).Err(); err != nil {
			d.Fatal(err)
		}
		s := d.status()
		var roles []string
		for _, i := range s.Instances {
			roles = append(roles, i.Role)
			if i.Role != "notifier" && (i.Name != i.Role+".1" || i.Environment != "production" || i.Team != "T1" || i.Commit != "abc" || time.Since(i.Started) > time.Minute || i.Counts["acked"] != 7) {
				d.Errorf("%+v", i)
			}
		}
		if want := []string{"bgtasks", "consumer", "gateway", "notifier"}; !slices.Equal(roles, want) {
			d.Errorf("%q, want %q", roles, want)
		}
		if s.Expires <= 0 || s.Expires > time.Hour {
			d.Errorf("expires in %v", s.Expires)
		}
	})
}

// TestMember_RegistersThoughRedisIsFull: a deployment is no less guarded then.
func TestMember_RegistersThoughRedisIsFull(t *testing.T) {
	t.Parallel()
	rdb := redistest.Dial(t, redistest.Start(t, "--maxmemory", "1").URL())
	d := deployment{t, rdb, redistest.App(), nil, time.Minute}
	if err := rdb.Set(t.Context(), "x", 1, 0).Err(); !redis.HasErrorPrefix(err, "OOM") {
		t.Fatalf("it is not full: %v", err)
	}
	d.beat(d.member("consumer", "production", "T1"))
	if err := d.member("consumer", "staging", "T1").Beat(t.Context()); err == nil {
		t.Error("another deployment is not refused")
	}
}

// TestMember_LearnsItsTeam has a gateway that learned its workspace stop beside processes
// of another, and register its sockets beside those of its own.
func TestMember_LearnsItsTeam(t *testing.T) {
	onEveryRedis(t, func(d deployment) {
		d.beat(d.member("consumer", "production", "T1"))
		g := d.member("gateway", "production", "")
		d.beat(g)
		g.Team("T1")
		g.Sockets(func() presence.Sockets { return presence.Sockets{Wanted: 2, Open: 1, Connections: 4} })
		d.beat(g)
		registered := d.status().Instances[1]
		if registered.Team != "T1" || registered.Sockets == nil || *registered.Sockets != (presence.Sockets{Wanted: 2, Open: 1, Connections: 4}) {
			d.Errorf("registered %+v", registered)
		}
		other := d.member("gateway", "production", "")
		d.nextMillisecond() // of two that joined in the same one the id decides
		d.beat(other)
		other.Team("T2")
		if conflict, refused := errors.AsType[*presence.ConflictError](other.Beat(t.Context())); !refused || conflict.Which.Team != "T2" {
			d.Errorf("of another workspace: %v", conflict)
		}
	})
}
