package demo_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/gobridge/gopherbot/consumer/gophers"
	"github.com/gobridge/gopherbot/internal/demo"
	"github.com/gobridge/gopherbot/internal/test/browsertest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/internal/test/tracetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start runs a demo of the Gophers' bot, as startWith does.
func start(t *testing.T, environ ...string) (url string, stop func() error) {
	t.Helper()
	return startWith(t, func(o *demo.Options) { o.Environ = environ })
}

// startWith runs a demo until the test ends, or until stop is called, which returns
// what Run did.
func startWith(t *testing.T, configure ...func(*demo.Options)) (url string, stop func() error) {
	t.Helper()
	started := make(chan string, 1)
	opts := demo.Options{
		Content: gophers.Content,
		Listen:  "127.0.0.1:0",
		Started: func(url string) { started <- url },
		Log:     zerolog.New(zerolog.NewTestWriter(t)).Level(zerolog.WarnLevel),
	}
	for _, f := range configure {
		f(&opts)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- demo.Run(ctx, opts) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return testenv.Next(t, done)
	})
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Errorf("the demo: %v", err)
		}
	})
	return testenv.Next(t, started), stop
}

// TestDemo_StartsQuietly over both transports: a newcomer's terminal shows no warning.
func TestDemo_StartsQuietly(t *testing.T) {
	t.Parallel()
	for _, sockets := range []bool{false, true} {
		log := &testenv.Log{}
		_, stop := startWith(t, func(o *demo.Options) { o.Sockets, o.Log = sockets, zerolog.New(log).Level(zerolog.WarnLevel) })
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if lines := log.String(); lines != "" {
			t.Errorf("sockets %v: %s", sockets, lines)
		}
	}
}

// TestDemo_Traces when it is told a collector, and heeds no other
// variable. The consumer has asked Slack who it is before the demo has started.
func TestDemo_Traces(t *testing.T) {
	t.Parallel()
	collector := tracetest.New(t)
	_, stop := start(t, "OTEL_EXPORTER_OTLP_ENDPOINT="+collector.URL, "GOPHER_LOG_LEVEL=none of these", "REDIS_URL=nor this")
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	asked := func(s tracetest.Span) bool { return s.Service == "gopherbot-consumer" && s.Name == "auth.test" }
	if spans := collector.Spans(); !slices.ContainsFunc(spans, asked) {
		t.Errorf("spans: %+v", spans)
	}
}

// open opens the page in a window of the given size.
func open(t *testing.T, url string, width, height int) browsertest.Tab {
	t.Helper()
	page := browsertest.Open(t, url, width, height)
	page.Do(visible(`#channels [data-open]`))
	return page
}

var visible, click = browsertest.Visible, browsertest.Click

// write types a message and sends it.
func write(text string) browsertest.Action {
	return chromedp.Steps(browsertest.Type(`#text`, text), click(`#send`))
}

const (
	fromBot   = `li.message[data-user="U0GOPHER"]`
	ephemeral = fromBot + `.ephemeral`
)

func TestBrowser_Chat(t *testing.T) {
	t.Parallel()
	browsertest.Need(t)
	url, _ := start(t)
	page := open(t, url, 1280, 900)

	page.Do(browsertest.Type(`#text`, "@gopher flip a coin\r")) // Enter sends, too
	if coin := page.Text(fromBot + ` .text`); coin != "heads" && coin != "tails" {
		t.Errorf("the coin shows %q", coin)
	}
	page.Do(write("I love bbq"), visible(`[data-reaction="bbqgopher"]`))
	page.Do(write("@gopher help"))
	if help := page.Text(ephemeral); !strings.Contains(help, "Only visible to you") || !strings.Contains(help, "flip a coin") {
		t.Errorf("help says %q", help)
	}
	for _, step := range []string{"accepted", "queued", "taken", "replied", "handled"} {
		if journey := page.Text(`li.message[data-user="U01ADA"] .journey [data-step="` + step + `"]`); !strings.Contains(journey, "ms") {
			t.Errorf("the step %s shows %q", step, journey)
		}
	}

	// A reply in a thread is answered in the thread.
	page.Do(
		click(`#messages > li[data-user="U01ADA"] .reply`),
		write("@gopher flip a coin"),
		visible(`ol.replies `+fromBot),
	)

	// Somebody else does not see what was for Ada's eyes.
	page.Do(
		become("U02ROB"),
		chromedp.WaitNotPresent(chromedp.CSS(ephemeral)),
		visible(fromBot),
	)

	// Someone new is welcomed, and again in #newbies.
	page.Do(click(`#join-workspace`))
	if welcome := page.Text(`li.message[data-channel="D03GRACE"][data-user="U0GOPHER"]`); !strings.Contains(welcome, "Welcome to Gophers!") {
		t.Errorf("welcomed with %q", welcome)
	}
	page.Do(click(`#join-newbies`))
	if welcome := page.Text(ephemeral); !strings.Contains(welcome, "Welcome to #newbies!") {
		t.Errorf("welcomed to #newbies with %q", welcome)
	}
}

// TestBrowser_LongCode posts code and a file, and follows the links to the
// simulated playground.
func TestBrowser_LongCode(t *testing.T) {
	t.Parallel()
	browsertest.Need(t)
	url, _ := start(t)
	page := open(t, url, 1280, 900)
	file := filepath.Join(t.TempDir(), "main.go")
	const program = "package main\n\nfunc main() {\n\tprintln(1)\n\tprintln(2)\n}\n"
	if err := os.WriteFile(file, []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	link := func() string { return page.Text(fromBot + ` a[href^="` + url + `/play/p/"]`) }
	shows := func(address, want string) {
		t.Helper()
		client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
		response, err := client.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		content, err := io.ReadAll(response.Body)
		if err != nil || !strings.Contains(string(content), want) {
			t.Errorf("%s shows %q (%v), want %q", address, content, err, want)
		}
	}

	page.Do(click(`#suggestions button:last-child`), visible(ephemeral))
	shows(link(), "// Why does this print 3?\npackage main\n")

	page.Do(
		click(`[data-open="C03REVIEWS"]`),
		chromedp.SetUploadFiles(chromedp.CSS(`#file`), []string{file}),
		click(`#send`), visible(`li.message .file`), visible(ephemeral),
	)
	shows(link(), program)
}

// TestBrowser_MessageLink follows what the bot points to an earlier answer
// with.
func TestBrowser_MessageLink(t *testing.T) {
	t.Parallel()
	browsertest.Need(t)
	url, _ := start(t)
	page := open(t, url, 1280, 700)
	page.Do(write("the first"), visible(`li.message[data-user="U01ADA"]`))
	ts := browsertest.Get(page, chromedp.Evaluate[string](`document.querySelector('li.message').dataset.ts`))
	for i := range 10 {
		page.Do(write(fmt.Sprintf("message %d", i)))
	}
	inView := fmt.Sprintf(`(() => {
		const {top, bottom} = document.querySelector('[data-ts="%s"]').getBoundingClientRect();
		const log = document.querySelector('#log').getBoundingClientRect();
		return top >= log.top - 1 && bottom <= log.bottom + 1;
	})()`, ts)
	link := "https://simulated.slack.invalid/archives/C01GENERAL/p" + strings.Replace(ts, ".", "", 1)
	page.Do(write(link), visible(`a[href="`+link+`"]`))
	if browsertest.Get(page, chromedp.Evaluate[bool](inView)) {
		t.Fatal("the first message is in view all the time")
	}
	page.Do(click(`a[href="` + link + `"]`))
	testenv.Eventually(t, "the first message is in view", func() bool { return browsertest.Get(page, chromedp.Evaluate[bool](inView)) })
	if now := browsertest.Get(page, chromedp.Evaluate[string](`location.href`)); !strings.HasPrefix(now, url) {
		t.Errorf("the page has gone to %s", now)
	}
}

func TestDemo_TakenPort(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	err = demo.Run(t.Context(), demo.Options{Listen: l.Addr().String()})
	if err == nil || !strings.Contains(err.Error(), l.Addr().String()+": address in use") || !strings.Contains(err.Error(), "--listen") {
		t.Error(err)
	}
}

// TestDemo_StopsCleanly stops while everything runs and a page is open, whose
// stream would go on for ever.
func TestDemo_StopsCleanly(t *testing.T) {
	t.Parallel()
	url, stop := start(t)
	client := http.Client{Timeout: testenv.Timeout, Transport: &http.Transport{DisableKeepAlives: true}}
	stream, err := client.Get(url + "/api/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	say, err := client.Post(url+"/api/say", "application/json", strings.NewReader(`{"as":"U01ADA","channel":"D01ADA","text":"flip a coin"}`))
	if err != nil {
		t.Fatal(err)
	}
	say.Body.Close()
	lines := bufio.NewReader(stream.Body)
	for answered := false; !answered; {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		answered = strings.Contains(line, `"user":"U0GOPHER"`)
	}
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	if err := testenv.Next(t, stopped); err != nil {
		t.Error(err)
	}
}

func TestPage_AnswersMistakes(t *testing.T) {
	t.Parallel()
	url, _ := start(t)
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	for _, test := range []struct {
		name, path, body string
		header           http.Header
		status           int
	}{
		{"fine", "say", `{"as":"U01ADA","channel":"C01GENERAL","text":"hi"}`, nil, 200},
		{"nothing said", "say", `{"as":"U01ADA","channel":"C01GENERAL"}`, nil, 400},
		{"nobody", "say", `{"channel":"C01GENERAL","text":"hi"}`, nil, 400},
		{"the bot", "say", `{"as":"U0GOPHER","channel":"C01GENERAL","text":"hi"}`, nil, 400},
		{"somebody else's DM", "say", `{"as":"U02ROB","channel":"D01ADA","text":"hi"}`, nil, 400},
		{"nowhere", "join/channel", `{"as":"U01ADA","channel":"C99"}`, nil, 400},
		{"no JSON", "say", `as=U01ADA`, nil, 400},
		{"from another site", "join/workspace", `{}`, http.Header{"Sec-Fetch-Site": {"cross-site"}}, 403},
	} {
		r, err := http.NewRequestWithContext(t.Context(), "POST", url+"/api/"+test.path, bytes.NewReader([]byte(test.body)))
		if err != nil {
			t.Fatal(err)
		}
		if test.header != nil {
			r.Header = test.header
		}
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		var answer struct{ Error string }
		err = json.NewDecoder(response.Body).Decode(&answer)
		response.Body.Close()
		if response.StatusCode != test.status || test.status == 400 && (err != nil || answer.Error == "") {
			t.Errorf("%s: %d %+v (%v), want %d", test.name, response.StatusCode, answer, err, test.status)
		}
		if !strings.HasPrefix(response.Header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: no content security policy", test.name)
		}
	}
}

func TestBrowser_Announcement(t *testing.T) {
	t.Parallel()
	browsertest.Need(t)
	url, _ := start(t)
	page := open(t, url, 1280, 900)
	page.Do(click(`[data-open="C02NEWBIES"]`), click(`#publish`))
	if text := page.Text(`li.message[data-channel="C01GENERAL"][data-user="U0GOPHER"] .text`); text != "A simulated blog: Channels, and what lives in them" {
		t.Errorf("announced %q", text)
	}
	if address := browsertest.Get(page, chromedp.Evaluate[string](`document.querySelector('li.message[data-user="U0GOPHER"] .text a').href`)); address != url+"/blog/2" {
		t.Errorf("it links to %s", address)
	}
	response, err := (&http.Client{Timeout: testenv.Timeout, Transport: &http.Transport{DisableKeepAlives: true}}).Get(url + "/blog/2")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("the link leads to %s", response.Status)
	}
}
