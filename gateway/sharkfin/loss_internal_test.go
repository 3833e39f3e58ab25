package sharkfin

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/sharkfin"
	"github.com/gobridge/gopherbot/internal/sharkfin/mcp"
	"github.com/gobridge/gopherbot/internal/sharkfin/sim"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/sharkfin/client"
	"github.com/gobridge/gopherbot/workqueue"
)

// burst says n messages, every third by REST, and returns their ids.
func (w *world) burst(t testing.TB, n int) []int64 {
	t.Helper()
	var ids []int64
	for i := range n {
		ids = append(ids, w.say(t, sim.Post{Body: fmt.Sprint("message ", i), REST: i%3 == 0}))
	}
	return ids
}

// often are the options of a gateway that reads its channels often, though nothing says so.
func (w *world) often() Options {
	opts := w.options()
	opts.ReadInterval = 400 * time.Millisecond
	return opts
}

// TestGateway_ReplacedSocketLosesNoMessage has another client take the pushes, and the hints,
// now and then.
func TestGateway_ReplacedSocketLosesNoMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Options{})
	start(t, w.often()).settled(t)
	var ids []int64
	for i := range 6 {
		address := strings.Replace(w.http.URL, "http", "ws", 1) + "/ws"
		if i%2 == 1 {
			address = strings.TrimSuffix(address, "/ws") + "/presence"
		}
		other, err := client.Dial(t.Context(), address, client.WithAPIKey(key))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, w.burst(t, 20)...)
		if err := other.Close(); err != nil {
			t.Error(err)
		}
		ids = append(ids, w.burst(t, 20)...)
	}
	w.queue.has(t, ids...)
}

// TestGateway_BothBuffersOverflow says 1,000 messages at once: the server has room for some
// on its bus and in front of each connection, and drops the others.
func TestGateway_BothBuffersOverflow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Options{Buffer: 4, Bus: 4})
	start(t, w.often()).settled(t)
	w.HoldBus(true)
	ids := w.burst(t, 500)
	w.HoldBus(false)
	ids = append(ids, w.burst(t, 500)...)
	w.queue.has(t, ids...)
	if s := w.Stats(); s.Dropped < 300 || s.HintsDropped < 300 {
		t.Errorf("the server dropped %d pushes and %d hints", s.Dropped, s.HintsDropped)
	}
	if got := w.queue.ids(); !slices.Equal(got, ids) {
		t.Errorf("%d messages on the queue, want %d", len(got), len(ids))
	}
}

// TestGateway_PushMovesNoCursor has the server drop a message and push the next one, without
// hints: the push has the channel read from before both.
func TestGateway_PushMovesNoCursor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Options{})
	w.Fail(sim.Fault{Path: "/presence", Times: 1 << 20, Status: http.StatusNotFound})
	g := start(t, w.options()) // whose channels are read every 15 s
	testenv.Eventually(t, "the socket is open and the channels read", func() bool { s := g.Stats(); return s.Open[wsSocket] && s.Channels == 2 })
	var ids []int64
	for range 5 {
		w.DropPushes("gopher", 1)
		dropped := w.say(t, sim.Post{Body: "dropped"})
		ids = append(ids, dropped, w.say(t, sim.Post{Body: "pushed"}))
		w.queue.has(t, ids...)
		testenv.Eventually(t, "the cursor follows", func() bool { return w.cursor(t, "#town") == ids[len(ids)-1] })
	}
	if n := g.Stats().Accepted[byRead]; n == 0 {
		t.Error("no message was found by reading")
	}
}

// TestGateway_RESTPostsAreFound posts by REST, with the hints of /presence, and without them.
func TestGateway_RESTPostsAreFound(t *testing.T) {
	t.Parallel()
	for _, hints := range []bool{true, false} {
		w := newWorld(t, sim.Options{})
		opts := w.options()
		if !hints {
			w.Fail(sim.Fault{Path: "/presence", Times: 1 << 20, Status: http.StatusNotFound})
			opts.ReadInterval = 400 * time.Millisecond
		}
		g := start(t, opts)
		testenv.Eventually(t, "the socket is open and the channels known", func() bool {
			s := g.Stats()
			return s.Open[wsSocket] && s.Open[presenceSocket] == hints && s.Channels == 2
		})
		for range 3 {
			w.queue.has(t, w.say(t, sim.Post{Body: "by REST", REST: true}), w.say(t, sim.Post{Channel: "den", Body: "by REST", REST: true}))
		}
		g.stop()
	}
}

// TestGateway_WithoutSocketsOnlySlower reads alone, because a proxy opens no WebSocket.
func TestGateway_WithoutSocketsOnlySlower(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Options{})
	for _, path := range []string{"/presence", "/ws"} {
		w.Fail(sim.Fault{Path: path, Times: 1 << 20, Status: http.StatusBadGateway})
	}
	g := start(t, w.often())
	testenv.Next(t, g.opened)
	direct, err := w.OpenDM("bob", "gopher")
	if err != nil {
		t.Fatal(err)
	}
	w.queue.has(t, append(w.burst(t, 30), w.say(t, sim.Post{Channel: "den", Body: "hi"}), w.say(t, sim.Post{From: "bob", Channel: direct, Body: "hi"}))...)
	if err := g.Ready(); err != nil {
		t.Errorf("messages come in: %v", err)
	}
	if log := w.log.String(); !strings.Contains(log, "502") || strings.Contains(log, key) {
		t.Errorf("the log does not say why there is no socket, or it has the key:\n%s", log)
	}
}

// TestGateway_ServerRestarts cuts all connections while messages are said.
func TestGateway_ServerRestarts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Options{})
	start(t, w.often()).settled(t)
	ids := w.burst(t, 10)
	for range 3 {
		w.Restart()
		ids = append(ids, w.burst(t, 10)...)
	}
	w.queue.has(t, ids...)
}

// TestGateway_QueueIsAway has Redis refuse messages for a while: cursors wait.
func TestGateway_QueueIsAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Options{})
	away := &away{}
	w.queue.fail = away.fail
	start(t, w.often()).settled(t)
	before := w.cursor(t, "#town")
	away.on.Store(true)
	ids := w.burst(t, 150)
	testenv.Eventually(t, "reading fails", func() bool { return strings.Contains(w.log.String(), "read a channel: it failed") })
	if now := w.cursor(t, "#town"); now != before {
		t.Errorf("the cursor moved from %d to %d, and nothing is on the queue", before, now)
	}
	away.on.Store(false)
	w.queue.has(t, ids...)
	testenv.Eventually(t, "the cursor moves", func() bool { return w.cursor(t, "#town") == ids[len(ids)-1] })
}

// TestGateway_SuccessorReadsOn stops a gateway while messages are said: the one that stood by
// takes over.
func TestGateway_SuccessorReadsOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Options{})
	first := start(t, w.options()).settled(t)
	second := w.options()
	second.Instance = "gateway.2"
	other := start(t, second)
	testenv.Next(t, other.opened)
	if s := other.Stats(); s.Leads || s.Channels != 0 || other.Ready() != nil {
		t.Errorf("the second gateway stands by: %+v, %v", s, other.Ready())
	}
	ids := w.burst(t, 20)
	first.stop()
	ids = append(ids, w.burst(t, 20)...)
	w.queue.has(t, ids...)
	if !other.Stats().Leads {
		t.Error("the second gateway does not lead")
	}
}

// TestGateway_PausedLeaderMovesNoCursor takes Redis away from the leader for longer than its
// lease. Its last writes come late, when another leads and has read on.
func TestGateway_PausedLeaderMovesNoCursor(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t) // the embedded Redis lets nothing expire by itself
	network := redistest.NewNetwork(t, server.URL())
	w := newWorldIn(t, sim.Options{}, redistest.Dial(t, server.URL()), redistest.App())
	slow := w.often()
	slow.Redis = redistest.Dial(t, network.URL())
	start(t, slow).settled(t)

	network.Delay(3 * quick.lease)
	ids := w.burst(t, 20) // the leader's cursor for them is on its way
	start(t, w.often()).settled(t)
	ids = append(ids, w.burst(t, 20)...)
	w.queue.has(t, ids...)
	last := ids[len(ids)-1]
	testenv.Eventually(t, "the second leader's cursor", func() bool { return w.cursor(t, "#town") == last })
	testenv.Eventually(t, "the first knows that it leads no more", func() bool { return strings.Contains(w.log.String(), "stopped leading") })
	if now := w.cursor(t, "#town"); now != last {
		t.Errorf("the cursor is %d, want %d", now, last)
	}
}

// TestGateway_KeyOfAnother has another client use the key all the time: it takes the socket
// each time after it was opened. The gateway then reads alone, and misses nothing.
func TestGateway_KeyOfAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Options{})
	g := start(t, w.often()).settled(t)
	deaf := func() uint64 { return g.Stats().Deaf }
	for n := range uint64(maxProofs) {
		testenv.Eventually(t, "the socket is open and every channel read", func() bool { return g.Stats().Open[wsSocket] })
		w.queue.has(t, w.say(t, sim.Post{Body: "it is read since", REST: true}))
		testenv.Eventually(t, "an answer of ours proves that the socket is deaf", func() bool {
			w.ReplaceSocket("gopher")
			answer(t, w)
			return deaf() > n
		})
	}
	testenv.Eventually(t, "it reads alone", func() bool { return g.Stats().Alone })
	if !strings.Contains(w.log.String(), "another client uses GOPHER_SHARKFIN_KEY") {
		t.Errorf("the log does not say so:\n%s", w.log.String())
	}
	w.ReplaceSocket("gopher")
	w.queue.has(t, w.burst(t, 30)...)
	opened := w.Stats().Opened
	answer(t, w)
	w.queue.has(t, w.say(t, sim.Post{Body: "the last"}))
	if s := w.Stats(); s.Opened != opened {
		t.Errorf("%d sockets were opened after it was known that another client takes them", s.Opened-opened)
	}
}

// answer posts as the consumer does: by MCP, which pushes, and with our mark.
func answer(t testing.TB, w *world) {
	t.Helper()
	_, err := mcp.New(w.http.URL, key, w.http.Client()).Send(t.Context(), mcp.Message{
		Channel: "town", Text: "an answer", Metadata: sharkfin.Mark{Post: "h1"}.String(),
	})
	if err != nil {
		t.Fatal(err)
	}
}

// away is a queue that takes nothing while it is on.
type away struct{ on atomic.Bool }

func (a *away) fail(workqueue.Event) error {
	if a.on.Load() {
		return errors.New("redis is away")
	}
	return nil
}
