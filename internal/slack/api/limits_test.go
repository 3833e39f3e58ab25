package api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slack-go/slack"

	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// limited is a Slack with rate limits that a test sets, and a client of it.
type limited struct {
	*testing.T
	api   *slack.Client
	limit slackapi.LimitedTransport
	calls atomic.Int32
	ahead atomic.Int64 // of the client's clock

	mu         sync.Mutex
	retryAfter map[string]string // by method and channel; "" limits none
	answer     chan struct{}     // when not nil, calls wait for it to be closed
}

func newLimited(t *testing.T) *limited {
	l := &limited{T: t, retryAfter: map[string]string{}}
	server := httptest.NewServer(l)
	transport := &http.Transport{DisableKeepAlives: true}
	t.Cleanup(server.Close)
	l.limit = slackapi.NewLimits(transport, func() time.Time { return time.Now().Add(time.Duration(l.ahead.Load())) })
	l.api = l.limit.Client("xoxb-1", server.URL+"/")
	return l
}

// ServeHTTP answers a call.
func (l *limited) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.calls.Add(1)
	l.mu.Lock()
	seconds, answer := l.retryAfter[strings.TrimPrefix(r.URL.Path, "/")+" "+r.FormValue("channel")], l.answer
	l.mu.Unlock()
	if answer != nil {
		testenv.Hold(l, answer)
	}
	if seconds != "" {
		w.Header().Set("Retry-After", seconds)
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	_, _ = io.WriteString(w, `{"ok":true,"ts":"1.2"}`)
}

// set limits calls of a method and channel, or with "" no more.
func (l *limited) set(call, seconds string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.retryAfter[call] = seconds
}

func (l *limited) post(channel string) error {
	_, _, err := l.api.PostMessageContext(l.Context(), channel, slack.MsgOptionText("hi", false))
	return err
}

// waits returns how long an error asks to wait, 0 if it is no rate limit.
func waits(err error) time.Duration {
	if limit, ok := errors.AsType[*slack.RateLimitedError](err); ok {
		return limit.RetryAfter
	}
	return 0
}

// TestLimits_OneCallMeetsALimit makes 200 calls at once within a limit of ten seconds: none
// reaches Slack. It makes 200 after the limit: one goes first.
func TestLimits_OneCallMeetsALimit(t *testing.T) {
	t.Parallel()
	l := newLimited(t)
	l.set("chat.postMessage C1", "10")
	if err := l.post("C1"); waits(err) != 10*time.Second {
		t.Fatal(err)
	}
	all := func() []error {
		errs := make([]error, 200)
		var posts sync.WaitGroup
		for i := range errs {
			posts.Go(func() { errs[i] = l.post("C1") })
		}
		testenv.Wait(t, &posts)
		return errs
	}
	for _, err := range all() {
		if wait := waits(err); wait <= 0 || wait > 10*time.Second {
			t.Fatalf("within the limit: %v", err)
		}
	}
	if n := l.calls.Load(); n != 1 {
		t.Fatalf("%d calls, want the one that met the limit", n)
	}

	l.ahead.Store(int64(5 * time.Second))
	if wait := waits(l.post("C1")); wait <= 3*time.Second || wait > 5*time.Second {
		t.Errorf("after five seconds it asks to wait for %v", wait)
	}

	// Slack's answer to the first call after the limit is another limit.
	l.ahead.Store(int64(11 * time.Second))
	for _, err := range all() {
		if wait := waits(err); wait <= 0 || wait > 10*time.Second {
			t.Fatalf("within the second limit: %v", err)
		}
	}
	if n := l.calls.Load(); n != 2 {
		t.Fatalf("%d calls, want one for each limit", n)
	}

	// While the first is under way the others wait; then they may all be made.
	l.set("chat.postMessage C1", "")
	l.mu.Lock()
	l.answer = make(chan struct{})
	l.mu.Unlock()
	l.ahead.Store(int64(22 * time.Second))
	first := make(chan error, 1)
	go func() { first <- l.post("C1") }()
	testenv.Eventually(t, "the first is under way", func() bool { return l.calls.Load() == 3 })
	short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, _, err := l.api.PostMessageContext(short, "C1", slack.MsgOptionText("hi", false)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a call that waits for the first ended with %v", err)
	}
	if n := l.calls.Load(); n != 3 {
		t.Errorf("%d calls, want the first to be alone", n)
	}
	close(l.answer)
	if err := testenv.Next(t, first); err != nil {
		t.Error(err)
	}
	for _, err := range all() {
		if err != nil {
			t.Fatalf("after the limit: %v", err)
		}
	}
	if n := l.limit.Buckets(); n != 0 {
		t.Errorf("%d limits are still known", n)
	}
}

// TestLimits_BucketsAreOfMethodAndChannel limits one bucket and calls others.
func TestLimits_BucketsAreOfMethodAndChannel(t *testing.T) {
	t.Parallel()
	l := newLimited(t)
	l.set("chat.postMessage C1", "30")
	l.set("reactions.add C1", "30")
	react := func(channel string) error {
		return l.api.AddReactionContext(t.Context(), "wave", slack.NewRefToMessage(channel, "1.2"))
	}
	ephemeral := func(channel string) error {
		_, err := l.api.PostEphemeralContext(t.Context(), channel, "U1", slack.MsgOptionText("hi", false))
		return err
	}
	for _, step := range []struct {
		name    string
		call    func(channel string) error
		channel string
		limited bool
		calls   int32 // that reach Slack
	}{
		{"the post that meets the limit", l.post, "C1", true, 1},
		{"a post to the same channel", l.post, "C1", true, 0},
		{"a post to another channel", l.post, "C2", false, 1},
		{"another method that posts", ephemeral, "C1", false, 1},
		{"the reaction that meets the limit", react, "C1", true, 1},
		{"a reaction in another channel", react, "C2", true, 0},
	} {
		before := l.calls.Load()
		err := step.call(step.channel)
		if n := l.calls.Load() - before; n != step.calls || (waits(err) > 0) != step.limited || !step.limited && err != nil {
			t.Errorf("%s: %d calls (%v), want %d", step.name, n, err, step.calls)
		}
	}
}

// TestLimits_ReadWhereTheChannelIs reads it from each form that a call has, and
// leaves the body to Slack.
func TestLimits_ReadWhereTheChannelIs(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, query, media, body string }{
		{"a form", "", "application/x-www-form-urlencoded", "channel=C1&text=hi"},
		{"JSON", "", "application/json; charset=utf-8", `{"channel":"C1","text":"hi"}`},
		{"the address", "?channel=C1", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var bodies []string
			l := slackapi.NewLimits(roundTripper(func(r *http.Request) (*http.Response, error) {
				body, err := io.ReadAll(r.Body)
				bodies = append(bodies, string(body))
				return &http.Response{StatusCode: 429, Header: http.Header{"Retry-After": {"30"}}, Body: http.NoBody}, err
			}), time.Now)
			call := func(query, body string) int {
				before := len(bodies)
				r, err := http.NewRequestWithContext(t.Context(), "POST", "http://slack.example/api/chat.postMessage"+query, strings.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Content-Type", test.media)
				response, err := l.RoundTrip(r)
				if err != nil || response.StatusCode != 429 {
					t.Fatal(response, err)
				}
				return len(bodies) - before
			}
			other := strings.NewReplacer("C1", "C2")
			if first, again, another := call(test.query, test.body), call(test.query, test.body), call(other.Replace(test.query), other.Replace(test.body)); first != 1 || again != 0 || another != 1 {
				t.Errorf("%d calls, %d more of the same bucket and %d of another", first, again, another)
			}
			if bodies[0] != test.body || bodies[1] != other.Replace(test.body) {
				t.Errorf("Slack read %q", bodies)
			}
		})
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestLimits_RetryAfterIsBounded answers with real and with absurd values.
func TestLimits_RetryAfterIsBounded(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for header, want := range map[string]time.Duration{
		"30": 30 * time.Second, " 30 ": 30 * time.Second, "+7": 7 * time.Second, "3600": time.Hour,
		"": time.Second, "0": time.Second, "-5": time.Second, "soon": time.Second, "1.5": time.Second, "0x10": time.Second,
		"3601": time.Hour, "99999999999": time.Hour, "99999999999999999999999": time.Hour, "-99999999999999999999999": time.Second,
		now.Add(90 * time.Second).UTC().Format(http.TimeFormat):       90 * time.Second,
		now.Add(900 * time.Hour).UTC().Format(http.TimeFormat):        time.Hour,
		"Wed, 21 Oct 2015 07:28:00 GMT":                               time.Second,
		"Fri, 31 Dec 9999 23:59:59 GMT":                               time.Hour,
		"Wednesday, 21-Oct-15 07:28:00 GMT, or when it is convenient": time.Second,
	} {
		t.Run(header, func(t *testing.T) {
			t.Parallel()
			l := slackapi.NewLimits(roundTripper(func(*http.Request) (*http.Response, error) {
				h := http.Header{}
				if header != "" {
					h.Set("Retry-After", header)
				}
				return &http.Response{StatusCode: http.StatusTooManyRequests, Header: h, Body: http.NoBody}, nil
			}), func() time.Time { return now })
			// slack-go without retries returns the error at once.
			api := slack.New("xoxb-1", slack.OptionAPIURL("http://slack.example/"), slack.OptionHTTPClient(&http.Client{Timeout: testenv.Timeout, Transport: l}))
			for _, call := range []string{"met", "known"} {
				_, err := api.AuthTestContext(t.Context())
				if got := waits(err); got > want || got < want-time.Second || got < time.Second {
					t.Errorf("a limit that is %s asks to wait for %v (%v), want %v", call, got, err, want)
				}
			}
		})
	}
}

// TestLimits_FirstCallWithoutAnAnswer leaves the place of the first to another.
func TestLimits_FirstCallWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	now, calls := time.Now(), 0
	answers := []any{429, errors.New("connection reset"), context.Canceled, 200, 200}
	l := slackapi.NewLimits(roundTripper(func(*http.Request) (*http.Response, error) {
		answer := answers[calls]
		calls++
		if err, ok := answer.(error); ok {
			return nil, err
		}
		return &http.Response{StatusCode: answer.(int), Header: http.Header{"Retry-After": {"1"}}, Body: http.NoBody}, nil
	}), func() time.Time { return now })
	for i := range answers {
		r, err := http.NewRequestWithContext(t.Context(), "POST", "http://slack.example/api/auth.test", nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.RoundTrip(r); calls != i+1 {
			t.Fatalf("call %d was not made (%v)", i+1, err)
		}
		now = now.Add(2 * time.Second)
	}
	if n := l.Buckets(); n != 0 {
		t.Errorf("%d limits are still known", n)
	}
}

// TestLimits_AreBounded meets a limit in more channels than are remembered, and
// then in another when those are over.
func TestLimits_AreBounded(t *testing.T) {
	t.Parallel()
	now := time.Now()
	l := slackapi.NewLimits(roundTripper(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 429, Header: http.Header{"Retry-After": {"30"}}, Body: http.NoBody}, nil
	}), func() time.Time { return now })
	post := func(channel string) {
		r, err := http.NewRequestWithContext(t.Context(), "POST", "http://slack.example/api/chat.postMessage?channel="+channel, nil)
		if err != nil {
			t.Fatal(err)
		}
		if response, err := l.RoundTrip(r); err != nil || response.StatusCode != 429 {
			t.Fatal(response, err)
		}
	}
	for n := range slackapi.MaxBuckets + 100 {
		post(fmt.Sprint("C", n))
	}
	if n := l.Buckets(); n != slackapi.MaxBuckets {
		t.Errorf("%d limits, want %d", n, slackapi.MaxBuckets)
	}
	now = now.Add(time.Minute)
	post("D1")
	if n := l.Buckets(); n != 1 {
		t.Errorf("%d limits, want the one that lasts", n)
	}
}
