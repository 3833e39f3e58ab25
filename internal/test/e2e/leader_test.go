package e2e

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// leaders are bgtasks processes of which one leads.
type leaders struct {
	*bot
	byName map[string]*child
	next   int
}

func (l *leaders) add() {
	l.Helper()
	l.next++
	name := fmt.Sprintf("bgtasks.%d", l.next)
	l.byName[name] = l.spawn(config.BGTasks, "HEROKU_DYNO_ID="+name)
}

// leader waits until a process leads that is not the one named, and returns its
// name and the number of its term.
func (l *leaders) leader(not string) (name string, term int) {
	l.Helper()
	testenv.Eventually(l, "another leads than "+not, func() bool {
		held := strings.Fields(l.rdb.Get(l.Context(), l.environ["GOPHER_APP"]+":{bgtasks}:lease").Val())
		if len(held) != 3 {
			return false
		}
		term, _ = strconv.Atoi(held[0])
		name = held[1]
		return name != not
	})
	return name, term
}

func (l *leaders) signal(name string, s syscall.Signal) {
	l.Helper()
	if err := l.byName[name].Process.Signal(s); err != nil {
		l.Fatal(err)
	}
}

// TestAnnouncements_OnceUnderLeaderFaults kills the leader, or
// pauses it until another leads, twenty times, while there is always something
// new to announce.
func TestAnnouncements_OnceUnderLeaderFaults(t *testing.T) {
	t.Parallel()
	for _, processes := range []int{2, 3} {
		t.Run(fmt.Sprint(processes, " processes"), func(t *testing.T) {
			t.Parallel()
			b, blog := newBotOn(t, redistest.Start(t).URL()), newBlog(t) // the embedded Redis lets no lease end
			b.reads(blog)
			b.environ["GOPHER_BGTASKS_LEASE"] = "400ms"
			b.start(config.Consumer)
			all := &leaders{b, map[string]*child{}, 0}
			for range processes {
				all.add()
			}
			b.hasBegun(blog)

			stop := make(chan struct{})
			var writing sync.WaitGroup
			writing.Go(func() {
				tick := time.NewTicker(30 * time.Millisecond)
				defer tick.Stop()
				for {
					select {
					case <-tick.C:
						blog.posts.Add(1)
					case <-stop:
						return
					}
				}
			})
			const rounds = 20
			for round := range rounds {
				name, _ := all.leader("")
				// A moment at which it has just asked what is new, or soon after.
				until, later := blog.asked.Load()+rand.Int64N(3)+1, time.Duration(rand.IntN(3000))*time.Microsecond
				testenv.Eventually(t, "it asks what is new", func() bool { return blog.asked.Load() >= until })
				<-time.After(later)
				if round%2 == 0 {
					all.signal(name, syscall.SIGKILL)
					all.leader(name)
					all.add()
					continue
				}
				all.signal(name, syscall.SIGSTOP)
				all.leader(name)
				until = blog.asked.Load() + rand.Int64N(4)
				testenv.Eventually(t, "another does its work", func() bool { return blog.asked.Load() >= until })
				all.signal(name, syscall.SIGCONT)
			}
			close(stop)
			testenv.Wait(t, &writing)
			b.eachOnce(4, int(blog.posts.Load()))
			_, term := all.leader("")
			if term <= rounds {
				t.Errorf("there were %d terms, want more than %d", term, rounds)
			}
			t.Logf("%d posts announced in %d terms", blog.posts.Load()-3, term)
		})
	}
}

// TestLeader_Failover is of the default lease.
func TestLeader_Failover(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		signal syscall.Signal
		within time.Duration
	}{
		{"after a clean stop", syscall.SIGTERM, 7 * time.Second}, // at once: sooner than the lease can end
		{"after a kill", syscall.SIGKILL, 15 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := newBotOn(t, redistest.Start(t).URL())
			all := &leaders{b, map[string]*child{}, 0}
			all.add()
			name, _ := all.leader("")
			all.add()
			all.byName["bgtasks.2"].logs(t, "standing by")
			ended := time.Now()
			all.signal(name, test.signal)
			all.leader(name)
			took := time.Since(ended)
			t.Logf("another leads %v later", took.Round(time.Millisecond))
			if took > test.within {
				t.Errorf("the promise is %v", test.within)
			}
		})
	}
}
