package e2e

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/presence"
	sharkfinsim "github.com/gobridge/gopherbot/internal/sharkfin/sim"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/sharkfin/client"
)

// TestSharkfin_EachKindOfDeclaration asks in each way, of a bot that is on Sharkfin alone.
func TestSharkfin_EachKindOfDeclaration(t *testing.T) {
	t.Parallel()
	s := newShoal(t, false, sharkfinsim.Options{})
	s.startBoth()
	for i, test := range []struct {
		name, from, text string
		direct, rest     bool
		want             string // the beginning of the answer, "" for none
	}{
		{name: "a command with a mention", text: "@gopher flip a coin", want: ""},
		{name: "a command by REST", text: "@gopher recommended channels", rest: true, want: "Here are some good channels"},
		{name: "a command in a direct conversation", text: "coin flip", direct: true},
		{name: "a prefix", text: "define goroutine", want: "*goroutine*"},
		{name: "a question", text: "@gopher what is a channel?", want: "*channel*"},
		{name: "a command of an agent that mentions the bot", from: "claude", text: "@gopher define interface", want: "*interface*"},
	} {
		t.Run(test.name, func(t *testing.T) {
			channel, from := fmt.Sprint("c", i), "alice"
			if test.from != "" {
				from = test.from
			}
			if test.direct {
				channel = s.direct(from)
			} else if err := s.server.AddChannel(channel, true, "alice", "claude", "gopher"); err != nil {
				t.Fatal(err)
			}
			s.post(sharkfinsim.Post{From: from, Channel: channel, Body: test.text, REST: test.rest})
			if answer := s.answers(channel, 1)[0]; !strings.HasPrefix(answer.Body, test.want) {
				t.Errorf("the answer is %q, want %q", answer.Body, test.want)
			}
			s.quiet(channel)
			if all := s.said(channel); len(all) != 1 {
				t.Errorf("answered %d times: %+v", len(all), all)
			}
		})
	}
	for _, text := range []string{"block forever? no: flip a coin", "good morning"} {
		s.say("alice", "town", text)
	}
	s.say("claude", "town", "define goroutine") // an agent that does not mention the bot
	s.quiet("town")
	if all := s.said("town"); len(all) != 0 {
		t.Errorf("answered: %+v", all)
	}
}

// TestSharkfin_BesideSlack has one bot on both platforms: each gets its own answers.
func TestSharkfin_BesideSlack(t *testing.T) {
	t.Parallel()
	s := newShoal(t, true, sharkfinsim.Options{})
	s.startBoth()
	s.bot.say(ada, general, "define goroutine")
	s.say("alice", "town", "define goroutine")
	s.answers("town", 1)
	s.calls("chat.postMessage", 1)
	s.quiet("town")
	s.settled()
	if n, calls := len(s.said("town")), s.slack.Calls("chat.postMessage"); n != 1 || len(calls) != 1 {
		t.Errorf("%d answers on Sharkfin and %d on Slack", n, len(calls))
	}
}

// TestSharkfin_IsDown starts a bot of both platforms while Sharkfin refuses its key: Slack
// gets its answers, all processes are ready, and Sharkfin's answers come when the key is
// accepted. A gateway of Sharkfin alone is not ready.
func TestSharkfin_IsDown(t *testing.T) {
	t.Parallel()
	for _, withSlack := range []bool{true, false} {
		t.Run(fmt.Sprint("with Slack: ", withSlack), func(t *testing.T) {
			t.Parallel()
			s := newShoal(t, withSlack, sharkfinsim.Options{})
			s.server.PassportDown(true)
			s.start(config.Gateway)
			testenv.Eventually(t, "the log says why", func() bool { return strings.Contains(s.log.String(), "refuses GOPHER_SHARKFIN_KEY") })
			if withSlack {
				s.start(config.Consumer)
				s.bot.say(ada, general, "define goroutine")
				s.calls("chat.postMessage", 1)
			}
			want := map[bool]int{true: 200, false: 503}[withSlack]
			testenv.Eventually(t, fmt.Sprint("/readyz is ", want), func() bool { return s.get("/readyz") == want })
			if got := s.get("/healthz"); got != 200 {
				t.Errorf("/healthz is %d", got)
			}
			s.server.PassportDown(false)
			testenv.Eventually(t, "/readyz is 200", func() bool { return s.get("/readyz") == 200 })
			if !withSlack {
				s.start(config.Consumer)
				s.atWork()
				s.say("alice", "town", "define goroutine")
				s.answers("town", 1)
			}
			if strings.Contains(s.log.String(), sharkfinKey) {
				t.Error("the log has the key")
			}
		})
	}
}

// TestSharkfin_Metrics looks at what a gateway tells Prometheus, and at its registration.
func TestSharkfin_Metrics(t *testing.T) {
	t.Parallel()
	s := newShoal(t, false, sharkfinsim.Options{})
	at := s.watch()
	s.startBoth()
	s.say("alice", "town", "define goroutine")
	s.answers("town", 1)
	s.quiet("town")
	got := s.scrape(at[config.Gateway])
	for name, want := range map[string]float64{
		"leading{}": 1, "reading_alone{}": 0, "channels{}": 1, "sockets{socket=ws}": 1, "sockets{socket=presence}": 1, "messages_total{way=push}": 1,
		"messages_total{way=read}": 0, "skipped_total{reason=service}": 0, "skipped_total{reason=too_large}": 0, "reconnects_total{socket=ws}": 0, "deaf_total{}": 0,
	} {
		if n, ok := got["gopherbot_gateway_sharkfin_"+name]; !ok || n != want {
			t.Errorf("%s is %v (%v), want %v", name, n, ok, want)
		}
	}
	if n := got["gopherbot_gateway_sharkfin_skipped_total{reason=own}"]; n == 0 {
		t.Error("the bot's own answer was not counted")
	}
	if n, ok := got["gopherbot_gateway_sharkfin_silence_seconds{}"]; !ok || n > 60 {
		t.Errorf("the server is silent for %v s (%v)", n, ok)
	}
	testenv.Eventually(t, "the gateway registers that it reads", func() bool {
		status, err := presence.Read(t.Context(), s.rdb, s.environ["GOPHER_APP"])
		return err == nil && slices.ContainsFunc(status.Instances, func(i presence.Instance) bool {
			return i.Feeds["sharkfin"] == presence.Feed{Leads: true, Wanted: 2, Open: 2, Channels: 1}
		})
	})
}

// TestSharkfin_Announcements announces a feed's entries in a channel of Sharkfin.
func TestSharkfin_Announcements(t *testing.T) {
	t.Parallel()
	s, blog := newShoal(t, false, sharkfinsim.Options{}), newBlog(t)
	s.reads(blog)
	s.environ["GOPHER_FEEDS"] = "sharkfin:town=" + blog.url
	s.startBoth()
	s.start(config.BGTasks)
	testenv.Eventually(t, "the blog was read", func() bool { return blog.asked.Load() >= 2 })
	blog.posts.Add(2)
	for i, m := range s.answers("town", 2) {
		if want := fmt.Sprintf("Post %d", i+4); !strings.Contains(m.Body, want) || !strings.Contains(m.Body, fmt.Sprintf("https://blog.example/%d", i+4)) {
			t.Errorf("announced %q, want %q", m.Body, want)
		}
	}
	s.quiet("town")
	if n := len(s.said("town")); n != 2 {
		t.Errorf("announced %d times", n)
	}
}

// TestSharkfin_CreateWhoseAnswerWasLostIsSaidOnce loses the server's answers to what the bot
// posts.
func TestSharkfin_CreateWhoseAnswerWasLostIsSaidOnce(t *testing.T) {
	t.Parallel()
	s := newShoal(t, false, sharkfinsim.Options{})
	s.startBoth()
	s.server.Fail(sharkfinsim.Fault{Path: "/mcp", Tool: "send_message", Lose: true})
	s.say("alice", "town", "define goroutine")
	s.answers("town", 1)
	s.quiet("town")
	if all := s.said("town"); len(all) != 1 {
		t.Errorf("said %d times: %+v", len(all), all)
	}
}

// TestSharkfin_TwoBots runs two bots that would answer each other's answers for ever.
func TestSharkfin_TwoBots(t *testing.T) {
	t.Parallel()
	s := newShoal(t, false, sharkfinsim.Options{Identities: []sharkfinsim.Identity{{Name: "twin", Key: "the-key-of-the-twin", Type: sharkfinsim.Service}}})
	if err := s.server.Join("twin", "town"); err != nil {
		t.Fatal(err)
	}
	other := newBot(t)
	for name := range other.environ {
		if strings.HasPrefix(name, "GOPHER_SLACK_") {
			delete(other.environ, name)
		}
	}
	other.environ["GOPHER_SHARKFIN_URL"], other.environ["GOPHER_SHARKFIN_KEY"], other.environ["GOPHER_SHARKFIN_READ_INTERVAL"] = s.environ["GOPHER_SHARKFIN_URL"], "the-key-of-the-twin", "2s"
	twin := &shoal{other, s.server, s.host}
	s.startBoth()
	twin.startBoth()
	testenv.Eventually(t, "both bots hold their sockets", func() bool { return s.server.Stats().Open >= 4 })
	s.say("alice", "town", "define goroutine")
	answered := func(by string) (n int) {
		for _, m := range s.server.Messages("town") {
			if m.From == by {
				n++
			}
		}
		return n
	}
	testenv.Eventually(t, "both answer", func() bool { return answered("gopher") >= 1 && answered("twin") >= 1 })
	for _, from := range []string{"gopher", "twin"} { // as an answer that is a command of the other
		for _, rest := range []bool{false, true} {
			s.post(sharkfinsim.Post{From: from, Channel: "town", Body: "define channel", REST: rest})
		}
	}
	s.quiet("town")
	twin.quiet("town")
	if a, b := answered("gopher"), answered("twin"); a != 3 || b != 3 { // one answer each, and those two
		t.Errorf("gopher said %d messages, and twin %d", a, b)
	}
}

// TestSharkfin_LeaderFaults kills the gateway that leads, and pauses the next for longer than
// its lease, while people ask: another takes over within 10 s and each question is answered
// once.
func TestSharkfin_LeaderFaults(t *testing.T) {
	t.Parallel()
	s := newShoalOn(t, redistest.Start(t).URL(), false, sharkfinsim.Options{}) // the embedded Redis lets no lease end
	s.start(config.Consumer)
	gateways := map[string]*child{}
	for i := range 3 {
		name := fmt.Sprintf("gateway.%d", i+1)
		gateways[name] = s.spawn(config.Gateway, "HEROKU_DYNO_ID="+name, "PORT="+freePort(t))
		gateways[name].logs(t, "gateway serves")
	}
	s.atWork()
	leader := func(not string) (name string) {
		testenv.Eventually(t, "another leads than "+not, func() bool {
			held := strings.Fields(s.rdb.Get(t.Context(), s.environ["GOPHER_APP"]+":{sharkfin."+s.host+"}:lease").Val())
			if len(held) == 3 {
				name = held[1]
			}
			return len(held) == 3 && name != not
		})
		return name
	}
	asked := 0
	ask := func() {
		channel := fmt.Sprint("c", asked)
		if err := s.server.AddChannel(channel, true, "alice", "gopher"); err != nil {
			t.Fatal(err)
		}
		asked++
		s.post(sharkfinsim.Post{From: "alice", Channel: channel, Body: "define goroutine", REST: asked%2 == 0})
	}
	signal := func(name string, sig syscall.Signal) {
		if err := gateways[name].Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
	}
	ask()
	s.answers("c0", 1)

	first := leader("")
	killed := time.Now()
	signal(first, syscall.SIGKILL)
	ask()
	second := leader(first)
	if took := time.Since(killed); took > 12*time.Second { // the lease, and a twentieth of it
		t.Errorf("another leads %v after the kill", took)
	}
	s.answers("c1", 1)

	signal(second, syscall.SIGSTOP)
	ask()
	leader(second)
	s.answers("c2", 1)
	ask()
	s.answers("c3", 1)
	cursor := s.cursor("#c3")
	signal(second, syscall.SIGCONT)
	gateways[second].logs(t, "stopped leading")
	ask()
	s.answers("c4", 1)
	for i := range asked {
		channel := fmt.Sprint("c", i)
		s.quiet(channel)
		if n := len(s.said(channel)); n != 1 {
			t.Errorf("question %d was answered %d times", i, n)
		}
	}
	if now := s.cursor("#c3"); now < cursor {
		t.Errorf("the leader that woke up moved a cursor from %d back to %d", cursor, now)
	}
}

// TestSharkfin_ReplacedSocketAndOverflow takes the bot's socket away and has the server drop
// most of what it pushes, while people ask: each question is answered once.
func TestSharkfin_ReplacedSocketAndOverflow(t *testing.T) {
	t.Parallel()
	const questions = 150
	s := newShoal(t, false, sharkfinsim.Options{Buffer: 4, Bus: 4})
	s.environ["GOPHER_LOG_LEVEL"] = "info"
	for i := range questions {
		if err := s.server.AddChannel(fmt.Sprint("c", i), true, "alice", "gopher"); err != nil {
			t.Fatal(err)
		}
	}
	s.startBoth()
	testenv.Eventually(t, "all channels are known", func() bool { return s.cursor(fmt.Sprint("#c", questions-1)) >= 0 })
	other, err := client.Dial(t.Context(), "http://"+s.host+"/ws", client.WithAPIKey(sharkfinKey))
	if err != nil {
		t.Fatal(err)
	}
	for i := range questions {
		s.post(sharkfinsim.Post{From: "alice", Channel: fmt.Sprint("c", i), Body: "define goroutine", REST: i%2 == 0})
		if i == questions/2 {
			if err := other.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	for i := range questions {
		s.answers(fmt.Sprint("c", i), 1)
	}
	for i := range questions {
		channel := fmt.Sprint("c", i)
		s.quiet(channel)
		if n := len(s.said(channel)); n != 1 {
			t.Errorf("question %d was answered %d times", i, n)
		}
	}
}
