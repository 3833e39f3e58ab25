package e2e

import (
	"fmt"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/event"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// TestSecrecy_NothingGetsOut has all processes and the tool go through as
// much as there is, and greps all that they write, at the most talkative level,
// for every secret and for everything that anybody said.
//
// What is announced is public. Its address, which is part of its id, may be
// logged; its words are treated as anybody's.
func TestSecrecy_NothingGetsOut(t *testing.T) {
	t.Parallel()
	s := newSecretive(t)
	_, port, _ := net.SplitHostPort(s.listener.Addr().String())
	if err := s.listener.Close(); err != nil {
		t.Fatal(err)
	}
	s.environ["GOPHER_INSTANCE_TTL"] = "2s" // one will die, and another environment comes after it
	gateway := s.spawn(config.Gateway, "PORT="+port)
	listen := "GOPHER_CONSUMER_LISTEN"
	first := listen + "=" + s.environ[listen]
	delete(s.environ, listen) // one at a time can listen there
	consumers := []*child{s.spawn(config.Consumer, first), s.spawn(config.Consumer)}
	bgtasks := s.spawn(config.BGTasks)
	gateway.logs(t, "gateway serves")
	for _, c := range consumers {
		c.logs(t, "consumer takes events")
	}
	s.waitForDirectory()
	bgtasks.logs(t, "existing items are not announced")

	undisturbed := s.chatter()
	s.interactions()
	s.onSharkfin()
	s.strangers()
	s.troubleAtSlack()
	s.operators()
	s.troubleAtRedis()
	s.scrapes()
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

	// In shadow mode it is logged what would have been done. No process of another
	// environment may run meanwhile, nor be taken for running.
	if code := bgtasks.terminate(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
	s.onlyRuns("gateway")
	bgtasks, pretends := s.spawn(config.BGTasks, "ENV=staging"), s.spawn(config.Consumer, "ENV=staging")
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
	s.scripts(said)
	body := message("EvB", now(), said())
	s.sends(body[:len(body)-2], s.signing, 400)
	s.sends(strings.Replace(message("EvC", now(), said()), appID, "A0OTHER", 1), s.signing, 403)
	s.sends(strings.Replace(message("EvD", now(), said()), `"ts"`, `"at"`, 1), s.signing, 200)
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
	s.brokenRequests(said)
	// What is on the queue and cannot be read.
	p, err := workqueue.NewPublisher(s.rdb, workqueue.PublisherOptions{App: s.environ["GOPHER_APP"]})
	if err != nil {
		s.Fatal(err)
	}
	for eventType, id := range map[string]string{event.Type(event.Slack, event.MessagePublic): "EvI", event.Type(event.Slack, event.WorkspaceJoin): "EvJ", event.Type(event.Slack, event.Send): "EvK", event.Type(event.Slack, event.ChannelChange): "EvL"} {
		if _, err := p.Publish(s.Context(), workqueue.Event{Type: eventType, Source: "slack", ID: id, Time: time.Now(), Payload: []byte(`{"text":"` + said())}); err != nil {
			s.Fatal(err)
		}
	}
	stream := s.environ["GOPHER_APP"] + ":{" + event.Type(event.Slack, event.MessagePublic) + ".0}:stream"
	if err := s.rdb.XAdd(s.Context(), &redis.XAddArgs{Stream: stream, Values: []string{"e", "2" + said()}}).Err(); err != nil {
		s.Fatal(err)
	}
	s.dead(event.Type(event.Slack, event.MessagePublic), 3) // EvG, which nobody said, EvI, and what is no event
	s.dead(event.Type(event.Slack, event.Send), 1)
	s.settled()
}

// troubleAtSlack has calls of the Web API fail in each way, and the playground
// and a feed as well.
func (s *secretive) troubleAtSlack() {
	s.Helper()
	wait := s.failed("chat.postMessage", slacksim.Fault{Status: 429, RetryAfter: time.Second}, slacksim.Fault{Status: 500}, slacksim.Fault{Error: "missing_scope"},
		slacksim.Fault{Cut: true}, slacksim.Fault{Error: "restricted_action"})
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
	s.dead(event.Type(event.Slack, event.MessagePrivate), 1) // what was refused as archived
	s.dead(event.Type(event.Slack, event.MessagePublic), 4)  // and as no name of an emoji
	// A consumer that does not reach Slack at all.
	lost := s.spawn(config.Consumer, "GOPHER_SLACK_API_URL=http://127.0.0.1:"+freePort(s.T))
	lost.logs(s, "identify the bot: Slack does not answer")
	if code := lost.terminate(s); code != 0 {
		s.Errorf("exit code %d", code)
	}
}

// operators are people who look after the bot, with the tool and with the page.
func (s *secretive) operators() {
	s.Helper()
	s.look()
	for _, id := range s.dead(event.Type(event.Slack, event.MessagePublic), 4) {
		s.tool("", "queue", "dead", "show", event.Type(event.Slack, event.MessagePublic), id)
		s.tool("", "queue", "dead", "show", event.Type(event.Slack, event.MessagePublic), id, "--json")
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
	client := &http.Client{Jar: jar, Transport: transport, Timeout: testenv.Timeout}
	for _, token := range []string{s.ops[0] + "x", s.ops[1][1:], s.ops[1], s.ops[0]} {
		response, err := client.PostForm(s.gateway+"/ops/login", url.Values{"name": {"ada"}, "token": {token}})
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
	id := s.dead(event.Type(event.Slack, event.MessagePublic), 4)[0]
	for _, path := range []string{"", "api/state", "api/dead?type=" + event.Type(event.Slack, event.MessagePublic), "api/dead/text?type=" + event.Type(event.Slack, event.MessagePublic) + "&id=" + id} {
		if page := fetch(s.T, client, s.gateway+"/ops/"+path); page == "" {
			s.Errorf("%s is empty", path)
		}
	}
	s.tool("", "queue", "dead", "replay", event.Type(event.Slack, event.MessagePublic), "--all")
	s.tool("", "queue", "dead", "drop", event.Type(event.Slack, event.Send), "--all", "--json")
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
		return strings.Count(s.logs(), "retrying until it succeeds") > 1
	})
	s.redis.Restart(s)
	testenv.Eventually(s, "the gateway is ready again", func() bool { return s.get("/readyz") == 200 })
	s.sends(message("EvN", now(), text), s.signing, 200)
	s.settled()
}

// badStarts are starts with a value that is not well formed, and secret all the
// same, in each of the variables.
func (s *secretive) badStarts() {
	s.Helper()
	for _, name := range config.SecretNames() {
		for _, value := range []string{"not/well-formed " + word() + ":é", "postgres://:" + word() + "@%zz", "a=http://" + word() + " b"} {
			s.addText(value)
			for _, p := range []config.Process{config.Gateway, config.Consumer, config.BGTasks} {
				if p == config.BGTasks && name == "GOPHER_NOTIFY_YAML" {
					continue // which it does not read
				}
				c := s.bot.spawn(p, name+"="+value, "PORT=0") // none of them starts
				testenv.Next(s, c.exited)
				s.outputs = append(s.outputs, output{"a bad start of " + string(p), c.log.String, false})
			}
		}
	}
}
