package workqueue_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// TestMain makes this program a consumer where a test started it as one.
func TestMain(m *testing.M) {
	if orders := os.Getenv(ordersVariable); orders != "" {
		if err := consumerProcess(orders); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(redistest.Main(m))
}

// ordersVariable tells a process of this program to be a consumer, and which.
const ordersVariable = "WORKQUEUE_TEST_CONSUMER"

type orders struct {
	URL, App, Name string
	Lease          time.Duration
	Workers        int
}

// notice is what a consumer process writes to its standard output when a run
// begins and when it ends.
type notice struct {
	Event, Entry, Origin, Outcome string // no Outcome: it begins
	At                            time.Time
}

// consumerProcess consumes until its standard input ends, which it also does
// when the test dies.
func consumerProcess(encoded string) error {
	var o orders
	if err := json.Unmarshal([]byte(encoded), &o); err != nil {
		return err
	}
	opts, err := redis.ParseURL(o.URL)
	if err != nil {
		return err
	}
	opts.ContextTimeoutEnabled, opts.PipelinePoolSize = true, -1
	rdb := redis.NewClient(opts)
	defer rdb.Close()
	c, err := workqueue.NewConsumer(rdb, workqueue.ConsumerOptions{App: o.App, Name: o.Name, Lease: o.Lease})
	if err != nil {
		return err
	}
	c.Handle("greeting", func(ctx context.Context, d *workqueue.Delivery) error {
		tell(notice{Event: d.ID, Entry: d.EntryID, Origin: workqueue.Origin(d), At: time.Now()})
		err := perform(ctx, d)
		tell(notice{Event: d.ID, Entry: d.EntryID, At: time.Now(), Outcome: outcomeOf(ctx, err)})
		return err
	}, workqueue.Concurrency(o.Workers), soon)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	return c.Run(ctx)
}

// tell writes a notice as one line in one write, which nothing buffers: it
// outlives the process.
func tell(n notice) {
	line, err := json.Marshal(n)
	if err != nil {
		panic(err)
	}
	if _, err := os.Stdout.Write(append(line, '\n')); err != nil {
		panic(err)
	}
}

// process is a consumer in a process of its own, whose runs are entered in the
// ledger.
type process struct {
	*ledger
	name  string
	cmd   *exec.Cmd
	stdin io.Closer
	log   bytes.Buffer  // read it when ended is closed
	ended chan struct{} // closed when the process has ended
	cut   int           // runs that went on when it ended
}

// start starts a consumer process. It is stopped when the test ends.
func (l *ledger) start(o orders) *process {
	l.Helper()
	program, err := os.Executable()
	if err != nil {
		l.Fatal(err)
	}
	encoded, err := json.Marshal(o)
	if err != nil {
		l.Fatal(err)
	}
	p := &process{ledger: l, name: o.Name, cmd: exec.Command(program), ended: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), ordersVariable+"="+string(encoded))
	p.cmd.Stderr = &p.log
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		l.Fatal(err)
	}
	p.stdin = stdin
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		l.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		l.Fatal(err)
	}
	go p.follow(stdout)
	l.Cleanup(p.kill)
	return p
}

// follow enters in the ledger what the process reports until it ends.
func (p *process) follow(stdout io.Reader) {
	defer close(p.ended)
	running := map[string]*run{} // by entry
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		var n notice
		if err := json.Unmarshal(lines.Bytes(), &n); err != nil {
			p.Errorf("%s reports %q: %v", p.name, lines.Text(), err)
			continue
		}
		if n.Outcome == "" {
			running[n.Entry] = p.begin(run{event: n.Event, entry: n.Entry, origin: n.Origin, consumer: p.name, begin: n.At})
		} else {
			p.end(running[n.Entry], n.At, n.Outcome)
		}
	}
	_ = p.cmd.Wait() // its state says the rest
	p.cut = p.died(p.name, time.Now())
}

// kill ends the process with SIGKILL, if it has not ended.
func (p *process) kill() {
	p.signal(syscall.SIGKILL)
	testenv.Next(p, p.ended)
}

func (p *process) signal(s os.Signal) {
	p.Helper()
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.Errorf("send %s %v: %v", p.name, s, err)
	}
}

// stop has the process stop as one does on a deploy.
func (p *process) stop() {
	p.Helper()
	if err := p.stdin.Close(); err != nil {
		p.Error(err)
	}
	testenv.Next(p, p.ended)
	if !p.cmd.ProcessState.Success() {
		p.Errorf("%s: %v\n%s", p.name, p.cmd.ProcessState, &p.log)
	}
}

// startQueue returns a queue on a redis-server of its own, and where that is.
func startQueue(t *testing.T, args ...string) (queue, *redistest.Server) {
	t.Helper()
	server := redistest.Start(t, args...)
	return queue{t, redistest.Dial(t, server.URL()), redistest.App()}, server
}

// calm is a lease that no process loses because the machine is busy.
const calm = 2 * time.Second

// TestFaults_KilledConsumers kills one of three consumer processes ten times under load.
// The events that a killed process was handling may run a second time: at most one for
// each of its workers.
func TestFaults_KilledConsumers(t *testing.T) {
	t.Parallel()
	q, server := startQueue(t)
	l := newLedger(t)
	const kills, workers = 10, 5
	started := 0
	start := func() *process {
		started++
		return l.start(orders{server.URL(), q.app, fmt.Sprintf("consumer.%d", started), calm, workers})
	}
	alive := []*process{start(), start(), start()}
	finish := l.produce(q.publisher(workqueue.PublisherOptions{MaxBacklog: 200}), always(5*time.Millisecond))
	killed := map[string]bool{}
	unfinished := 0
	for i := range kills {
		victim := alive[i%len(alive)]
		testenv.Eventually(t, victim.name+" is at work", func() bool {
			return l.count(of(victim.name)) >= 20 && l.count(unfinishedOf(victim.name)) > 0
		})
		victim.kill()
		killed[victim.name] = true
		unfinished += victim.cut
		alive[i%len(alive)] = start()
	}
	finish()
	l.drained(q)
	for _, p := range alive {
		p.stop()
	}
	earlier := l.check()
	for _, r := range earlier {
		if !killed[r.consumer] {
			t.Errorf("run again though nobody killed its consumer: %+v", *r)
		}
	}
	if n := len(earlier); n < unfinished || n > kills*workers {
		t.Errorf("%d runs were repeated, want the %d that were cut, and what was not acknowledged, at most %d", n, unfinished, kills*workers)
	}
	q.dead(0)
}

// TestFaults_SlowHandler has handlers run for more than two leases while
// other consumers wait for something to do.
func TestFaults_SlowHandler(t *testing.T) {
	t.Parallel()
	q, server := startQueue(t)
	l := newLedger(t)
	const leaseFor = calm / 2
	var consumers []*process
	for i := range 3 {
		consumers = append(consumers, l.start(orders{server.URL(), q.app, fmt.Sprintf("consumer.%d", i), leaseFor, 4}))
	}
	p := q.publisher(workqueue.PublisherOptions{MaxBacklog: 50})
	for range 6 {
		l.publish(p, task{Work: 5 * leaseFor / 2})
	}
	slow := l.published.Load()
	finish := l.produce(p, always(5*time.Millisecond))
	testenv.Eventually(t, "the slow ones are done", func() bool {
		return l.count(func(r *run) bool { return r.outcome == succeeded && r.end.Sub(r.begin) > 2*leaseFor }) == int(slow)
	})
	finish()
	l.drained(q)
	for _, c := range consumers {
		c.stop()
	}
	if again := l.check(); len(again) > 0 {
		t.Errorf("%d events were run again", len(again))
	}
}

// TestFaults_PausedConsumer suspends a consumer process for longer than
// its lease in the middle of a handler, which would make the event a dead letter
// now. The only time at which two handlers of one event run is from when the
// process wakes until it notices.
func TestFaults_PausedConsumer(t *testing.T) {
	t.Parallel()
	q, server := startQueue(t)
	l := newLedger(t)
	p := q.publisher(workqueue.PublisherOptions{})
	paused := l.start(orders{server.URL(), q.app, "paused", lease, 1})
	event := l.publish(p, task{Work: calm, Then: rejectsAtFirst})
	testenv.Eventually(t, "it is at work", func() bool { return l.count(unfinishedOf(paused.name)) == 1 })
	paused.signal(syscall.SIGSTOP)

	other := l.start(orders{server.URL(), q.app, "other", lease, 1})
	testenv.Eventually(t, "the other reclaims it", func() bool { return l.count(unfinishedOf(other.name)) == 1 })
	woken := time.Now()
	paused.signal(syscall.SIGCONT)
	testenv.Eventually(t, "the woken one ends its handler", func() bool { return l.count(unfinishedOf(paused.name)) == 0 })
	if l.count(unfinishedOf(other.name)) != 1 {
		t.Error("the handler was not cancelled when its consumer woke")
	}
	testenv.Eventually(t, "it is done", func() bool { return l.count(unfinishedOf(other.name)) == 0 })
	l.drained(q)

	// The one that was paused goes on.
	other.stop()
	l.publish(p, task{})
	testenv.Eventually(t, "the next is handled", func() bool { return l.count(of(paused.name)) == 2 })
	l.drained(q)
	paused.stop()
	q.dead(0)
	runs := l.runs[event]
	if len(runs) != 2 || runs[0].outcome != lostLease || runs[1].outcome != succeeded {
		for _, r := range runs {
			t.Errorf("%+v", *r)
		}
		t.Fatal("want the run of the paused consumer, that lost its lease, and the other's")
	}
	t.Logf("0 lost, 1 ran twice because its consumer was paused for longer than its lease; cancelled %v after it woke", runs[0].end.Sub(woken))
}

// TestFaults_PoisonEvent has a handler exit the process, while others run for longer. The
// events that are handled at the same time are interrupted, but only the one becomes a
// dead letter.
func TestFaults_PoisonEvent(t *testing.T) {
	t.Parallel()
	q, server := startQueue(t)
	l := newLedger(t)
	p := q.publisher(workqueue.PublisherOptions{})
	const others, othersWork = 4, calm / 4 // longer than it takes until the next is reclaimed
	for range others / 2 {
		l.publish(p, task{Work: othersWork})
	}
	poison := l.publish(p, task{Work: 20 * time.Millisecond, Then: exits})
	for range others / 2 {
		l.publish(p, task{Work: othersWork})
	}
	l.mu.Lock()
	delete(l.accepted, poison) // it cannot succeed
	l.mu.Unlock()

	deaths := 0
	start := func() *process {
		return l.start(orders{server.URL(), q.app, fmt.Sprintf("consumer.%d", deaths), calm / 2, others + 1})
	}
	alive := start()
	testenv.Eventually(t, "it is a dead letter", func() bool {
		select {
		case <-alive.ended: // and is started again, as every host does
			deaths++
			if code := alive.cmd.ProcessState.ExitCode(); code != exitedByTask {
				t.Fatalf("%s: %v\n%s", alive.name, alive.cmd.ProcessState, &alive.log)
			}
			alive = start()
		default:
		}
		return q.stats().Dead > 0
	})
	l.drained(q)
	alive.stop()
	dead := q.dead(1)[0]
	if dead.Reason != workqueue.Poison || dead.Event.ID != poison {
		t.Errorf("%+v, want event %s as poison", dead, poison)
	}
	earlier := l.check()
	if n := len(l.runs[poison]); n != deaths {
		t.Errorf("%d processes died of an event that was run %d times", deaths, n)
	}
	for _, r := range earlier {
		if r.event != poison && r.outcome != cut {
			t.Errorf("run again though its process lived: %+v", *r)
		}
	}
	t.Logf("%d processes died until the event was a dead letter: %s", deaths, dead.Error)
}
