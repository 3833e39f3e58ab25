package sharkfin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/internal/sharkfin"
	"github.com/gobridge/gopherbot/internal/sharkfin/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/sharkfin/client"
	"github.com/gobridge/gopherbot/workqueue"
)

func TestNew_RefusesBadOptions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Options{})
	for name, spoil := range map[string]func(*Options){
		"no URL":        func(o *Options) { o.URL = "" },
		"no key":        func(o *Options) { o.Key = "" },
		"no app":        func(o *Options) { o.App = "" },
		"no instance":   func(o *Options) { o.Instance = "" },
		"no Redis":      func(o *Options) { o.Redis = nil },
		"no publisher":  func(o *Options) { o.Publisher = nil },
		"no host":       func(o *Options) { o.URL = "chat.example.org" },
		"a ws address":  func(o *Options) { o.URL = "ws://chat.example.org/ws" },
		"a broken port": func(o *Options) { o.URL = "http://chat.example.org:x/" },
	} {
		opts := w.options()
		spoil(&opts)
		if _, err := New(opts); err == nil || strings.Contains(err.Error(), key) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestGateway_RefusedKey starts with a key that the server refuses, until its identity
// service is back: the gateway says why it is not ready, and then takes messages.
func TestGateway_RefusedKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Options{})
	w.PassportDown(true)
	opts := w.options()
	short := quick
	short.answered = 100 * time.Millisecond
	opts.timings = &short
	g := start(t, opts)
	testenv.Eventually(t, "it is not ready", func() bool { return g.Ready() != nil })
	select {
	case <-g.opened:
		t.Error("it takes messages")
	default:
	}
	testenv.Eventually(t, "the log names the setting", func() bool { return strings.Contains(w.log.String(), "the server refuses GOPHER_SHARKFIN_KEY") })
	if strings.Contains(w.log.String(), key) {
		t.Errorf("the log has the key:\n%s", w.log.String())
	}
	w.PassportDown(false)
	g.settled(t)
	w.queue.has(t, w.burst(t, 3)...)
}

// TestGateway_KeyIsRefusedLater takes the identity service away from a gateway that runs:
// the open sockets live on, and what could not be read is read later.
func TestGateway_KeyIsRefusedLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Options{})
	g := start(t, w.often()).settled(t)
	w.PassportDown(true)
	w.ForgetKeys()
	ids := w.burst(t, 10)
	testenv.Eventually(t, "reading is refused", func() bool { return strings.Contains(w.log.String(), "401 Unauthorized") })
	ids = append(ids, w.say(t, sim.Post{Body: "pushed"}))
	w.queue.has(t, ids[len(ids)-1])
	if s := g.Stats(); !s.Open[wsSocket] {
		t.Errorf("the socket was closed: %+v", s)
	}
	w.PassportDown(false)
	w.queue.has(t, ids...)
}

// TestGateway_NotASharkfinServer starts at the address of something else.
func TestGateway_NotASharkfinServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Options{})
	other := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write([]byte("<html>welcome")) }))
	t.Cleanup(other.Close)
	opts := w.options()
	opts.URL = other.URL
	start(t, opts)
	testenv.Eventually(t, "the log says so", func() bool {
		return strings.Contains(w.log.String(), "no Sharkfin server answers at GOPHER_SHARKFIN_URL")
	})
}

// TestGateway_LargeMessages passes over messages that are too large for the queue, for a
// page and for a frame. Those before and after them come in.
func TestGateway_LargeMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Options{})
	g := start(t, w.often()).settled(t)
	ids := w.burst(t, 3)
	huge := w.say(t, sim.Post{Body: strings.Repeat("x", 9_000_000)})
	ids = append(ids, w.burst(t, 3)...)
	large := w.say(t, sim.Post{Body: strings.Repeat("y", 2_000_000), REST: true})
	ids = append(ids, w.burst(t, 3)...)
	w.queue.has(t, ids...)
	testenv.Eventually(t, "the cursor passes them", func() bool { return w.cursor(t, "#town") == ids[len(ids)-1] })
	for _, id := range []int64{huge, large} {
		if _, ok := w.queue.event(id); ok {
			t.Errorf("message %d is on the queue", id)
		}
	}
	if s := g.Stats(); s.Skipped[skippedLarge] < 2 {
		t.Errorf("%+v", s)
	}
	log := w.log.String()
	for _, want := range []string{"a message is too large to be read, and is passed over", "a message is too large, and is passed over"} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %q", want)
		}
	}
	if strings.Contains(log, "xxx") || strings.Contains(log, "yyy") {
		t.Error("the log has the text of a message")
	}
}

// TestGateway_BeginsAtALargeMessage that is the newest of a channel when the bot comes.
func TestGateway_BeginsAtALargeMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Options{})
	before := w.say(t, sim.Post{Body: "before"})
	huge := w.say(t, sim.Post{Body: strings.Repeat("x", 9_000_000)})
	start(t, w.often()).settled(t)
	w.queue.has(t, w.burst(t, 3)...)
	for _, id := range []int64{before, huge} {
		if _, ok := w.queue.event(id); ok {
			t.Errorf("message %d is on the queue", id)
		}
	}
}

// TestGateway_ManyLargeMessages reads more bytes of one channel than may be held at once.
func TestGateway_ManyLargeMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Options{})
	g := start(t, w.often()).settled(t)
	var ids []int64
	for range 4 {
		ids = append(ids, w.say(t, sim.Post{Body: strings.Repeat("x", 900_000), REST: true}))
		w.say(t, sim.Post{Body: strings.Repeat("y", 3_000_000), REST: true})
	}
	ids = append(ids, w.burst(t, 3)...)
	w.queue.has(t, ids...)
	testenv.Eventually(t, "the cursor passes them", func() bool { return w.cursor(t, "#town") == ids[len(ids)-1] })
	if s := g.Stats(); s.Skipped[skippedLarge] < 4 {
		t.Errorf("%+v", s)
	}
}

// TestGateway_StrangeFrames sends frames that nobody should send.
func TestGateway_StrangeFrames(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Options{})
	start(t, w.often()).settled(t)
	for _, frame := range []string{
		`{`, `[]`, `null`, `7`, `{}`, `{"type":7}`, `{"type":"message.new"}`, `{"type":"message.new","d":null}`, `{"type":"message.new","d":[]}`,
		`{"type":"message.new","d":{"id":"x"}}`, `{"type":"message.new","d":{"id":-1,"channel":"town","from":"alice"}}`,
		`{"type":"message.new","d":{"id":999999,"channel":"town","from":"alice","sent_at":"yesterday","body":"a secret"}}`,
		`{"type":"message.new","d":{"id":999998,"channel":"nowhere","channel_type":"thing","from":"alice"}}`,
		`{"type":"capabilities","d":{"permissions":null}}`, `{"type":"presence","d":7}`, `{"type":"reply","ref":"99","ok":true}`,
	} {
		w.Inject("gopher", []byte(frame))
	}
	w.queue.has(t, w.burst(t, 5)...)
	if strings.Contains(w.log.String(), "a secret") {
		t.Error("the log has the text of a message")
	}
}

// TestGateway_LoopOfTwoBots has another bot answer each message, as ours would: neither sees
// a message of the other.
func TestGateway_LoopOfTwoBots(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Options{})
	start(t, w.often()).settled(t)
	w.Add(sim.Identity{Name: "latecomer", Type: sim.Service}) // after the people were listed
	if err := w.Join("latecomer", "town"); err != nil {
		t.Fatal(err)
	}
	for _, rest := range []bool{false, true} {
		for _, from := range []string{"robot", "latecomer"} {
			w.say(t, sim.Post{From: from, Body: "@gopher define go", REST: rest})
		}
	}
	last := w.say(t, sim.Post{Body: "hi"})
	w.queue.has(t, last)
	testenv.Eventually(t, "all were read", func() bool { return w.cursor(t, "#town") == last })
	if got := w.queue.ids(); len(got) != 1 {
		t.Errorf("on the queue: %v, want %d alone", got, last)
	}
}

// discarding is a queue that takes everything.
type discarding struct{ got chan workqueue.Event }

func (d discarding) Publish(_ context.Context, e workqueue.Event) (workqueue.Result, error) {
	d.got <- e
	return workqueue.Queued, nil
}

// FuzzHandle has the socket bring any data: what reaches the queue is a message of a channel
// that the bot is in.
func FuzzHandle(f *testing.F) {
	for _, seed := range []string{
		`{"id":7,"channel":"town","channel_type":"channel","from":"alice","body":"hi","sent_at":"2026-11-26T18:09:52Z","metadata":"{}"}`,
		`{"id":7,"channel":"town","from":"alice","sent_at":"2026-11-26T18:09:52Z","thread_id":3,"metadata":{"a":1}}`,
		`{"id":7,"channel":"elsewhere","from":"alice"}`, `{"channel":"town","message_id":8}`, `null`, `[`, `{"id":1e9}`,
	} {
		f.Add([]byte(seed))
	}
	got := make(chan workqueue.Event, 1)
	w := Options{URL: "http://localhost:16000", Key: key, App: "fuzz", Instance: "gateway.1", Publisher: discarding{got}}
	f.Fuzz(func(t *testing.T, data []byte) {
		turn := offline(t, w)
		s := &socket{}
		turn.handle(t.Context(), s, client.Event{Type: "message.new", Data: json.RawMessage(data)})
		var h hint
		if json.Unmarshal(data, &h) == nil {
			turn.hint(h)
		}
		select {
		case e := <-got:
			m, err := sharkfin.Decode(e.Payload)
			if err != nil || m.Channel != "town" || m.From == "gopher" || e.Key != sharkfin.Key("localhost:16000", m.ID) || !bytes.Contains(e.Payload, []byte(`"public":true`)) {
				t.Errorf("%s made %s (%v)", data, e.Payload, err)
			}
		default:
		}
	})
}

// offline returns a turn with the channel town that has no server and no Redis.
func offline(t testing.TB, opts Options) *turn {
	t.Helper()
	g := &Gateway{opts: opts, timings: quick, host: "localhost:16000"}
	g.opts.Now = time.Now
	g.stats.begin(time.Now)
	var err error
	g.ingress, err = gateway.NewIngress(gateway.IngressOptions{Name: sharkfin.Source, MaxBody: MaxMessage, Decode: g.decode, Publisher: opts.Publisher})
	if err != nil {
		t.Fatal(err)
	}
	turn := &turn{
		Gateway: g, me: sharkfin.Identity{Username: "gopher"}, people: newPeople(), recent: newRecentIDs(), relist: newSignal(),
		channels: map[string]*channel{"town": {name: "town", kind: sharkfin.ChannelType, public: true, wake: newSignal()}},
	}
	turn.people.ask = func(context.Context) ([]client.User, error) { return nil, errors.New("there is no server") }
	return turn
}
