package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gatewayslack "github.com/gobridge/gopherbot/gateway/slack"
	"github.com/gobridge/gopherbot/internal/config"
	sharkfinsim "github.com/gobridge/gopherbot/internal/sharkfin/sim"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/internal/test/tracetest"
)

// secretive is a deployment of which nothing confidential may get out.
type secretive struct {
	*bot
	confidential
	redis *redistest.Server
	news  *newsFeed
	// sharkfin is the other platform that the bot is on.
	sharkfin *sharkfinsim.Server
	signing  string
	ops      []string // tokens
	keys     []string // of the notification API
	metrics  []string // tokens
	// at is where the processes tell how they are.
	at      map[config.Process]string
	traces  *tracetest.Collector
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
	s.metrics = []string{secret("the token for metrics", "-_"), secret("the old token for metrics")}
	s.keys = []string{secret("the key of scripts", "-_"), secret("the old key of scripts")}
	s.traces = tracetest.New(t)
	token, socketToken := "xoxb-"+secret("the bot's token"), "xapp-1-"+secret("the app token")

	s.news.titles.Store(&[]string{"Old"})
	s.news.status.Store(200)
	web := httptest.NewServer(s.news)
	t.Cleanup(web.Close)
	closed := "127.0.0.1:" + freePort(t)
	sharkfinKey := secret("the key of Sharkfin")
	var sharkfinURL string
	s.sharkfin, sharkfinURL = newSharkfin(t, sharkfinKey, sharkfinsim.Options{})
	s.bot = newBotWith(t, redistest.Dial(t, address.String()), map[string]string{
		"REDIS_URL":                     address.String(),
		"GOPHER_SLACK_REQUEST_SECRET":   secret("the signing secret") + "," + s.signing,
		"GOPHER_SLACK_BOT_ACCESS_TOKEN": token,
		"GOPHER_SLACK_APP_TOKEN":        socketToken,
		"GOPHER_SLACK_CLIENT_SECRET":    secret("the client secret"),
		"GOPHER_SLACK_REQUEST_TOKEN":    secret("the request token"),
		"GOPHER_OPS_TOKEN":              strings.Join(s.ops, ","),
		"GOPHER_METRICS_TOKEN":          strings.Join(s.metrics, ","),

		"OTEL_EXPORTER_OTLP_ENDPOINT":        s.traces.URL + "/" + secret("the key in the path of a collector"),
		"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": s.traces.URL + "/" + secret("the key in the path for traces"),
		"OTEL_EXPORTER_OTLP_HEADERS":         "x-api-key=" + secret("the collector's key"),
		"OTEL_EXPORTER_OTLP_TRACES_HEADERS":  "x-api-key=" + secret("the collector's key for traces") + ",x-more=" + url.PathEscape(secret("another header", ", =%")),

		"GOPHER_FEEDS": "general=" + web.URL + "/feed?key=" + secret("the key of a feed") +
			" general=http://reader:" + secret("the password of a feed") + "@" + closed + "/feed?key=" + secret("the key of a feed that is away"),
		"GOPHER_FEEDS_INTERVAL": "100ms",

		"GOPHER_NOTIFY_KEYS": strings.Join(s.keys, ","), "GOPHER_NOTIFY_KEY": secret("the key of the tool", "-_"), "GOPHER_NOTIFY_CHAT": "general",
		"GOPHER_NOTIFY_YAML": `{server: {callbacks: {rules: [{name: hook, events: [message], bots: [slack], handler: {type: webhook, url: "` +
			web.URL + "/" + secret("the key in the address of a webhook") + `"}}]}}}`,

		"GOPHER_SHARKFIN_URL": sharkfinURL, "GOPHER_SHARKFIN_KEY": sharkfinKey, "GOPHER_SHARKFIN_READ_INTERVAL": "2s",

		"GOPHER_ROLES": "moderator=" + rob, "GOPHER_SUGGESTIONS_CHANNEL": "reviews",
	}, func(o *slacksim.Options) {
		o.SigningSecret, o.BotToken, o.AppToken, o.Scopes, o.Events = s.signing, token, socketToken, nil, nil
	})
	s.at = s.listen()
	// What is exported is read by others, too.
	s.outputs = append(s.outputs, output{"to the collector", func() string {
		var all strings.Builder
		for _, export := range s.traces.Requests() {
			all.Write(export.Body)
		}
		return all.String()
	}, false})
	for _, name := range config.SecretNames() {
		if len(s.in(s.environ[name])) == 0 {
			t.Errorf("%s holds secrets: give it one", name)
		}
	}
	return s
}

// onSharkfin has people talk with the bot there. A proxy refuses the first post with a page that shows the key.
func (s *secretive) onSharkfin() {
	s.Helper()
	dm, err := s.sharkfin.OpenDM("alice", "gopher")
	if err != nil {
		s.Fatal(err)
	}
	s.sharkfin.Fail(sharkfinsim.Fault{Path: "/mcp", Tool: "send_message", Status: 503, ShowHeader: true})
	for _, post := range []struct{ channel, words string }{{"town", "d/example.org/"}, {dm, "define "}, {"town", "nothing that it knows "}, {dm, "d/example.org/"}} {
		text := post.words + word()
		s.addText(text)
		if _, err := s.sharkfin.Say(sharkfinsim.Post{From: "alice", Channel: post.channel, Body: text}); err != nil {
			s.Fatal(err)
		}
	}
	for channel, want := range map[string]int{"town": 1, dm: 2} {
		testenv.Eventually(s, "the bot answers on Sharkfin in "+channel, func() bool {
			said := 0
			for _, m := range s.sharkfin.Messages(channel) {
				if m.From == "gopher" {
					said++
				}
			}
			return said >= want
		})
	}
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

// scrapes asks each process for its metrics, with tokens that it knows and others.
func (s *secretive) scrapes() {
	s.Helper()
	for p, url := range s.at {
		for token, want := range map[string]int{"": 401, s.metrics[0] + "x": 401, s.metrics[1]: 200, s.metrics[0]: 200} {
			status, body := s.status(url+"/metrics", token)
			if status != want {
				s.Errorf("%s: %d for a scrape, want %d", p, status, want)
			}
			s.outputs = append(s.outputs, output{"the metrics of " + string(p), func() string { return body }, false})
		}
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
		list, err := s.inspector().ListDeadLetters(s.Context(), eventType, "", 100)
		if err != nil {
			s.Fatal(err)
		}
		ids = nil
		for _, d := range list {
			ids = append(ids, d.ID)
		}
		return len(ids) >= n
	})
	return ids
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
				for _, name := range []string{"event_id", "request_id", "type", "actions", "outcome", "reclaimed", "waited_ms", "handled_ms"} {
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
