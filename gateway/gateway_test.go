package gateway_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/internal/testenv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve runs s until the test ends or stop is called.
func serve(t *testing.T, s *gateway.Server) (url string, stop func() <-chan error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- s.Run(ctx, l)
		close(done)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return "http://" + l.Addr().String(), func() <-chan error {
		cancel()
		return done
	}
}

func get(t *testing.T, method, url string, header http.Header) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if header != nil {
		r.Header = header
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

func TestHealth(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		path   string
		redis  error
		status int
	}{
		{"/healthz", nil, 200},
		{"/readyz", nil, 200},
		{"/healthz", errors.New("away"), 200},
		{"/readyz", errors.New("away"), 503},
		{"/nowhere", nil, 404},
	} {
		url, _ := serve(t, gateway.New(gateway.Options{Ready: func(context.Context) error { return test.redis }}))
		if response, _ := get(t, "GET", url+test.path, nil); response.StatusCode != test.status {
			t.Errorf("%s with Redis %v: %d, want %d", test.path, test.redis, response.StatusCode, test.status)
		}
	}
}

func TestEveryAnswerHasARequestID(t *testing.T) {
	t.Parallel()
	s := gateway.New(gateway.Options{Ready: func(context.Context) error { return nil }})
	s.Handle("GET /echo", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Header.Get(gateway.RequestIDHeader))
	}))
	url, _ := serve(t, s)
	for name, test := range map[string]struct {
		sent string
		kept bool
	}{
		"none":      {"", false},
		"good":      {"9b2d5f3e-0000-4000-8000-000000000001", true},
		"injection": {"a b", false},
		"too long":  {strings.Repeat("a", 129), false},
	} {
		response, seen := get(t, "GET", url+"/echo", http.Header{gateway.RequestIDHeader: {test.sent}})
		id := response.Header.Get("X-Request-ID")
		if id == "" || id != seen || (id == test.sent) != test.kept {
			t.Errorf("%s: sent %q, answered %q, handler saw %q", name, test.sent, id, seen)
		}
	}
	if response, _ := get(t, "GET", url+"/nowhere", nil); response.Header.Get("X-Request-ID") == "" {
		t.Error("a 404 has none")
	}
}

func TestStoppingFinishesRequests(t *testing.T) {
	t.Parallel()
	s := gateway.New(gateway.Options{Ready: func(context.Context) error { return nil }})
	entered, leave := make(chan struct{}), make(chan struct{})
	s.Handle("GET /slow", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		select {
		case <-leave:
			_, _ = io.WriteString(w, "finished")
		case <-r.Context().Done():
		}
	}))
	url, stop := serve(t, s)
	body := make(chan string, 1)
	go func() {
		_, b := get(t, "GET", url+"/slow", nil)
		body <- b
	}()
	testenv.Next(t, entered)
	stopped := stop()
	close(leave)
	if got := testenv.Next(t, body); got != "finished" {
		t.Errorf("the request in flight got %q", got)
	}
	if err := testenv.Next(t, stopped); err != nil {
		t.Error(err)
	}
}

func TestStoppingDoesNotWaitForever(t *testing.T) {
	t.Parallel()
	s := gateway.New(gateway.Options{
		Ready:       func(context.Context) error { return nil },
		StopTimeout: time.Millisecond,
	})
	entered := make(chan struct{})
	s.Handle("GET /stuck", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
	}))
	url, stop := serve(t, s)
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		if response, err := client.Get(url + "/stuck"); err == nil {
			response.Body.Close()
		}
	}()
	testenv.Next(t, entered)
	if err := testenv.Next(t, stop()); err == nil {
		t.Error("no error although a request was cut off")
	}
	testenv.Next(t, gone)
}

func TestASlowRequestIsCutOff(t *testing.T) {
	t.Parallel()
	s := gateway.New(gateway.Options{
		Ready:       func(context.Context) error { return nil },
		ReadTimeout: 50 * time.Millisecond,
	})
	url, _ := serve(t, s)
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "POST /slack/event HTTP/1.1\r\nHost: x\r\n"); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetDeadline(time.Now().Add(testenv.Patience)); err != nil {
		t.Fatal(err)
	}
	if answer, err := io.ReadAll(conn); err != nil || len(answer) > 0 {
		t.Errorf("%q (%v), want a closed connection", answer, err)
	}
}

// TestWhatAHandlerPanicsWithIsNotLogged is because it may quote the request.
func TestWhatAHandlerPanicsWithIsNotLogged(t *testing.T) {
	t.Parallel()
	log := &testenv.Log{}
	s := gateway.New(gateway.Options{Ready: func(context.Context) error { return nil }, Log: zerolog.New(log)})
	s.Handle("GET /says", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("what somebody said") }))
	s.Handle("GET /errs", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _ = r.Form["x"][3] }))
	s.Handle("GET /cuts", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	url, _ := serve(t, s)
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for _, path := range []string{"/says", "/errs", "/cuts"} {
		if response, err := client.Get(url + path); err == nil {
			response.Body.Close()
			t.Errorf("%s: answered %d", path, response.StatusCode)
		}
	}
	for _, want := range []string{`"panic":"a value of type string"`, "index out of range [3]", "gateway_test.go:", `"request_id":"`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("not in the log: %s\n%s", want, log)
		}
	}
	if strings.Contains(log.String(), "what somebody said") || strings.Count(log.String(), "\n") != 2 {
		t.Errorf("logged %s", log)
	}
}
