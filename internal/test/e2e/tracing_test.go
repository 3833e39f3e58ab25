package e2e

import (
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/tracetest"
)

const collectorKey = "the-key-of-the-collector"

// TestTracing_OneTraceThroughAllProcesses lets somebody ask for something that Slack does
// not take at first, and a blog have news.
func TestTracing_OneTraceThroughAllProcesses(t *testing.T) {
	t.Parallel()
	collector, blog := tracetest.New(t), newBlog(t)
	b := newBot(t)
	b.reads(blog)
	b.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.URL
	b.environ["OTEL_EXPORTER_OTLP_HEADERS"] = "x-api-key=" + collectorKey
	b.environ["OTEL_EXPORTER_OTLP_COMPRESSION"] = "gzip"
	children := b.spawnAll()
	b.hasBegun(blog)

	b.slack.Fail("chat.postMessage", slacksim.Fault{Error: "team_added_to_org"})
	b.say(ada, adasDM, "define goroutine")
	answer := b.calls("chat.postMessage", 1)[0].Form["text"]
	b.settled()
	blog.posts.Add(1)
	news := b.calls("chat.postMessage", 2)[1].Form["text"]
	b.settled()
	for _, c := range children { // what is left is exported when they stop
		if code := c.terminate(t); code != 0 {
			t.Errorf("%s: exit code %d after SIGTERM", c.Path, code)
		}
	}

	spans := collector.Spans()
	below := func(parent tracetest.Span, service, kind, name string) []tracetest.Span {
		t.Helper()
		var list []tracetest.Span
		for _, s := range spans {
			if s.Trace == parent.Trace && s.Parent == parent.ID && s.Kind == kind && s.Name == name {
				list = append(list, s)
				if s.Service != "gopherbot-"+service {
					t.Errorf("%s is of the service %s, want %s", name, s.Service, service)
				}
			}
		}
		return list
	}
	one := func(list []tracetest.Span) tracetest.Span {
		t.Helper()
		if len(list) != 1 {
			t.Fatalf("%d spans, want one: %+v", len(list), list)
		}
		return list[0]
	}
	root := func(which func(tracetest.Span) bool) tracetest.Span {
		t.Helper()
		i := slices.IndexFunc(spans, which)
		if i < 0 {
			t.Fatalf("no such span: %+v", spans)
		}
		trace := spans[i].Trace
		i = slices.IndexFunc(spans, func(s tracetest.Span) bool { return s.Trace == trace && s.Parent == "" })
		if i < 0 {
			t.Fatalf("trace %s has no root", trace)
		}
		return spans[i]
	}

	request := root(func(s tracetest.Span) bool { return s.Name == "chat.postMessage" && s.Failed })
	if request.Kind != "server" || request.Name != "POST /slack/event" || request.Failed || request.Attributes["gopherbot.outcome"] != "queued" {
		t.Errorf("the trace begins with %+v", request)
	}
	published := one(below(request, "gateway", "producer", "publish message_private"))
	attempts := below(published, "consumer", "consumer", "process message_private")
	slices.SortFunc(attempts, func(a, b tracetest.Span) int {
		return strings.Compare(a.Attributes["gopherbot.attempt"], b.Attributes["gopherbot.attempt"])
	})
	if len(attempts) != 2 || !attempts[0].Failed || attempts[1].Failed || attempts[1].Attributes["gopherbot.outcome"] != "handled" {
		t.Fatalf("attempts: %+v", attempts)
	}
	for i, attempt := range attempts {
		action := one(below(attempt, "consumer", "internal", `prefix "define "`))
		call := one(below(action, "consumer", "client", "chat.postMessage"))
		if want := i == 0; action.Failed != want || call.Failed != want || !strings.HasSuffix(attempt.Attributes["gopherbot.reclaimed"], "false") || attempt.Attributes["gopherbot.event.id"] != request.Attributes["gopherbot.event.id"] {
			t.Errorf("attempt %d: %+v, %+v, %+v", i+1, attempt, action, call)
		}
	}

	job := root(func(s tracetest.Span) bool { return s.Name == "publish send" })
	if job.Service != "gopherbot-bgtasks" || !strings.HasPrefix(job.Name, "job feed/") {
		t.Errorf("the news' trace begins with %+v", job)
	}
	announced := one(below(one(below(job, "bgtasks", "producer", "publish send")), "consumer", "consumer", "process send"))
	one(below(one(below(announced, "consumer", "internal", "announcement")), "consumer", "client", "chat.postMessage"))

	b.exportedNoneOf(collector, "define goroutine", "goroutine", answer, "Post 4", news, signingSecret, botToken, collectorKey)
	for _, c := range children {
		if log := c.log.String(); strings.Contains(log, collectorKey) || strings.Contains(log, "export traces: the collector does not accept them") {
			t.Errorf("%s logged the collector's key, or trouble", c.Path)
		}
	}
}

// exportedNoneOf says what was exported and must not be, and whether the
// collector was shown its key.
func (b *bot) exportedNoneOf(c *tracetest.Collector, secrets ...string) {
	b.Helper()
	for _, export := range c.Requests() {
		if export.Header.Get("x-api-key") != collectorKey {
			b.Errorf("exported with %q", export.Header)
		}
		if export.Header.Get("Content-Encoding") != "gzip" {
			b.Error("not packed")
		}
		for _, secret := range secrets {
			if strings.Contains(string(export.Body), secret) {
				b.Errorf("%q is exported", secret)
			}
		}
	}
}

// TestTracing_ForeignTraceparentIsIgnored sends one along with a signed event, and with
// one that is not.
func TestTracing_ForeignTraceparentIsIgnored(t *testing.T) {
	t.Parallel()
	const strangers = "0af7651916cd43dd8448eb211c80319c"
	collector := tracetest.New(t)
	b := newBot(t)
	gateway := b.spawnGateway("OTEL_EXPORTER_OTLP_ENDPOINT=" + collector.URL)
	trace := func(r *http.Request) { r.Header.Set("traceparent", "00-"+strangers+"-b7ad6b7169203331-01") }
	if status := b.post(message("Ev1", now(), "hello"), trace); status != 200 {
		t.Errorf("status %d", status)
	}
	if status := b.post(message("Ev2", now(), "hello"), func(r *http.Request) { trace(r); r.Header.Del("X-Slack-Signature") }); status != 401 {
		t.Errorf("status %d", status)
	}
	gateway.terminate(t)
	var outcomes []string
	for _, s := range collector.Spans() {
		if s.Trace == strangers {
			t.Errorf("in the stranger's trace: %+v", s)
		}
		if s.Kind == "server" {
			outcomes = append(outcomes, s.Attributes["gopherbot.outcome"]+" "+s.Attributes["gopherbot.event.id"])
		}
	}
	if want := []string{"queued Ev1", "unauthorized "}; !slices.Equal(outcomes, want) {
		t.Errorf("outcomes %q, want %q", outcomes, want)
	}
}

// TestTracing_CollectorAway has one that refuses connections, and one
// that takes them and says nothing.
func TestTracing_CollectorAway(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	for name, address := range map[string]string{"it refuses": "127.0.0.1:1", "it hangs": silent.Addr().String()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBot(t)
			b.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://" + address
			b.environ["OTEL_BSP_SCHEDULE_DELAY"] = "20"
			children := b.spawnAll()
			b.say(ada, general, mention+"flip a coin")
			b.calls("chat.postMessage", 1)
			b.settled()
			for _, c := range children {
				began := time.Now()
				if code := c.terminate(t); code != 0 {
					t.Errorf("%s: exit code %d after SIGTERM", c.Path, code)
				}
				took := time.Since(began)
				t.Logf("%s took %v to stop", c.Path, took.Round(time.Millisecond))
				if took > 10*time.Second {
					t.Error("that is too long")
				}
				if n := strings.Count(c.log.String(), "export traces: the collector does not accept them"); name == "it refuses" && n != 1 {
					t.Errorf("%s logged %d times that traces cannot be exported", c.Path, n)
				}
				for line := range strings.Lines(c.log.String()) {
					if !strings.HasPrefix(line, "{") {
						t.Errorf("%s printed %q", c.Path, line)
					}
				}
			}
		})
	}
}
