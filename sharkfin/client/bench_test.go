package client_test

import (
	"testing"

	"github.com/gobridge/gopherbot/internal/sharkfin/sim"
	"github.com/gobridge/gopherbot/sharkfin/client"
)

// BenchmarkEvents is the time of an event from the simulated server to the receiver.
func BenchmarkEvents(b *testing.B) {
	s := start(b, sim.Options{Without: []sim.Oddity{sim.DropPushes, sim.DisorderPushes}})
	c := s.dial(b, client.WithOverflow(client.Block))
	go func() {
		for range b.N {
			if _, err := s.Say(sim.Post{From: "alice", Channel: "town", Body: "hello, everybody"}); err != nil {
				b.Error(err)
				return
			}
		}
	}()
	b.ResetTimer()
	for range b.N {
		next(b, c, "message.new")
	}
}

// BenchmarkAll is the time to read 10,000 messages.
func BenchmarkAll(b *testing.B) {
	s := start(b, sim.Options{})
	for range 10_000 {
		s.say(b, "alice", "hello, everybody", true)
	}
	c := s.rest()
	for b.Loop() {
		n := 0
		for _, err := range c.All(b.Context(), "town", 0) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != 10_000 {
			b.Fatalf("%d messages", n)
		}
	}
}

// BenchmarkCalls is the time of a call, of many that are made at a time.
func BenchmarkCalls(b *testing.B) {
	s := start(b, sim.Options{})
	c := s.dial(b)
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := c.Ping(b.Context()); err != nil {
				b.Error(err)
			}
		}
	})
}
