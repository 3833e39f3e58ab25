package sim_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/sharkfin/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

func readAll(t *testing.T, r io.Reader) string {
	t.Helper()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(data))
}

// any returns the next frame.
func (c *socket) any() string {
	c.t.Helper()
	return testenv.Next(c.t, c.frames)
}

// opened waits until the server has n sockets.
func (s *server) opened(t *testing.T, n int) {
	t.Helper()
	testenv.Eventually(t, "the sockets are open", func() bool { return s.Stats().Open == n })
}

// A service's /presence reports every message of its channels, those by REST among them.
func TestPresence(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	s.channel(t, "pg", true, "alice", "gopher", "robot")
	s.channel(t, "hidden", false, "alice")
	if got := s.users(t, "gopher"); !strings.Contains(got, `{"username":"gopher","online":false,"type":"service"}`) {
		t.Error(got)
	}
	gopher, robot := s.dial(t, "gopher", "/presence"), s.dial(t, "robot", "/presence")
	testenv.Eventually(t, "gopher is online", func() bool {
		return strings.Contains(s.users(t, "gopher"), `{"username":"gopher","online":true,"type":"service","state":"idle"}`)
	})
	s.opened(t, 2)
	s.say(t, "gopher", "pg", "its own", false)
	s.say(t, "alice", "pg", "by REST", true)
	if got := gopher.any(); got != `{"d":{"channel":"pg","channel_type":"channel","from":"alice","message_id":2},"type":"message.new"}` {
		t.Error(got)
	}
	s.say(t, "alice", "hidden", "@gopher secret words", true)
	if got := gopher.any(); !strings.Contains(got, `"channel":"hidden"`) {
		t.Error(got)
	}
	s.Set(sim.BlindHints, false)
	s.say(t, "alice", "hidden", "@gopher secret words", true)
	s.say(t, "alice", "pg", "for @robot", true)
	if got := gopher.any(); !strings.Contains(got, `"message_id":5`) {
		t.Error(got)
	}
	if got := robot.any(); !strings.Contains(got, `"message_id":5`) { // an agent gets mentions only
		t.Error(got)
	}
	s.CutPresence("robot")
	robot.ended()
	s.opened(t, 1)
	second := s.dial(t, "gopher", "/presence")
	s.opened(t, 2)
	s.say(t, "alice", "pg", "for the second", true)
	second.any()
	s.Set(sim.ReplaceSockets, false)
	s.say(t, "alice", "pg", "for both", true)
	if got := gopher.any(); !strings.Contains(got, `"message_id":7`) {
		t.Error(got)
	}
}

// users returns the list of users.
func (s *server) users(t *testing.T, name string) string {
	t.Helper()
	_, body := s.tool(t, name, s.session(t, name), "user_list", "{}")
	return strings.ReplaceAll(body, `\"`, `"`)
}

func TestNotifications_AllConnectionsGetAll(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	s.channel(t, "pg", true, "alice", "gopher")
	dm, err := s.OpenDM("alice", "gopher")
	if err != nil {
		t.Fatal(err)
	}
	first, second := s.dial(t, "gopher", "/notifications/subscribe"), s.dial(t, "gopher", "/notifications/subscribe")
	s.opened(t, 2)
	for _, test := range []struct{ channel, body, want string }{
		{"pg", "hello", `{"route":"/chat","title":"New message in #pg","urgency":"passive"}`},
		{"pg", "hello @gopher", `{"body":"hello @gopher","route":"/chat","title":"Mention in #pg","urgency":"active"}`},
		{dm, "REST in dm", `{"body":"REST in dm","route":"/chat","title":"DM from alice","urgency":"active"}`},
	} {
		s.say(t, "alice", test.channel, test.body, true)
		for _, c := range []*socket{first, second} {
			if got := c.any(); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		}
	}
}

func TestWebhook(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 26, 18, 11, 5, 0, time.UTC)
	s := start(t, sim.Options{Now: func() time.Time { return at }})
	s.channel(t, "pg", true, "alice", "gopher")
	posts := make(chan string, 10)
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		posts <- readAll(t, r.Body)
		w.WriteHeader(http.StatusInternalServerError)
	}))
	defer hook.Close()
	s.want(t, "gopher", "POST", "/api/v1/webhooks", `{"url":"`+hook.URL+`"}`, 201, "")
	s.want(t, "alice", "POST", "/api/v1/webhooks", `{"url":"`+hook.URL+`"}`, 201, "") // is never called
	s.say(t, "gopher", "pg", "its own", false)
	want := `{"body":"its own","channel_id":1,"channel_name":"pg","channel_type":"channel","event":"message.new","from":"gopher",` +
		`"from_type":"service","message_id":1,"metadata":null,"sent_at":"2026-11-26T18:11:05Z"}`
	if got := testenv.Next(t, posts); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	testenv.Eventually(t, "it failed", func() bool { return s.Stats().WebhooksFailed == 1 })
	s.Set(sim.WebhookEchoes, false)
	s.say(t, "gopher", "pg", "its own", false)
	s.say(t, "alice", "pg", "by REST", true)
	if got := testenv.Next(t, posts); !strings.Contains(got, `"message_id":3`) {
		t.Error(got)
	}
	if stats := s.Stats(); stats.Webhooks > 2 {
		t.Errorf("%d posts: one was repeated", stats.Webhooks)
	}
}
