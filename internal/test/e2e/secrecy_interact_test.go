package e2e

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/slack/blockkit"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/slack/sim/socket"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// interactions is everything that people press, type and fill in, over HTTP and then over
// sockets, good and bad.
func (s *secretive) interactions() {
	s.Helper()
	collect := s.overhears()
	s.suggestsATerm()
	s.interactsOddly("HTTP")

	s.slack.SetSocketMode(true)
	listen := s.spawn(config.Gateway, "PORT="+freePort(s.T))
	listen.logs(s, "socket of Slack is open")
	s.suggestsATerm()
	s.interactsOddly("a socket")
	s.troubleWithSockets()
	_, metrics := s.status("http://127.0.0.1:"+port(listen)+"/metrics", s.metrics[0])
	if !strings.Contains(metrics, "gopherbot_gateway_sockets{") {
		s.Errorf("no metrics of sockets in %s", metrics)
	}
	s.outputs = append(s.outputs, output{"the metrics of sockets", func() string { return metrics }, false})
	s.look() // doctor reads what the gateways say of their sockets
	s.slack.SetSocketMode(false)
	listen.logs(s, "Socket Mode is switched off")
	if code := listen.terminate(s); code != 0 {
		s.Errorf("exit code %d", code)
	}
	s.settled()
	tickets, addresses := collect()
	if tickets == 0 || addresses == 0 {
		s.Errorf("%d tickets and %d addresses for responses were used: there is nothing to look for", tickets, addresses)
	}
}

// port returns the PORT of a gateway.
func port(c *child) (port string) {
	for _, variable := range c.Env {
		if value, ok := strings.CutPrefix(variable, "PORT="); ok {
			port = value
		}
	}
	return port
}

// overhears notes the secrets that Slack gives the bot until collect is called: the tickets
// of sockets, the addresses for responses, and the triggers of forms. collect returns the
// number of the first two.
func (s *secretive) overhears() (collect func() (tickets, addresses int)) {
	var mu sync.Mutex
	seen := map[string]string{}
	told := func(r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if ticket := r.URL.Query().Get("ticket"); ticket != "" {
			seen[ticket] = "a ticket"
		}
		if _, id, ok := strings.Cut(r.URL.Path, "/response/"); ok {
			seen[id] = "an address for responses"
		}
	}
	s.calledWith.Store(&told)
	return func() (tickets, addresses int) {
		s.calledWith.Store(nil)
		mu.Lock()
		defer mu.Unlock()
		for secret, what := range seen {
			if what == "a ticket" {
				tickets++
			} else {
				addresses++
			}
			s.add(what+" "+secret, secret)
		}
		for _, c := range s.slack.Calls("views.open") {
			s.add("a trigger "+c.Form["trigger_id"], c.Form["trigger_id"])
		}
		return tickets, addresses
	}
}

// suggestsATerm has somebody look for a term that is not there, suggest it in a form, with a
// mistake at first, and have it approved.
func (s *secretive) suggestsATerm() {
	s.Helper()
	term := word()
	s.addText(term)
	s.must(s.slack.SlashCommand(s.Context(), ada, general, "/gopher", "define "+term))
	missing := s.hears(term)
	s.must(s.slack.Press(s.Context(), ada, general, missing.TS, "suggest-a-term"))
	s.opened(ada, term)
	for _, markup := range []string{"*", ""} {
		definition := markup + "It is as if it were " + word() + markup + strings.Repeat(" and so on", 5) + "."
		s.addText(definition)
		s.must(s.slack.Fill(s.Context(), ada, "definition", "definition", definition))
		s.must(s.slack.Submit(s.Context(), ada))
	}
	var suggested slacksim.Message
	testenv.Eventually(s, "the term is suggested", func() bool {
		for _, m := range s.slack.Snapshot().Messages {
			if m.Channel == reviews && strings.Contains(fmt.Sprint(m.Text, m.Blocks), term) {
				suggested = m
				return true
			}
		}
		return false
	})
	s.must(s.slack.Press(s.Context(), rob, reviews, suggested.TS, "approve-term"))
	s.must(s.slack.GlobalShortcut(s.Context(), ada, "look-up-a-term"))
	s.opened(ada, "Look up a term")
	typed := word()
	s.addText(typed)
	if _, err := s.slack.Suggest(s.Context(), ada, "term", "?term", typed); err != nil {
		s.Error(err)
	}
	s.must(s.slack.Close(s.Context(), ada))
	s.settled()
}

// interactsOddly sends interactions that the bot answers with difficulty, or not at all. What
// is of no use becomes a dead letter, of which an operator sees no secret either.
func (s *secretive) interactsOddly(transport string) {
	s.Helper()
	secrets := confidential{} // which not even a person who opens a payload may see
	secret := func(what string) string {
		value := word()
		s.add(what+" over "+transport, value)
		secrets.add(what, value)
		return value
	}
	text := func(words string) string {
		said := words + word()
		s.addText(said)
		return said
	}
	n := int(time.Now().UnixMicro())
	next := func() int { n++; return n }
	replaced := func(body json.RawMessage, old, with string) json.RawMessage {
		if strings.Count(string(body), old) != 1 {
			s.Errorf("%q is not once in %s", old, body)
		}
		return json.RawMessage(strings.Replace(string(body), old, with, 1))
	}
	withTrigger := func(body json.RawMessage, n int) json.RawMessage {
		return replaced(body, trigger(n), secret("a trigger"))
	}
	interacts := func(kind string, body json.RawMessage) {
		_, _ = s.interacts(kind, body) // some are refused, and all are looked at in the outputs
	}
	for _, responses := range []string{s.apiURL + "response/" + secret("a spent address"), "https://hooks.example/" + secret("an address of nobody's"), "%zz " + secret("no address")} {
		n := next()
		interacts(socket.SlashCommands, withTrigger(typedPayload(s, n, "/gopher", text("define "), responses), n))
	}
	old := next()
	interacts(socket.Interactive, withTrigger(pressedPayload(s, old, "of-last-year", text("data ")), old))
	form := next()
	submitted := replaced(submittedPayload(s, form, "of-last-year", "definition", text("It is ")), `{\"v\":1`, `{\"v\":1,\"d\":\"`+secret("a form's data")+`\"`)
	interacts(socket.Interactive, withTrigger(submitted, form))
	// Nothing can be made of these: one names nobody, one has metadata of nobody's, one is cut.
	nobody := next()
	pressed := replaced(pressedPayload(s, nobody, "remove", text("data ")), `"id":"`+ada+`"`, `"id":""`)
	interacts(socket.Interactive, withTrigger(pressed, nobody))
	foreign := next()
	interacts(socket.Interactive, withTrigger(interactionPayload(s, foreign, "view_submission", map[string]any{"view": map[string]any{
		"id": "V1", "type": "modal", "callback_id": blockkit.FormCallback("suggest-a-term", false), "private_metadata": secret("metadata"), "blocks": []any{},
	}}), foreign))
	interacts(socket.Interactive, json.RawMessage(`{"type":"block_actions","token":"`+secret("a token")+`","trigger_id":"`+secret("a trigger of nobody's")+`"}`))

	eventType := event.Type(event.Slack, event.Interaction)
	for _, id := range s.dead(eventType, 2) {
		s.tool("", "queue", "dead", "show", eventType, id)
		shown, _ := s.tool("", "queue", "dead", "show", eventType, id, "--json")
		if !strings.Contains(shown, id) {
			s.Errorf("the dead letter %s is shown as %q", id, shown)
		}
		opened, _ := s.tool("", "queue", "dead", "show", eventType, id, "--text")
		s.outputs = s.outputs[:len(s.outputs)-1] // it has what people said
		if found := secrets.in(opened); len(found) > 0 || !strings.Contains(opened, "[hidden: a secret]") {
			s.Errorf("the opened payload of %s shows %q:\n%s", id, found, opened)
		}
	}
	s.tool("", "queue", "dead", "drop", eventType, "--all")
	s.settled()
}

// troubleWithSockets has sockets end in each way, and be impossible to open.
func (s *secretive) troubleWithSockets() {
	s.Helper()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	s.must(err)
	s.must(closed.Close())
	ticket := word()
	s.add("a ticket that opens nothing", ticket)
	address := "ws://" + closed.Addr().String() + "/link/?" + url.Values{"ticket": {ticket}, "app_id": {appID}}.Encode()
	wait := s.failed("apps.connections.open", slacksim.Fault{Status: 500}, slacksim.Fault{Body: `{"ok":true,"url":"` + address + `"}`},
		slacksim.Fault{Body: `{"ok":true,"url":"wss://%zz/` + ticket + `"}`}, slacksim.Fault{Cut: true})
	for _, c := range s.slack.Socket().Connections() {
		s.slack.Socket().Disconnect(socket.Warning, c.ID)
		garbage := word()
		s.addText(garbage)
		_ = s.slack.Socket().Send(c.ID, []byte(garbage)) // it may have been closed
	}
	wait()
	testenv.Eventually(s, "both gateways have a socket again", func() bool {
		all := s.slack.Socket().Connections()
		return len(slices.DeleteFunc(all, func(c socket.Connection) bool { return c.Leaving })) == 2
	})
	wrong := word()
	s.add("another app's token", wrong)
	refused := s.spawn(config.Gateway, "PORT="+freePort(s.T), "GOPHER_SLACK_APP_TOKEN=xapp-1-"+wrong)
	refused.logs(s, "GOPHER_SLACK_APP_TOKEN is refused")
	if code := refused.terminate(s); code != 0 {
		s.Errorf("exit code %d", code)
	}
}
