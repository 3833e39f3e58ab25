package client

import (
	"bytes"
	"io"
	"log/slog"
	"testing"

	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// FuzzFrame gives the owner of a client one frame twice, while two calls wait. It must not
// panic, a call gets one result at most, and nothing else becomes an event but a push.
func FuzzFrame(f *testing.F) {
	for _, seed := range []string{
		`{"type":"reply","ref":"1","ok":true,"d":{"id":26}}`, `{"type":"error","ref":"2","ok":false,"d":{"message":"no"}}`,
		`{"type":"pong","ref":"1","ok":true}`, `{"type":"message.new","d":{"id":26,"body":"x","metadata":"{}"}}`, `{"type":"message.new","d":null}`,
		`{"type":"reply","ref":7}`, `{"type":"presence","d":{"username":"a","status":"online"},"ref":"1"}`, `{"type":"reply","ref":"1","d":[`, ``, `null`,
		`{"type":"reply","ref":"999","ok":true}`, `{"type":"error","d":{"message":"invalid JSON"},"ok":false}`,
	} {
		f.Add([]byte(seed), 1)
		f.Add([]byte(seed), 0)
	}
	f.Fuzz(func(t *testing.T, data []byte, large int) {
		parsed, err := parseFrame(data)
		if large%2 == 0 {
			parsed, err = largeFrame(data[:min(len(data), tailLength)], data[max(0, len(data)-tailLength):]), nil
		}
		if err != nil {
			return
		}
		o := fuzzOwner()
		calls := []*call{{kind: sendMessage, ref: "1", result: make(chan result, 2)}, {kind: "ping", ref: "2", result: make(chan result, 2)}}
		for _, one := range calls {
			o.waiting = append(o.waiting, one)
			o.written(one)
		}
		for range 2 {
			if err := o.take(parsed); err != nil {
				t.Fatal(err)
			}
		}
		answered := 0
		for _, one := range calls {
			if len(one.result) > 1 {
				t.Errorf("call %s got %d results", one.ref, len(one.result))
			}
			answered += len(one.result)
		}
		if answered > 1 || answered+len(o.pending) != len(calls) {
			t.Errorf("%d answered, %d pending", answered, len(o.pending))
		}
		events := len(o.c.events)
		if parsed.isReply() != (events == 0 && len(o.outbox.queue) == 0) {
			t.Errorf("%+v: %d events", parsed, events)
		}
		for range events {
			e := testenv.Next(t, o.c.events)
			_, _ = e.AsMessage() // must not panic
			_, _ = e.AsPresence()
		}
	})
}

// FuzzFrameReader gives the reader of a connection the bytes of frames that follow each other.
func FuzzFrameReader(f *testing.F) {
	f.Add([]byte(`{"type":"reply","ref":"1","d":"x","ok":true}`), 300)
	f.Add([]byte(`{"type":"message.new"}`), 1)
	f.Fuzz(func(t *testing.T, data []byte, size int) {
		size = max(size%1000, 1)
		tail := &tailWriter{}
		for chunk := data; len(chunk) > 0; chunk = chunk[min(size, len(chunk)):] {
			if _, err := io.Copy(tail, bytes.NewReader(chunk[:min(size, len(chunk))])); err != nil {
				t.Fatal(err)
			}
		}
		if want := data[max(0, len(data)-tailLength):]; !bytes.Equal(tail.kept, want) {
			t.Errorf("kept %q, want %q", tail.kept, want)
		}
	})
}

// fuzzOwner returns an owner with a connection that has no socket.
func fuzzOwner() *owner {
	o := newOwner(&Client{opts: clientOpts{log: slog.New(slog.DiscardHandler), buffer: 8, echo: 1}, events: make(chan Event, 8)})
	o.conn = &connection{hangUp: func() error { return nil }, stop: make(chan struct{})}
	return o
}
