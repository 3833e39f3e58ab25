package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	gatewayslack "github.com/gobridge/gopherbot/gateway/slack"
	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/eventtype"
	"github.com/gobridge/gopherbot/internal/redistest"
	"github.com/gobridge/gopherbot/internal/slacksim"
	"github.com/gobridge/gopherbot/internal/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// secretive is a deployment of which nothing confidential may get out.
type secretive struct {
	*bot
	confidential
	redis   *redistest.Server
	news    *newsFeed
	signing string
	ops     []string // tokens
	outputs []output
}

// output is what a process wrote.
type output struct {
	name string
	text func() string
	// json is whether it is to be lines of JSON.
	json bool
}

// newsFeed is a feed at an address that nobody else knows.
type newsFeed struct {
	titles atomic.Pointer[[]string]
	status atomic.Int64
}

func (f *newsFeed) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	if status := int(f.status.Swap(200)); status != 200 {
		http.Error(w, "not now", status)
		return
	}
	fmt.Fprint(w, `<rss version="2.0"><channel><title>News</title>`)
	titles := *f.titles.Load() // the oldest first
	for i, title := range slices.Backward(titles) {
		fmt.Fprintf(w, `<item><guid>%d</guid><title>%s</title><link>https://news.example/%d</link></item>`, i, title, i)
	}
	fmt.Fprint(w, `</channel></rss>`)
}

// newSecretive prepares a deployment with a secret in each variable that may have
// one, and two where that is allowed.
func newSecretive(t *testing.T) *secretive {
	t.Helper()
	s := &secretive{confidential: confidential{}, news: &newsFeed{}}
	secret := func(what string, more ...string) string {
		value := word() + word() + word() + strings.Join(more, "")
		s.add(what, value)
		return value
	}
	password := secret("the password of Redis", "/+?%<é>")
	s.redis = redistest.Start(t, "--requirepass", password, "--appendonly", "yes", "--appendfsync", "always")
	address := &url.URL{Scheme: "redis", User: url.UserPassword("", password), Host: strings.TrimPrefix(s.redis.URL(), "redis://")}
	s.signing = secret("the old signing secret")
	s.ops = []string{secret("the operators' token", "-_"), secret("the operators' old token")}
	token := "xoxb-" + secret("the bot's token")

	s.news.titles.Store(&[]string{"Old"})
	s.news.status.Store(200)
	web := httptest.NewServer(s.news)
	t.Cleanup(web.Close)
	closed := "127.0.0.1:" + freePort(t)
	s.bot = newBotWith(t, redistest.Dial(t, address.String()), map[string]string{
		"REDIS_URL":                     address.String(),
		"GOPHER_SLACK_REQUEST_SECRET":   secret("the signing secret") + "," + s.signing,
		"GOPHER_SLACK_BOT_ACCESS_TOKEN": token,
		"GOPHER_SLACK_CLIENT_SECRET":    secret("the client secret"),
		"GOPHER_SLACK_REQUEST_TOKEN":    secret("the request token"),
		"GOPHER_OPS_TOKEN":              strings.Join(s.ops, ","),
		"GOPHER_FEEDS": "general=" + web.URL + "/feed?key=" + secret("the key of a feed") +
			" general=http://reader:" + secret("the password of a feed") + "@" + closed + "/feed?key=" + secret("the key of a feed that is away"),
		"GOPHER_FEEDS_EVERY": "100ms",
	}, func(o *slacksim.Options) { o.SigningSecret, o.BotToken = s.signing, token })
	for _, name := range config.SecretNames() {
		if len(s.in(s.environ[name])) == 0 {
			t.Errorf("%s holds secrets: give it one", name)
		}
	}
	return s
}

// says lets somebody say something that is nowhere else, after words that are.
func (s *secretive) says(user, channel, thread, words string) (ts string) {
	s.Helper()
	text := words + word()
	s.addText(text)
	ts, err := s.slack.Say(user, channel, text, thread)
	if err != nil {
		s.Fatal(err)
	}
	return ts
}

// sends posts the body of a request that somebody's secret signs.
func (s *secretive) sends(body, secret string, want int) {
	s.Helper()
	status := s.post(body, func(r *http.Request) { gatewayslack.Sign(r.Header, []byte(body), secret, time.Now()) })
	if status != want {
		s.Errorf("answered %d, want %d", status, want)
	}
}

func (s *secretive) spawn(p config.Process, extra ...string) *child {
	s.Helper()
	c := s.bot.spawn(p, extra...)
	s.outputs = append(s.outputs, output{string(p), c.log.String, true})
	return c
}

// tool runs gopherbot to its end.
func (s *secretive) tool(stdin string, args ...string) (text string, code int) {
	s.Helper()
	dir, err := binaries()
	if err != nil {
		s.Fatal(err)
	}
	var out bytes.Buffer
	cmd := exec.Command(filepath.Join(dir, "gopherbot"), args...)
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = s.environment(), strings.NewReader(stdin), &out, &out
	_ = cmd.Run() // the exit code tells
	text = out.String()
	s.outputs = append(s.outputs, output{"gopherbot " + args[0], func() string { return text }, false})
	return text, cmd.ProcessState.ExitCode()
}

// look has the tool show everything, to people and to scripts.
func (s *secretive) look() {
	s.Helper()
	for _, args := range [][]string{{"doctor"}, {"doctor", "--release"}, {"queue", "stats"}, {"queue", "pending"}, {"queue", "dead", "list"}} {
		s.tool("", args...)
		s.tool("", append(args, "--json")...)
	}
}

// failed waits until a call of the Web API has met so many faults.
func (s *secretive) failed(method string, faults ...slacksim.Fault) (wait func()) {
	before := len(s.slack.Calls(method))
	s.slack.Fail(method, faults...)
	return func() {
		s.Helper()
		testenv.Eventually(s, method+" failed", func() bool { return len(s.slack.Calls(method)) >= before+len(faults) })
	}
}

// dead waits until a type has so many dead letters, and returns their ids.
func (s *secretive) dead(eventType string, n int) (ids []string) {
	s.Helper()
	testenv.Eventually(s, fmt.Sprintf("%d dead letters of %s", n, eventType), func() bool {
		list, err := s.inspector().Dead(s.Context(), eventType, "", 100)
		if err != nil {
			s.Fatal(err)
		}
		ids = nil
		for _, d := range list {
			ids = append(ids, d.DeadID)
		}
		return len(ids) >= n
	})
	return ids
}

// TestNothingConfidentialGetsOut has all processes and the tool go through as
// much as there is, and greps all that they write, at the most talkative level,
// for every secret and for everything that anybody said.
//
// What is announced is public. Its address, which is part of its id, may be
// logged; its words are treated as anybody's.
func TestNothingConfidentialGetsOut(t *testing.T) {
	t.Parallel()
	s := newSecretive(t)
	_, port, _ := net.SplitHostPort(s.listener.Addr().String())
	if err := s.listener.Close(); err != nil {
		t.Fatal(err)
	}
	gateway := s.spawn(config.Gateway, "PORT="+port)
	consumers := []*child{s.spawn(config.Consumer), s.spawn(config.Consumer)}
	bgtasks := s.spawn(config.BGTasks)
	gateway.logs(t, "gateway serves")
	for _, c := range consumers {
		c.logs(t, "consumer takes events")
	}
	s.waitForDirectory()
	bgtasks.logs(t, "what is there already is not announced")

	undisturbed := s.chatter()
	s.strangers()
	s.troubleAtSlack()
	s.operators()
	s.troubleAtRedis()
	s.badStarts()

	// One is stopped in the middle of an answer, and one dies in it.
	wait := s.failed("chat.postMessage", slacksim.Fault{Hang: true}, slacksim.Fault{Hang: true})
	s.says(ada, adasDM, "", "d/example.org/")
	s.says(rob, robsDM, "", "define ")
	s.says(ada, adasDM, "", "d/example.org/")
	wait()
	if code := consumers[0].terminate(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if err := consumers[1].Process.Kill(); err != nil {
		t.Fatal(err)
	}
	last := s.spawn(config.Consumer)
	last.logs(t, "consumer takes events")
	s.settled()
	s.look()
	if code := last.terminate(t); code != 0 {
		t.Errorf("exit code %d", code)
	}

	// In shadow mode it is logged what would have been done.
	pretends := s.spawn(config.Consumer, "ENV=staging")
	pretends.logs(t, "consumer takes events")
	s.says(ada, general, "", "bbq ")
	s.says(ada, general, "", "define ")
	s.says(ada, adasDM, "", "d/example.org/")
	s.publishes()
	pretends.logs(t, `"would":"announce"`)
	pretends.logs(t, `"would":"react"`)
	s.settled()
	for _, c := range []*child{gateway, bgtasks, pretends} {
		if code := c.terminate(t); code != 0 {
			t.Errorf("%s: exit code %d", c.Path, code)
		}
	}

	for _, out := range s.outputs {
		text := out.text()
		for _, found := range s.in(text) {
			t.Errorf("%s wrote %s", out.name, found)
		}
		if text == "" {
			t.Errorf("%s wrote nothing", out.name)
		}
	}
	s.eventLines(undisturbed)
}

// chatter is everything that people do on a good day. It returns the ids of the
// events.
func (s *secretive) chatter() (events []string) {
	s.Helper()
	thread := s.says(ada, general, "", "I love bbq ")
	s.says(rob, general, thread, mention+"flip a coin ")
	s.says(ada, general, "", mention+"flpi a coin ")
	s.says(ada, general, "", mention)
	s.says(ada, general, "", mention+"help ")
	s.says(ada, general, "", "define ")
	s.says(ada, general, "", "xkcd: ")
	s.says(ada, "C08RANDOM", "", "d/example.org/")
	s.says(ada, "C08RANDOM", "", "ghd/example/")
	s.says(ada, adasDM, "", "just between us: ")
	s.says(rob, robsDM, "", "coin flip ")
	s.say(ada, adasDM, "flip a coin")
	s.say(ada, general, mention+"recommended channels")
	s.say(rob, general, mention+"recommended channels")
	s.says(rob, general, "", "```"+escape(program)+"\n// and: ")
	for _, name := range []string{"main.go", "notes.bin"} {
		file, said, content := word()+name, "look at this: "+word(), program+"\n// "+word()
		s.addText(file)
		s.addText(said)
		s.addText(content)
		if _, err := s.slack.Upload(ada, general, said, "", file, content); err != nil {
			s.Fatal(err)
		}
	}
	if err := s.slack.JoinChannel(ada, newbies); err != nil {
		s.Fatal(err)
	}
	if _, err := s.slack.JoinWorkspace(); err != nil {
		s.Fatal(err)
	}
	if _, err := s.slack.CreateChannel("fun"); err != nil {
		s.Fatal(err)
	}
	title := s.publishes()
	testenv.Eventually(s, "the news is announced", func() bool {
		return slices.ContainsFunc(s.slack.Calls("chat.postMessage"), func(c slacksim.Call) bool { return strings.Contains(c.Form["text"], title) })
	})
	s.settled()
	for _, m := range s.slack.Snapshot().Messages {
		if m.Journey != nil {
			events = append(events, m.Journey.EventID)
		}
		if m.User == slacksim.BotUserID && m.Text != "" { // what the bot says is a text, too
			s.add("the bot's words "+m.Text, m.Text)
		}
	}
	return events
}

// publishes has the feed tell of something new.
func (s *secretive) publishes() (title string) {
	title = word() + " is new"
	s.addText(title)
	titles := append(slices.Clone(*s.news.titles.Load()), title)
	s.news.titles.Store(&titles)
	return title
}

// strangers are requests that are none of Slack's, or not as they should be.
func (s *secretive) strangers() {
	s.Helper()
	said := func() string {
		text := "a stranger says " + word()
		s.addText(text)
		return text
	}
	s.sends(message("EvA", now(), said()), "a guess", 401)
	body := message("EvB", now(), said())
	s.sends(body[:len(body)-2], s.signing, 400)
	s.sends(strings.Replace(message("EvC", now(), said()), appID, "A0OTHER", 1), s.signing, 403)
	s.sends(strings.Replace(message("EvD", now(), said()), `"ts"`, `"at"`, 1), s.signing, 400)
	s.sends(strings.Replace(message("EvE", now(), said()), `"type":"message"`, `"type":"other"`, 1), s.signing, 200)
	s.sends(strings.Replace(message("EvF", now(), said()), `"channel_type":"channel"`, `"channel_type":"group"`, 1), s.signing, 200)
	s.sends(strings.Replace(message("EvG", now(), said()), ada, "", 1), s.signing, 200)
	s.sends(fmt.Sprintf(`{"type":"url_verification","challenge":%q}`, said()), s.signing, 200)
	for _, change := range []func(*http.Request){
		func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") },
		func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+s.ops[0]) },
		func(r *http.Request) { r.URL.RawQuery = url.Values{"token": {s.ops[0]}}.Encode() },
		func(r *http.Request) { r.Header.Del("X-Slack-Signature") },
	} {
		s.post(message("EvH", now(), said()), change)
	}
	// What is on the queue and cannot be read.
	p, err := workqueue.NewPublisher(s.rdb, workqueue.PublisherOptions{App: s.environ["GOPHER_APP"]})
	if err != nil {
		s.Fatal(err)
	}
	for eventType, id := range map[string]string{eventtype.MessagePublic: "EvI", eventtype.TeamJoin: "EvJ", eventtype.Notification: "EvK", eventtype.ChannelChange: "EvL"} {
		if _, err := p.Publish(s.Context(), workqueue.Event{Type: eventType, ID: id, Time: time.Now(), Payload: []byte(`{"text":"` + said())}); err != nil {
			s.Fatal(err)
		}
	}
	stream := s.environ["GOPHER_APP"] + ":{" + eventtype.MessagePublic + ".0}:stream"
	if err := s.rdb.XAdd(s.Context(), &redis.XAddArgs{Stream: stream, Values: []string{"e", "2" + said()}}).Err(); err != nil {
		s.Fatal(err)
	}
	s.dead(eventtype.MessagePublic, 3) // EvG, which nobody said, EvI, and what is no event
	s.dead(eventtype.Notification, 1)
	s.settled()
}

// troubleAtSlack has calls of the Web API fail in each way, and the playground
// and a feed as well.
func (s *secretive) troubleAtSlack() {
	s.Helper()
	wait := s.failed("chat.postMessage", slacksim.Fault{Status: 429, RetryAfter: time.Second}, slacksim.Fault{Status: 500}, slacksim.Fault{Error: "missing_scope"},
		slacksim.Fault{Cut: true}, slacksim.Fault{Error: "is_archived"})
	for range 5 {
		s.says(ada, adasDM, "", "d/example.org/")
	}
	wait()
	wait = s.failed("reactions.add", slacksim.Fault{Cut: true}, slacksim.Fault{Status: 429, RetryAfter: 10 * time.Second}, slacksim.Fault{Status: 503}, slacksim.Fault{Error: "invalid_name"})
	for range 4 {
		s.says(ada, general, "", "bbq ")
	}
	wait()
	wait = s.failed("files.info", slacksim.Fault{Cut: true}, slacksim.Fault{Error: "file_not_found"})
	// The first is mended by the client where it hits a connection that was in use.
	s.slack.Fail("files", slacksim.Fault{Cut: true}, slacksim.Fault{Cut: true}, slacksim.Fault{Cut: true}, slacksim.Fault{Status: 500})
	for range 3 {
		name, content := word()+".go", program+"\n// "+word()
		s.addText(name)
		s.addText(content)
		if _, err := s.slack.Upload(ada, general, "", "", name, content); err != nil {
			s.Fatal(err)
		}
	}
	wait()
	testenv.Eventually(s, "files are not read", func() bool { return strings.Count(s.logs(), "read file F") > 1 })
	s.play.Fail(503, 413)
	for range 2 {
		s.says(ada, general, "", "```"+escape(program)+"\n// ")
	}
	s.news.status.Store(500)
	s.dead(eventtype.MessagePrivate, 1) // what was refused as archived
	s.dead(eventtype.MessagePublic, 4)  // and as no name of an emoji
	// A consumer that does not reach Slack at all.
	lost := s.spawn(config.Consumer, "GOPHER_SLACK_API_URL=http://127.0.0.1:"+freePort(s.T))
	lost.logs(s, "Slack does not say who we are")
	if code := lost.terminate(s); code != 0 {
		s.Errorf("exit code %d", code)
	}
}

// operators are people who look after the bot, with the tool and with the page.
func (s *secretive) operators() {
	s.Helper()
	s.look()
	for _, id := range s.dead(eventtype.MessagePublic, 4) {
		s.tool("", "queue", "dead", "show", eventtype.MessagePublic, id)
		s.tool("", "queue", "dead", "show", eventtype.MessagePublic, id, "--json")
	}
	said := "we are back: " + word()
	s.addText(said)
	if out, code := s.tool("", "say", "general", said); code != 0 {
		s.Error(out)
	}
	s.tool(said, "say", "general", "-", "--json")
	s.tool(message("EvM", now(), said), "send", "--url", s.gateway+"/slack/event", "-")
	s.tool(said, "send", "--url", s.gateway+"/slack/event", "-")

	jar, err := cookiejar.New(nil)
	if err != nil {
		s.Fatal(err)
	}
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := &http.Client{Jar: jar, Transport: transport, Timeout: testenv.Patience}
	for _, token := range []string{s.ops[0] + "x", s.ops[1][1:], s.ops[1], s.ops[0]} {
		response, err := client.PostForm(s.gateway+"/ops/login", url.Values{"token": {token}})
		if err != nil {
			s.Fatal(err)
		}
		response.Body.Close()
	}
	at, err := url.Parse(s.gateway + "/ops/")
	if err != nil {
		s.Fatal(err)
	}
	cookies := jar.Cookies(at)
	if len(cookies) != 1 {
		s.Fatalf("%d cookies: nobody is logged in", len(cookies))
	}
	s.add("the operators' session", cookies[0].Value)
	id := s.dead(eventtype.MessagePublic, 4)[0]
	for _, path := range []string{"", "api/state", "api/dead?type=" + eventtype.MessagePublic, "api/dead/text?type=" + eventtype.MessagePublic + "&id=" + id} {
		if page := fetch(s.T, client, s.gateway+"/ops/"+path); page == "" {
			s.Errorf("%s is empty", path)
		}
	}
	s.tool("", "queue", "dead", "replay", eventtype.MessagePublic, "--all")
	s.tool("", "queue", "dead", "drop", eventtype.Notification, "--all", "--json")
}

// troubleAtRedis has Redis go away and come back.
func (s *secretive) troubleAtRedis() {
	s.Helper()
	s.redis.Stop(s)
	text := "is anybody there? " + word()
	s.addText(text)
	s.sends(message("EvN", now(), text), s.signing, 503)
	s.look()
	testenv.Eventually(s, "the outage is noticed", func() bool {
		return strings.Count(s.logs(), "trying again until it can") > 1
	})
	s.redis.Restart(s)
	testenv.Eventually(s, "the gateway is ready again", func() bool { return s.get("/readyz") == 200 })
	s.sends(message("EvN", now(), text), s.signing, 200)
	s.settled()
}

// logs returns all that was logged so far.
func (s *secretive) logs() string {
	var all strings.Builder
	for _, out := range s.outputs {
		if out.json {
			all.WriteString(out.text())
		}
	}
	return all.String()
}

// badStarts are starts with a value that is not well formed, and secret all the
// same, in each of the variables.
func (s *secretive) badStarts() {
	s.Helper()
	for _, name := range config.SecretNames() {
		for _, value := range []string{"not/well-formed " + word() + ":é", "postgres://:" + word() + "@%zz", "a=http://" + word() + " b"} {
			s.addText(value)
			for _, p := range []config.Process{config.Gateway, config.Consumer, config.BGTasks} {
				c := s.bot.spawn(p, name+"="+value, "PORT=0") // none of them starts
				testenv.Next(s, c.exited)
				s.outputs = append(s.outputs, output{"a bad start of " + string(p), c.log.String, false})
			}
		}
	}
}

// eventLines says of the lines of the log what is not as an operator, or a
// program, wants it. Of the events that nothing disturbed there is one line each.
func (s *secretive) eventLines(undisturbed []string) {
	s.Helper()
	queued, told := map[string]int{}, map[string]int{}
	for _, out := range s.outputs {
		if !out.json {
			continue
		}
		for line := range strings.Lines(out.text()) {
			var fields map[string]any
			if err := json.Unmarshal([]byte(line), &fields); err != nil {
				s.Errorf("%s wrote %q, which is no JSON object", out.name, line)
				continue
			}
			for _, name := range []string{"level", "time", "message"} {
				if text, _ := fields[name].(string); text == "" {
					s.Errorf("%s wrote a line without %s: %s", out.name, name, line)
				}
			}
			id, _ := fields["event_id"].(string)
			switch {
			case fields["message"] == "slack request" && fields["outcome"] == "queued":
				queued[id]++
			case fields["message"] == "event":
				told[id]++
				for _, name := range []string{"event_id", "request_id", "type", "actions", "outcome", "waited_ms", "handled_ms"} {
					if _, ok := fields[name]; !ok {
						s.Errorf("a line about an event without %s: %s", name, line)
					}
				}
				if want := map[any]string{"failed": "error"}[fields["outcome"]]; want == "" && fields["level"] != "info" {
					s.Errorf("a line about an event at another level than info: %s", line)
				}
			}
		}
	}
	for id := range queued {
		if told[id] == 0 {
			s.Errorf("no line about event %s, which was queued", id)
		}
	}
	for _, id := range undisturbed {
		if queued[id] != 1 || told[id] != 1 {
			s.Errorf("event %s: %d lines of the gateway's and %d of consumers', want one each", id, queued[id], told[id])
		}
	}
	s.Logf("%d events queued, %d of them undisturbed", len(queued), len(undisturbed))
}
