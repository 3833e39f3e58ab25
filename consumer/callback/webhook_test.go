package callback

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

const whsec = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

func secret(t *testing.T) []byte {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(whsec)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// hook returns a webhook to a server, which listens on the loopback interface.
func hook(t *testing.T, serve http.HandlerFunc, opts WebhookOptions) handler.CallbackFunc {
	t.Helper()
	server := httptest.NewServer(serve)
	t.Cleanup(server.Close)
	opts.URL, opts.Transport = server.URL+"/secret-path", server.Client().Transport
	post, err := Webhook(opts)
	if err != nil {
		t.Fatal(err)
	}
	return post
}

// TestSign has the vector of the Standard Webhooks libraries.
func TestSign(t *testing.T) {
	t.Parallel()
	got := sign(secret(t), "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`))
	if got != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Error(got)
	}
}

// TestWebhook_IsSigned has the requests judged by the library that receivers use.
func TestWebhook_IsSigned(t *testing.T) {
	t.Parallel()
	judge, err := standardwebhooks.NewWebhook("whsec_" + whsec)
	if err != nil {
		t.Fatal(err)
	}
	requests := make(chan *http.Request, 2)
	bodies := make(chan []byte, 2)
	serve := func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		requests <- r
		bodies <- body
	}
	c := message()
	c.Truncated = true
	if err := hook(t, serve, WebhookOptions{Secret: secret(t)})(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	r, body := testenv.Next(t, requests), testenv.Next(t, bodies)
	if err := judge.Verify(body, r.Header); err != nil {
		t.Error(err)
	}
	if err := judge.Verify(append(body, ' '), r.Header); err == nil {
		t.Error("the judge accepts another body")
	}
	for name, want := range map[string]string{
		"Content-Type": "application/json", "X-Express-Event": "message_public", "X-Express-Sync-ID": "C1/1.2", "Webhook-Id": "msg_1", "X-Gopher-Truncated": "true",
	} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if r.Method != http.MethodPost || string(body) != string(c.Body) {
		t.Errorf("%s %s", r.Method, body)
	}

	c = message()
	c.Body = []byte(`{"sync_id":"a\r\nX-Admin: true"}`)
	if err := hook(t, serve, WebhookOptions{})(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if r := testenv.Next(t, requests); r.Header.Get("webhook-signature") != "" || r.Header.Get("X-Express-Sync-ID") != "" ||
		r.Header.Get("X-Gopher-Truncated") != "" || r.Header.Get("webhook-id") != "msg_1" {
		t.Errorf("without a secret: %v", r.Header)
	}
}

func TestWebhook_Outcomes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status     int
		attempt    int
		retryAfter string
		want       string // "ok", "reject", "retry" or the time of RetryAfter
	}{
		{status: 200, want: "ok"},
		{status: 204, want: "ok"},
		{status: 302, want: "retry"},
		{status: 307, want: "retry"},
		{status: 400, want: "reject"},
		{status: 401, want: "retry"},
		{status: 403, want: "retry"},
		{status: 404, attempt: 2, want: "retry"},
		{status: 404, attempt: 3, want: "reject"},
		{status: 408, want: "retry"},
		{status: 410, want: "reject"},
		{status: 413, want: "reject"},
		{status: 422, want: "reject"},
		{status: 429, want: "retry"},
		{status: 429, retryAfter: "17", want: "17s"},
		{status: 500, retryAfter: "17", want: "retry"},
		{status: 500, want: "retry"},
		{status: 502, want: "retry"},
		{status: 503, retryAfter: "7", want: "7s"},
	} {
		t.Run(strconv.Itoa(test.status)+test.retryAfter, func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int64
			c := message()
			c.Attempt = max(test.attempt, 1)
			err := hook(t, func(w http.ResponseWriter, _ *http.Request) {
				requests.Add(1)
				if test.status < 400 {
					w.Header().Set("Location", "/elsewhere")
				}
				if test.retryAfter != "" {
					w.Header().Set("Retry-After", test.retryAfter)
				}
				w.WriteHeader(test.status)
				if test.status != 204 {
					_, _ = io.WriteString(w, "secret answer")
				}
			}, WebhookOptions{})(t.Context(), c)
			got := "retry"
			if _, ok := errors.AsType[*workqueue.RejectError](err); ok {
				got = "reject"
			} else if again, ok := errors.AsType[*workqueue.RetryError](err); ok {
				got = again.After.String()
			} else if err == nil {
				got = "ok"
			}
			if got != test.want || requests.Load() != 1 || err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("%s after %d requests, want %s: %v", got, requests.Load(), test.want, err)
			}
		})
	}
}

// TestWebhook_IsBounded has servers that do not answer, answer without end, and hang up.
func TestWebhook_IsBounded(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		serve http.HandlerFunc
		ok    bool
	}{
		"silence": {serve: func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body); <-r.Context().Done() }},
		"an endless answer": {ok: true, serve: func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 32<<10)); err != nil {
					return
				}
			}
		}},
		"an answer that does not end": {ok: true, serve: func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.WriteHeader(http.StatusOK)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}},
		"no answer": {serve: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			err := hook(t, test.serve, WebhookOptions{Timeout: 500 * time.Millisecond})(t.Context(), message())
			if (err == nil) != test.ok || time.Since(began) > 10*time.Second {
				t.Errorf("%v after %v", err, time.Since(began))
			}
			if err != nil && (strings.Contains(err.Error(), "secret-path") || strings.Contains(err.Error(), "127.0.0.1/")) {
				t.Errorf("the error has the address: %v", err)
			}
		})
	}
}

func TestWebhook_RefusesOptions(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"https://hooks.example.com/x":           true,
		"http://127.0.0.1:8080/":                true,
		"http://[::1]/":                         true,
		"http://localhost/":                     true,
		"http://hooks.example.com/secret":       false,
		"http://127.0.0.1.example.com/":         false,
		"ftp://hooks.example.com/":              false,
		"https://user:secret@hooks.example.com": false,
		"https:///x":                            false,
		"hooks.example.com":                     false,
		"":                                      false,
		"https://a b/secret":                    false,
	} {
		_, err := Webhook(WebhookOptions{URL: address, Transport: http.DefaultTransport})
		if (err == nil) != want || err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", address, err)
		}
	}
	if _, err := Webhook(WebhookOptions{URL: "http://hooks.example.com/", AllowHTTP: true, Transport: http.DefaultTransport}); err != nil {
		t.Error(err)
	}
	if _, err := Webhook(WebhookOptions{URL: "https://hooks.example.com/", Timeout: MaxWebhookTimeout + 1, Transport: http.DefaultTransport}); err == nil {
		t.Error("a timeout that is too long is accepted")
	}
}
