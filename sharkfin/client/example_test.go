package client_test

import (
	"context"
	"fmt"
	"log"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/gobridge/gopherbot/internal/sharkfin/sim"
	"github.com/gobridge/gopherbot/sharkfin/client"
)

// exampleServer is a simulated server on which alice says hello in the channel lobby until the bot,
// whose key is tok, hears it.
func exampleServer() (url string, stop func()) {
	s := sim.New(sim.Options{Identities: []sim.Identity{{Name: "alice"}, {Name: "bot", Key: "tok", Type: sim.Service}}})
	if err := s.AddChannel("lobby", true, "alice", "bot"); err != nil {
		log.Fatal(err)
	}
	server := httptest.NewServer(s)
	quit, quitted := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(quitted)
		for s.Stats().Pushed == 0 { // until the bot is there
			if _, err := s.Say(sim.Post{From: "alice", Channel: "lobby", Body: "hello"}); err != nil {
				log.Print(err)
			}
			select {
			case <-time.After(10 * time.Millisecond):
			case <-quit:
				return
			}
		}
	}()
	return server.URL, func() {
		close(quit)
		<-quitted
		s.Close()
		server.Close()
	}
}

// The events of a server, over the WebSocket.
func ExampleDial() {
	url, stop := exampleServer()
	defer stop()
	ctx, tok := context.Background(), "tok"

	c, err := client.Dial(ctx, strings.Replace(url, "http", "ws", 1)+"/ws", client.WithAPIKey(tok))
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	for ev := range c.Events() {
		switch ev.Type {
		case "message.new":
			msg, err := ev.AsMessage()
			if err != nil {
				log.Fatal(err)
			}
			fmt.Printf("%s: %s\n", msg.From, msg.Body)
			return
		}
	}
	// Output: alice: hello
}

// A program that needs no events.
func ExampleNewRESTClient() {
	url, stop := exampleServer()
	defer stop()
	ctx, tok := context.Background(), "tok"

	c := client.NewRESTClient(url, client.WithAPIKey(tok))
	defer c.Close()
	if err := c.Register(ctx); err != nil {
		log.Fatal(err)
	}
	if err := c.CreateChannel(ctx, "general", true); err != nil {
		log.Fatal(err)
	}
	if _, err := c.SendMessage(ctx, "general", "hello", nil); err != nil {
		log.Fatal(err)
	}
	messages, err := c.ListMessages(ctx, "general", nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %s\n", messages[0].From, messages[0].Body)
	// Output: bot: hello
}

// A bot that misses nothing: the socket says that there is something new, and reading finds all
// of it, also what was said while there was no connection.
func ExampleClient_All() {
	url, stop := exampleServer()
	defer stop()
	ctx, tok := context.Background(), "tok"

	c, err := client.Dial(ctx, url+"/ws", client.WithAPIKey(tok), client.WithReconnect(client.Backoff(time.Second, time.Minute)))
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	last := int64(0) // the last message that was read; a program keeps it in its database
	for ev := range c.Events() {
		switch ev.Type {
		case "message.new", "reconnect", "lost":
			for msg, err := range c.All(ctx, "lobby", last) {
				if err != nil {
					log.Fatal(err)
				}
				last = msg.ID
			}
			fmt.Println("read:", last > 0)
			return
		}
	}
	// Output: read: true
}
