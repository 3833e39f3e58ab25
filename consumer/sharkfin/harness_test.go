package sharkfin_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/consumer/sharkfin"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/outbound"
	wire "github.com/gobridge/gopherbot/internal/sharkfin"
	"github.com/gobridge/gopherbot/internal/sharkfin/mcp"
	"github.com/gobridge/gopherbot/internal/sharkfin/sim"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/sharkfin/client"
	"github.com/gobridge/gopherbot/workqueue"
)

func TestMain(m *testing.M) { os.Exit(redistest.Main(m)) }

const host = "chat.example.org"

// server is a simulated server with the people alice and bob, the agent robo, the bots gopher,
// which is ours, and other, the mention groups ops, with gopher, and devs, without, and the
// channels town, in which all are, and secret, in which gopher is not.
type server struct {
	*sim.Server
	url   string
	http  *http.Client
	tools *mcp.Client
	rest  *client.RESTClient
}

// start starts a server, with every oddity of Sharkfin's.
func start(t testing.TB) *server {
	t.Helper()
	s := &server{Server: sim.New(sim.Options{Identities: []sim.Identity{
		{Name: "alice"}, {Name: "bob"}, {Name: "robo", Type: sim.Agent}, {Name: "gopher", Type: sim.Service}, {Name: "other", Type: sim.Service},
	}})}
	h := httptest.NewServer(s.Server)
	transport := &http.Transport{}
	s.url, s.http = h.URL, &http.Client{Timeout: testenv.Timeout, Transport: outbound.Transport(transport)}
	s.tools = mcp.New(s.url, "gopher-key", s.http)
	s.rest = client.NewRESTClient(s.url, client.WithAPIKey("gopher-key"), client.WithHTTPClient(s.http))
	t.Cleanup(func() {
		s.Close()
		transport.CloseIdleConnections()
		h.CloseClientConnections() // of requests that hang
		h.Close()
	})
	if err := s.AddChannel("town", true, "alice", "bob", "robo", "gopher", "other"); err != nil {
		t.Fatal(err)
	}
	if err := s.AddChannel("secret", false, "alice"); err != nil {
		t.Fatal(err)
	}
	s.AddGroup("ops", "alice", "gopher")
	s.AddGroup("devs", "alice", "bob")
	return s
}

// platform returns the platform, with the server's tools.
func (s *server) platform() *sharkfin.Platform {
	return sharkfin.New(sharkfin.Options{Tools: s.tools, REST: s.rest, Bot: "gopher", Host: host})
}

// restPlatform returns the platform as it is behind a proxy that hides the tools.
func (s *server) restPlatform() *sharkfin.Platform {
	return sharkfin.New(sharkfin.Options{REST: s.rest, Bot: "gopher", Host: host})
}

// event returns the event of a message.
func eventOf(t testing.TB, m wire.Message) workqueue.Event {
	t.Helper()
	if m.SentAt == "" {
		m.SentAt = "2026-11-26T18:09:52Z"
	}
	payload, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	kind := event.MessagePrivate
	if m.Public {
		kind = event.MessagePublic
	}
	return workqueue.Event{
		ID: wire.Key(host, m.ID), Type: event.Type(wire.Source, kind), Source: wire.Source, RequestID: "the-id",
		Time: time.Date(2026, 11, 26, 18, 9, 52, 0, time.UTC), Payload: payload,
	}
}

// inTown is a message of alice's in town with an id.
func inTown(id string) consumer.Message {
	return consumer.Message{Message: handler.Message{
		Platform: wire.Source, Workspace: host, Channel: handler.Channel{ID: "town", Name: "town", Kind: handler.Public}, ID: id, User: "alice",
	}}
}

// say has alice say something in town and returns the message.
func (s *server) say(t testing.TB, text string) consumer.Message {
	t.Helper()
	id, err := s.Say(sim.Post{From: "alice", Channel: "town", Body: text})
	if err != nil {
		t.Fatal(err)
	}
	m := inTown(wire.Ref{Channel: "town", ID: id}.String()[len("town/"):])
	m.Text = text
	return m
}

// said returns what the bot has said in a channel.
func (s *server) said(channel string) []sim.Message {
	var list []sim.Message
	for _, m := range s.Messages(channel) {
		if m.From == "gopher" {
			list = append(list, m)
		}
	}
	return list
}
