package await_test

import (
	"context"
	"net"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/await"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestMain makes this program a consumer where a test started it as one.
func TestMain(m *testing.M) {
	if address := os.Getenv(victimVariable); address != "" {
		os.Exit(victim(address))
	}
	os.Exit(redistest.Main(m))
}

// run runs f until the test ends.
func run(t testing.TB, f func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- f(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := testenv.Next(t, done); err != nil {
			t.Error(err)
		}
	})
}

// start returns a Waiter that runs until the test ends.
func start(t testing.TB, rdb redis.UniversalClient, opts await.Options) *await.Waiter {
	t.Helper()
	w := await.New(rdb, opts)
	run(t, w.Run)
	return w
}

// silent is a Waiter that does not run: its Await finds an answer only by taking the wait.
func silent(rdb redis.UniversalClient, app string) *await.Waiter {
	return await.New(rdb, await.Options{App: app, Log: zerolog.Nop()})
}

func register(t testing.TB, w *await.Waiter, key string) (address string) {
	t.Helper()
	address, err := w.Register(key)
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// grace is more than Redis takes on a busy machine.
const grace = 5 * time.Second

// delay is a network between a client and a Redis, on which each reply is late by a
// time that the test sets.
type delay struct {
	listener net.Listener
	server   string
	running  sync.WaitGroup

	mu    sync.Mutex
	late  time.Duration
	conns []net.Conn
}

// delayed starts a network to the Redis at a URL. It is closed when the test ends.
func delayed(t testing.TB, serverURL string) *delay {
	t.Helper()
	u, err := url.Parse(serverURL)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &delay{listener: listener, server: u.Host}
	d.running.Go(d.accept)
	t.Cleanup(func() {
		d.cut()
		d.running.Wait()
	})
	return d
}

func (d *delay) url() string { return "redis://" + d.listener.Addr().String() }

// set makes each later reply late.
func (d *delay) set(late time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.late = late
}

// cut closes all connections, and refuses new ones.
func (d *delay) cut() {
	_ = d.listener.Close()
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.conns {
		_ = c.Close()
	}
}

func (d *delay) accept() {
	for {
		client, err := d.listener.Accept()
		if err != nil {
			return // closed
		}
		server, err := net.Dial("tcp", d.server)
		if err != nil {
			_ = client.Close()
			continue
		}
		d.mu.Lock()
		d.conns = append(d.conns, client, server)
		d.mu.Unlock()
		d.running.Go(func() { d.carry(client, server, false) })
		d.running.Go(func() { d.carry(server, client, true) })
	}
}

func (d *delay) carry(from, to net.Conn, reply bool) {
	defer to.Close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		if reply {
			d.mu.Lock()
			late := d.late
			d.mu.Unlock()
			time.Sleep(late)
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// counter is a hook that counts a client's commands by name.
type counter struct {
	mu     sync.Mutex
	counts map[string]int
}

func (c *counter) DialHook(next redis.DialHook) redis.DialHook { return next }

func (c *counter) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		c.mu.Lock()
		c.counts[strings.ToLower(cmd.Name())]++
		c.mu.Unlock()
		return next(ctx, cmd)
	}
}

func (c *counter) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (c *counter) of(name string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.counts[name]
}
