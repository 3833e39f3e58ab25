package slack_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/gateway/slack"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	appID  = "A0GOPHER"
	teamID = "T0GOPHER"
	secret = "8f742231b10e8888abcd99yyyzzz85a5"
)

var now = time.Unix(1763660000, 0)

// queue is a Publisher that keeps what it is given.
type queue struct {
	mu     sync.Mutex
	events []workqueue.Event
	result workqueue.Result
	err    error
	left   time.Duration // until the deadline of the last call
}

func (q *queue) Publish(ctx context.Context, e workqueue.Event) (workqueue.Result, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if deadline, ok := ctx.Deadline(); ok {
		q.left = time.Until(deadline)
	}
	if q.err != nil {
		return 0, q.err
	}
	q.events = append(q.events, e)
	return q.result, nil
}

// door is a gateway with Slack's endpoints, on real HTTP.
type door struct {
	*testing.T
	url     string
	queue   *queue
	log     *bytes.Buffer
	answers []gateway.Result
}

func open(t *testing.T) *door {
	t.Helper()
	d := &door{T: t, queue: &queue{result: workqueue.Queued}, log: &bytes.Buffer{}}
	g, err := slack.New(slack.Options{
		AppID: appID, TeamID: teamID, SigningSecrets: []string{secret, "the old secret"},
		Publisher: d.queue,
		Now:       func() time.Time { return now },
		Log:       zerolog.New(d.log),
		Observe: func(ctx context.Context, _ gateway.Meta) (context.Context, func(gateway.Result)) {
			return ctx, func(a gateway.Result) { d.answers = append(d.answers, a) }
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	s := gateway.New(zerolog.Nop())
	for pattern, h := range g.Routes() {
		s.Handle(pattern, h)
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	d.url = server.URL + "/slack/event"
	return d
}

// signed returns a request with body, signed now.
func (d *door) signed(body string) *http.Request {
	d.Helper()
	r, err := http.NewRequestWithContext(d.Context(), "POST", d.url, strings.NewReader(body))
	if err != nil {
		d.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	slack.Sign(r.Header, []byte(body), secret, now)
	return r
}

func (d *door) send(r *http.Request) (status int, body string) {
	d.Helper()
	client := http.Client{Timeout: testenv.Timeout, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(r)
	if err != nil {
		d.Fatal(err)
	}
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	if err != nil {
		d.Fatal(err)
	}
	if response.Header.Get("X-Request-ID") == "" {
		d.Error("an answer without X-Request-ID")
	}
	return response.StatusCode, string(b)
}

// post sends a form to an endpoint, signed now.
func (d *door) post(path string, form url.Values) (status int, body string) {
	d.Helper()
	encoded := form.Encode()
	r := d.signed(encoded)
	r.URL.Path = path
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return d.send(r)
}

// envelope wraps an inner event as Slack does.
func envelope(inner string) string {
	return fmt.Sprintf(`{"token":"deprecated","team_id":%q,"api_app_id":%q,"type":"event_callback","event_id":"Ev1",`+
		`"event_time":1763660000,"authorizations":[{"team_id":%q}],"event":%s}`, teamID, appID, teamID, inner)
}

const message = `{"type":"message","channel":"C1","channel_type":"channel","user":"U1","text":"a \u003c b","ts":"1763659999.000200","blocks":[{"type":null}]}`

func TestSlackIngress_405SaysWhatIsAllowed(t *testing.T) {
	t.Parallel()
	d := open(t)
	r := d.signed("")
	r.Method = "DELETE"
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	defer response.Body.Close()
	if allow := response.Header.Get("Allow"); allow != "POST" {
		t.Errorf("Allow: %q", allow)
	}
}

func TestSlackIngress_ShortBodyClosesTheConnection(t *testing.T) {
	t.Parallel()
	d := open(t)
	host := strings.TrimSuffix(strings.TrimPrefix(d.url, "http://"), "/slack/event")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "POST /slack/event HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n"+
		"X-Slack-Request-Timestamp: %d\r\nX-Slack-Signature: v0=%064d\r\n\r\n{", now.Unix(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if answer, err := io.ReadAll(conn); err != nil || len(answer) > 0 {
		t.Errorf("answered %q (%v)", answer, err)
	}
}

func TestSlackIngress_PayloadIsTheInnerEvent(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.send(d.signed(envelope(message)))
	if got := string(d.queue.events[0].Payload); got != message {
		t.Errorf("%s\nwant\n%s", got, message)
	}
}

func TestSlackIngress_BrokenMessagesAreNotLogged(t *testing.T) {
	t.Parallel()
	d := open(t)
	if status, _ := d.send(d.signed(`{"type":"event_callback" "event":{"text":"a private matter"}}`)); status != 400 {
		t.Error(status)
	}
	if log := d.log.String(); strings.Contains(log, "private") || !strings.Contains(log, "bad_request") {
		t.Error(log)
	}
}

func TestSlackIngress_LongHeadersAreCutInTheLog(t *testing.T) {
	t.Parallel()
	d := open(t)
	r := d.signed(envelope(message))
	r.Header.Set("Content-Type", strings.Repeat("x", 20_000))
	r.Header.Set("X-Slack-Retry-Num", strings.Repeat("1", 5_000))
	d.send(r)
	if d.log.Len() > 1000 {
		t.Errorf("%d bytes in the log for one request", d.log.Len())
	}
}

func TestSlackIngress_PublishTimeout(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.send(d.signed(envelope(message)))
	if d.queue.left <= 0 || d.queue.left > 2500*time.Millisecond {
		t.Errorf("the queue may take %v", d.queue.left)
	}
}

func TestSlackIngress_Challenge(t *testing.T) {
	t.Parallel()
	d := open(t)
	status, body := d.send(d.signed(`{"token":"x","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P","type":"url_verification"}`))
	if status != 200 || body != "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P" {
		t.Errorf("%d %q", status, body)
	}
}

func TestSlackIngress_SecretRotation(t *testing.T) {
	t.Parallel()
	d := open(t)
	r := d.signed(envelope(message))
	slack.Sign(r.Header, []byte(envelope(message)), "the old secret", now)
	if status, _ := d.send(r); status != 200 {
		t.Error(status)
	}
}

func TestVerify_TimestampWindow(t *testing.T) {
	t.Parallel()
	for _, skew := range []time.Duration{-300 * time.Second, 300 * time.Second} {
		d := open(t)
		r := d.signed(envelope(message))
		slack.Sign(r.Header, []byte(envelope(message)), secret, now.Add(skew))
		if status, _ := d.send(r); status != 200 {
			t.Errorf("%v: %d", skew, status)
		}
	}
}

func TestSlackIngress_QueueOutcomes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		result workqueue.Result
		err    error
		status int
		want   gateway.Outcome
	}{
		{workqueue.Duplicate, nil, 200, gateway.Duplicate},
		{0, workqueue.ErrFull, 503, gateway.Unavailable},
		{0, errors.New("no route to Redis"), 503, gateway.Unavailable},
		{0, context.DeadlineExceeded, 503, gateway.Unavailable},
	} {
		d := open(t)
		d.queue.result, d.queue.err = test.result, test.err
		if status, _ := d.send(d.signed(envelope(message))); status != test.status || d.answers[0].Outcome != test.want {
			t.Errorf("%v, %v: %d %s", test.result, test.err, status, d.answers[0].Outcome)
		}
	}
}

// The test vector of Slack's page "Verifying requests from Slack".
func TestVerify_PublishedSignature(t *testing.T) {
	t.Parallel()
	const body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
	header := http.Header{}
	slack.Sign(header, []byte(body), secret, time.Unix(1531420618, 0))
	if got := header.Get("X-Slack-Signature"); got != "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503" {
		t.Error(got)
	}
}

func TestNew_WithoutASecretHasNoEndpoints(t *testing.T) {
	t.Parallel()
	g, err := slack.New(slack.Options{TeamID: teamID, Publisher: &queue{}})
	if err != nil || len(g.Routes()) > 0 {
		t.Errorf("%v, %v", g.Routes(), err)
	}
}

func TestNew_RequiresOptions(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string]slack.Options{
		"nothing":         {},
		"no team":         {AppID: appID, Publisher: &queue{}, SigningSecrets: []string{secret}},
		"no publisher":    {AppID: appID, TeamID: teamID, SigningSecrets: []string{secret}},
		"no app for HTTP": {TeamID: teamID, Publisher: &queue{}, SigningSecrets: []string{secret}},
		"an empty secret": {AppID: appID, TeamID: teamID, Publisher: &queue{}, SigningSecrets: []string{""}},
	} {
		if _, err := slack.New(opts); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
