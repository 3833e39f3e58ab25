package consumer_test

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/receipt"
	"github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/subject"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestSend_KillsItsConsumers has five consumers die of a message: its receipt says so.
func TestSend_KillsItsConsumers(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	id := o.send(event.Message{Text: "hi"})
	stream := o.app + ":{" + event.Type(event.Slack, event.Send) + ".0}:stream"
	if err := o.rdb.XGroupCreateMkStream(t.Context(), stream, "consumers", "0").Err(); err != nil {
		t.Fatal(err)
	}
	read, err := o.rdb.XReadGroup(t.Context(), &redis.XReadGroupArgs{Group: "consumers", Consumer: "dead", Streams: []string{stream, ">"}}).Result()
	if err != nil {
		t.Fatal(err)
	}
	for range 4 {
		claim := &redis.XClaimArgs{Stream: stream, Group: "consumers", Consumer: "dead", Messages: []string{read[0].Messages[0].ID}}
		if err := o.rdb.XClaim(t.Context(), claim).Err(); err != nil {
			t.Fatal(err)
		}
	}
	o.works()
	r := o.is(id, "has failed", func(s receipt.State) bool { return s == receipt.Failed })
	if r.Code != "consumers_died" || !strings.Contains(r.Error, "may have been posted") {
		t.Errorf("%+v", r)
	}
	if said := o.said(); len(said) > 0 {
		t.Errorf("it said %q", said)
	}
}

// TestSend_TakesOver cuts a consumer off from Redis while Slack handles one of its calls, as
// if it had been killed then, and has another take the message over (vector 33).
func TestSend_TakesOver(t *testing.T) {
	t.Parallel()
	parts := strings.Repeat("a", 3000) + "\n" + strings.Repeat("b", 3000) + "\n" + strings.Repeat("c", 3000)
	for _, test := range []struct {
		name   string
		m      event.Message
		file   string
		method string // of which a call is the first consumer's last
		call   int    // which one
		posted bool   // it has its effect
		posts  int
	}{
		{"after the post", event.Message{Text: "hi"}, "", "chat.postMessage", 1, true, 1},
		{"before the post", event.Message{Text: "hi"}, "", "chat.postMessage", 1, false, 1},
		{"after the second of three parts", event.Message{Text: parts}, "", "chat.postMessage", 2, true, 3},
		{"before the second of three parts", event.Message{Text: parts}, "", "chat.postMessage", 2, false, 3},
		{"after the file", event.Message{File: &event.File{Name: "f"}}, "x", "files.completeUploadExternal", 1, true, 1},
		{"before the file", event.Message{File: &event.File{Name: "f"}}, "x", "files.completeUploadExternal", 1, false, 1},
		{"with metadata of its own", event.Message{Text: "hi", Metadata: []byte(`{"build":7}`)}, "", "chat.postMessage", 1, true, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			address, err := redis.ParseURL(redistest.URL(t))
			if err != nil {
				t.Fatal(err)
			}
			address.ContextTimeoutEnabled = true
			first := redis.NewClient(address)
			var calls atomic.Int32
			cut := make(chan struct{})
			o.slack.Disturb(func(c sim.Call) sim.Fault {
				if c.Method != test.method || int(calls.Add(1)) != test.call {
					return sim.Fault{}
				}
				close(cut)
				_ = first.Close()
				return sim.Fault{Hang: true, Recorded: test.posted}
			})
			if test.file != "" {
				test.m.File.Blob = o.blobs.put("file", test.file)
			}
			id := o.send(test.m)
			second := o.opts
			o.opts.Receipts, o.opts.Subjects = receipt.New(first, o.app), subject.New(first, o.app)
			_ = consume(t, first, o.app, o.opts)
			testenv.Next(t, cut)
			o.opts = second
			o.works()
			r := o.is(id, "is sent", func(s receipt.State) bool { return s == receipt.Sent })
			said := o.said()
			if len(said) != test.posts {
				t.Errorf("it said %.20q, want %d", said, test.posts)
			}
			if test.posts == 3 && !slices.IsSorted(said) {
				t.Errorf("the parts are out of order: %.20q", said)
			}
			if r.SyncID == "" && test.file == "" {
				t.Errorf("%+v", r)
			}
		})
	}
}
