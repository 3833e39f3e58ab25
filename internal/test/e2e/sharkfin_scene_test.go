package e2e

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/sharkfin"
	sharkfinsim "github.com/gobridge/gopherbot/internal/sharkfin/sim"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

const sharkfinKey = "the-key-of-the-bot"

// shoal is a deployment of a bot, named gopher, on a Sharkfin server with alice, bob, the
// agent claude, and the public channel town, in which all are.
type shoal struct {
	*bot
	server *sharkfinsim.Server
	host   string
}

// newShoal prepares a deployment that serves Sharkfin alone, or Slack, too.
func newShoal(t *testing.T, withSlack bool, opts sharkfinsim.Options) *shoal {
	t.Helper()
	return newShoalOn(t, redistest.URL(t), withSlack, opts)
}

func newShoalOn(t *testing.T, redisURL string, withSlack bool, opts sharkfinsim.Options, change ...func(*slacksim.Options)) *shoal {
	t.Helper()
	server, address := newSharkfin(t, sharkfinKey, opts)
	s := &shoal{newBotOn(t, redisURL, change...), server, strings.TrimPrefix(address, "http://")}
	s.environ["GOPHER_SHARKFIN_URL"], s.environ["GOPHER_SHARKFIN_KEY"], s.environ["GOPHER_SHARKFIN_READ_INTERVAL"] = address, sharkfinKey, "2s"
	if !withSlack {
		for name := range s.environ {
			if strings.HasPrefix(name, "GOPHER_SLACK_") {
				delete(s.environ, name)
			}
		}
	}
	return s
}

// newSharkfin serves a Sharkfin with the people and the channel of a shoal, until the bot,
// which has a key, has stopped.
func newSharkfin(t *testing.T, key string, opts sharkfinsim.Options) (server *sharkfinsim.Server, address string) {
	t.Helper()
	opts.Identities = append(opts.Identities, sharkfinsim.Identity{Name: "alice"}, sharkfinsim.Identity{Name: "bob"},
		sharkfinsim.Identity{Name: "claude", Type: sharkfinsim.Agent}, sharkfinsim.Identity{Name: "gopher", Key: key, Type: sharkfinsim.Service})
	server = sharkfinsim.New(opts)
	h := httptest.NewServer(server)
	t.Cleanup(func() {
		server.Close()
		h.CloseClientConnections()
		h.Close()
	})
	if err := server.AddChannel("town", true, "alice", "bob", "claude", "gopher"); err != nil {
		t.Fatal(err)
	}
	return server, h.URL
}

// startBoth runs a gateway and a consumer, and waits until both are at work on Sharkfin.
func (s *shoal) startBoth() {
	s.Helper()
	s.start(config.Gateway)
	s.start(config.Consumer)
	s.atWork()
}

// atWork waits until a gateway holds both sockets, and a consumer takes events.
func (s *shoal) atWork() {
	s.Helper()
	testenv.Eventually(s, "a gateway holds both sockets", func() bool { return s.server.Stats().Open >= 2 && s.cursor("mark") >= 0 })
	testenv.Eventually(s, "a consumer takes Sharkfin's events", func() bool {
		return slices.ContainsFunc(strings.Split(s.log.String(), "\n"), func(line string) bool {
			return strings.Contains(line, "consumer takes events") && strings.Contains(line, `"platform":"sharkfin"`)
		})
	})
}

// cursor returns a field of the cursors, -1 if there is none yet.
func (s *shoal) cursor(field string) int64 {
	n, err := s.rdb.HGet(s.Context(), s.environ["GOPHER_APP"]+":{sharkfin."+s.host+"}:cursors", field).Int64()
	if err != nil {
		return -1
	}
	return n
}

// say says something in a channel, and returns the message's id.
func (s *shoal) say(from, channel, text string) int64 {
	s.Helper()
	return s.post(sharkfinsim.Post{From: from, Channel: channel, Body: text})
}

func (s *shoal) post(p sharkfinsim.Post) int64 {
	s.Helper()
	id, err := s.server.Say(p)
	if err != nil {
		s.Fatal(err)
	}
	return id
}

// direct returns the direct conversation of somebody with the bot.
func (s *shoal) direct(name string) string {
	s.Helper()
	channel, err := s.server.OpenDM(name, "gopher")
	if err != nil {
		s.Fatal(err)
	}
	return channel
}

// answers waits until the bot has said n messages in a channel, and returns them.
func (s *shoal) answers(channel string, n int) []sharkfinsim.Message {
	s.Helper()
	var said []sharkfinsim.Message
	testenv.Eventually(s, "the bot answers in "+channel, func() bool {
		said = s.said(channel)
		return len(said) >= n
	})
	return said
}

// said returns the messages of the bot in a channel.
func (s *shoal) said(channel string) []sharkfinsim.Message {
	return slices.DeleteFunc(s.server.Messages(channel), func(m sharkfinsim.Message) bool { return m.From != "gopher" })
}

// quiet waits until all of a channel was read, and nothing is on any stream of Sharkfin.
func (s *shoal) quiet(channel string) {
	s.Helper()
	all := s.server.Messages(channel)
	testenv.Eventually(s, "all was read and handled", func() bool {
		var waiting int64
		for _, eventType := range event.Types(sharkfin.Source) {
			for _, key := range []string{"stream", "delayed"} {
				name := s.environ["GOPHER_APP"] + ":{" + eventType + ".0}:" + key
				if key == "stream" {
					waiting += s.rdb.XLen(s.Context(), name).Val()
				} else {
					waiting += s.rdb.ZCard(s.Context(), name).Val()
				}
			}
		}
		return waiting == 0 && (len(all) == 0 || s.cursor("#"+channel) >= all[len(all)-1].ID)
	})
}
