package sim_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/sharkfin/sim"
)

// probes report whether an oddity shows.
var probes = map[sim.Oddity]func(t *testing.T, s *server) bool{
	sim.RESTUnchecked: func(t *testing.T, s *server) bool {
		for _, path := range []string{"secret/join", "secret/messages"} {
			if status, _ := s.call(t, "bob", "POST", "/api/v1/channels/"+path, `{"body":"intruder"}`); status >= 300 {
				return false
			}
		}
		read, _ := s.call(t, "bob", "GET", "/api/v1/channels/secret/messages", "")
		created, _ := s.call(t, "bob", "POST", "/api/v1/channels", `{"name":"bob's"}`) // who may not
		return read == 200 && created == 201
	},
	sim.ErrorsAre500: func(t *testing.T, s *server) bool {
		created, _ := s.call(t, "gopher", "POST", "/api/v1/channels", `{"name":"town"}`)
		joined, _ := s.call(t, "gopher", "POST", "/api/v1/channels/town/join", "")
		return created == 500 && joined == 500
	},
	sim.LongLimitIs50: func(t *testing.T, s *server) bool {
		for range 120 {
			s.say(t, "alice", "town", "hello", false)
		}
		_, body := s.call(t, "gopher", "GET", "/api/v1/channels/town/messages?after=0&limit=101", "")
		return strings.Count(body, `"id"`) == 50
	},
	sim.BeforeWins: func(t *testing.T, s *server) bool {
		for range 3 {
			s.say(t, "alice", "town", "hello", false)
		}
		_, body := s.call(t, "gopher", "GET", "/api/v1/channels/town/messages?after=1&before=3", "")
		return strings.Contains(body, `"id":1,`)
	},
	sim.RESTWithoutMentions: func(t *testing.T, s *server) bool {
		s.say(t, "alice", "town", "@bob", true)
		s.say(t, "alice", "town", "@bob", false)
		_, body := s.call(t, "gopher", "GET", "/api/v1/channels/town/messages", "")
		return !strings.Contains(body, "mentions")
	},
	sim.UnreadMarksRead: func(t *testing.T, s *server) bool {
		s.say(t, "alice", "town", "hello", false)
		c := s.dial(t, "gopher", "/ws")
		first, second := c.ask("unread_messages", "{}"), c.ask("unread_messages", "{}")
		return !strings.Contains(first, `"id":`) && !strings.Contains(second, "hello")
	},
	sim.DMRows: func(t *testing.T, s *server) bool {
		if _, err := s.OpenDM("gopher", "alice"); err != nil {
			t.Fatal(err)
		}
		return strings.Contains(s.dial(t, "gopher", "/ws").ask("dm_list", "{}"), `"participant":"alice"`)
	},
	sim.NullLists: func(t *testing.T, s *server) bool {
		return strings.Contains(s.dial(t, "gopher", "/ws").ask("dm_list", "{}"), `"dms":null`)
	},
	sim.OpenPrivateJoin: func(t *testing.T, s *server) bool {
		return strings.Contains(s.dial(t, "gopher", "/ws").ask("channel_join", `{"channel":"secret"}`), `"ok":true`)
	},
	sim.UncheckedMetadata: func(t *testing.T, s *server) bool {
		return strings.Contains(s.dial(t, "gopher", "/ws").ask("send_message", `{"channel":"town","body":"x","metadata":"not json"}`), `"ok":true`)
	},
	sim.FloatMetadata: func(t *testing.T, s *server) bool {
		s.call(t, "gopher", "POST", "/api/v1/channels/town/messages", `{"body":"x","metadata":{"n":12345678901234567890}}`)
		return *s.Messages("town")[0].Metadata == `{"n":12345678901234567000}`
	},
	sim.UnboundedMessages: func(t *testing.T, s *server) bool {
		d := fmt.Sprintf(`{"channel":"town","body":%q}`, strings.Repeat("x", 2_000_000))
		return strings.Contains(s.dial(t, "gopher", "/ws").ask("send_message", d), `"ok":true`)
	},
}

// elsewhere are the oddities that have a test of their own.
var elsewhere = []sim.Oddity{
	sim.ReplaceSockets, sim.DropPushes, sim.EchoToSender, sim.EchoBeforeAnswer, sim.DisorderPushes, sim.SilentREST, sim.DMNamesCollide,
	sim.GroupsInPushes, sim.LooseMCP, sim.BlindHints, sim.OfflineOnReplace, sim.CachedKeys, sim.FirstIsAdmin, sim.WebhookEchoes,
}

func TestOddities_AreOnAndCanBeOff(t *testing.T) {
	t.Parallel()
	for oddity, shows := range probes {
		t.Run(string(oddity), func(t *testing.T) {
			t.Parallel()
			for _, without := range [][]sim.Oddity{nil, {oddity}} {
				s := start(t, sim.Options{Without: without})
				s.channel(t, "town", true, "alice", "gopher")
				s.channel(t, "secret", false, "alice")
				if got, want := shows(t, s), without == nil; got != want {
					t.Errorf("without %q it shows: %t", without, got)
				}
			}
		})
	}
}

// Every oddity is in Oddities, and has a test.
func TestOddities_AreAll(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "oddity.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	declared := 0
	for _, d := range file.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.CONST {
			declared += len(g.Specs)
		}
	}
	tested := map[sim.Oddity]bool{}
	for oddity := range probes {
		tested[oddity] = true
	}
	for _, oddity := range elsewhere {
		tested[oddity] = true
	}
	for _, oddity := range sim.Oddities {
		if !tested[oddity] {
			t.Errorf("%q has no test", oddity)
		}
	}
	if len(sim.Oddities) != declared || len(tested) != declared {
		t.Errorf("%d oddities are declared, %d listed, %d tested", declared, len(sim.Oddities), len(tested))
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	s.channel(t, "town", true, "alice", "gopher")
	s.Fail(sim.Fault{Method: "POST", Path: "/api/v1/channels/town", Status: 429, Header: http.Header{"Retry-After": {"7"}}, Body: "slow down"})
	s.want(t, "gopher", "GET", "/api/v1/channels/town/messages", "", 200, "[]")
	s.want(t, "gopher", "POST", "/api/v1/channels/town/messages", `{"body":"x"}`, 429, "slow down")
	s.want(t, "gopher", "POST", "/api/v1/channels/town/messages", `{"body":"x"}`, 201, "")
	// An answer that is lost: the message is there.
	s.Fail(sim.Fault{Lose: true})
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.http.URL+"/api/v1/channels/town/messages", strings.NewReader(`{"body":"lost"}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "ApiKey-v1 gopher-key")
	if response, err := s.http.Client().Do(request); err == nil {
		response.Body.Close()
		t.Error("it was answered")
	}
	if n := len(s.Messages("town")); n != 2 {
		t.Errorf("%d messages", n)
	}
	s.Fail(sim.Fault{Times: 3})
	s.want(t, "gopher", "GET", "/api/v1/channels", "", 500, "")
	s.ClearFaults()
	s.want(t, "gopher", "GET", "/api/v1/channels", "", 200, "town")
}
