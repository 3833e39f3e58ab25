package httpserver_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/gobridge/gopherbot/internal/httpserver"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve serves h until the test ends or stop is called.
func serve(t testing.TB, h http.HandlerFunc, opts httpserver.Options) (url string, stop func() <-chan error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- httpserver.Run(ctx, l, h, opts)
		close(done)
	}()
	t.Cleanup(func() {
		cancel()
		testenv.Next(t, done)
	})
	return "http://" + l.Addr().String(), func() <-chan error {
		cancel()
		return done
	}
}

func TestRun_FinishesRequests(t *testing.T) {
	t.Parallel()
	entered, leave := make(chan struct{}), make(chan struct{})
	url, stop := serve(t, func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		select {
		case <-leave:
			_, _ = io.WriteString(w, "finished")
		case <-r.Context().Done():
		}
	}, httpserver.Options{})
	body := make(chan string, 1)
	go func() {
		client := http.Client{Timeout: testenv.Timeout, Transport: &http.Transport{DisableKeepAlives: true}}
		response, err := client.Get(url)
		if err != nil {
			body <- err.Error()
			return
		}
		defer response.Body.Close()
		b, _ := io.ReadAll(response.Body) // what is missing is told by what is there
		body <- string(b)
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

func TestRun_StopTimeout(t *testing.T) {
	t.Parallel()
	entered := make(chan struct{})
	url, stop := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
	}, httpserver.Options{StopTimeout: time.Millisecond})
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		client := http.Client{Timeout: testenv.Timeout, Transport: &http.Transport{DisableKeepAlives: true}}
		if response, err := client.Get(url); err == nil {
			response.Body.Close()
		}
	}()
	testenv.Next(t, entered)
	if err := testenv.Next(t, stop()); err == nil {
		t.Error("no error although a request was cut off")
	}
	testenv.Next(t, gone)
}

func TestRun_CutsOffSlowRequests(t *testing.T) {
	t.Parallel()
	url, _ := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err != nil {
			panic(http.ErrAbortHandler)
		}
	}, httpserver.Options{ReadTimeout: 50 * time.Millisecond})
	const header = "POST /slack/event HTTP/1.1\r\nHost: x\r\n"
	for name, sent := range map[string]string{
		"nothing": "",
		"header":  header,
		"body":    header + "Content-Length: 10\r\n\r\n123456789",
		"chunk":   header + "Transfer-Encoding: chunked\r\n\r\n5\r\nabc",
		"no body": header + "Content-Length: 10\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := dial(t, url)
			send(t, conn, sent)
			if answer, err := io.ReadAll(conn); err != nil || len(answer) > 0 {
				t.Errorf("%q (%v), want a closed connection", answer, err)
			}
		})
	}
}

// TestRun_BodyAfterTheAnswer reads from a body after the handler has returned, while the
// connection has another request.
func TestRun_BodyAfterTheAnswer(t *testing.T) {
	t.Parallel()
	kept := make(chan io.Reader, 2)
	url, _ := serve(t, func(_ http.ResponseWriter, r *http.Request) { kept <- r.Body }, httpserver.Options{})
	conn := dial(t, url)
	for range 2 {
		send(t, conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")
		if status, _ := answer(t, conn); status != 200 {
			t.Fatal(status)
		}
	}
	if n, err := testenv.Next(t, kept).Read(make([]byte, 5)); n > 0 || !errors.Is(err, http.ErrBodyReadAfterClose) {
		t.Errorf("%d bytes, %v", n, err)
	}
}

// TestRun_AnswersBeforeTheBody answers requests whose bodies are not read, and closes the
// connection: the client gets the answer, although it is still sending.
func TestRun_AnswersBeforeTheBody(t *testing.T) {
	t.Parallel()
	url, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "close")
		w.WriteHeader(http.StatusUnauthorized)
	}, httpserver.Options{})
	for name, test := range map[string]struct {
		request string
		want    int
	}{
		"length":       {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n" + strings.Repeat("x", 3_000_000), 401},
		"chunks":       {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2dc6c0\r\n" + strings.Repeat("x", 3_000_000), 401},
		"long header":  {"POST / HTTP/1.1\r\nHost: x\r\nX-A: " + strings.Repeat("x", 100_000) + "\r\n\r\n", 431},
		"not a header": {"POST / HTTP/1.1\r\nHost\r\n\r\n" + strings.Repeat("x", 100_000), 400},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range 10 {
				conn := dial(t, url)
				send(t, conn, test.request)
				if all, err := io.ReadAll(conn); err != nil || !strings.HasPrefix(string(all), fmt.Sprintf("HTTP/1.1 %d ", test.want)) {
					t.Errorf("%.40q, %v; want %d", all, err, test.want)
				}
			}
		})
	}
}

// TestRun_BrokenBodyIsNotQuoted reads bodies that are malformed. Their errors are logged, so they
// must not have what the client sent.
func TestRun_BrokenBodyIsNotQuoted(t *testing.T) {
	t.Parallel()
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		fmt.Fprintf(w, "error: %v", err)
	}, httpserver.Options{})
	for name, body := range map[string]string{
		"trailer's value": "0\r\nX-T: hunter2\x01\r\n\r\n",
		"no trailer":      "0\r\nhunter2\r\n\r\n",
		"length":          "hunter2\r\nabc\r\n0\r\n\r\n",
		"end of a chunk":  "3\r\nabchunter2\r\n0\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := dial(t, url)
			send(t, conn, "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"+body+"GET /hunter2 HTTP/1.1\r\n\r\n")
			if _, got := answer(t, conn); strings.Contains(got, "hunter2") || got == "error: <nil>" {
				t.Errorf("%.300s", got)
			}
		})
	}
}

// TestRun_EmptyLineBetweenRequests sends an empty line behind a body, in two parts, and the next
// request later than a request may take: the line is not the begin of one.
func TestRun_EmptyLineBetweenRequests(t *testing.T) {
	t.Parallel()
	url, _ := serve(t, func(http.ResponseWriter, *http.Request) {}, httpserver.Options{ReadTimeout: 100 * time.Millisecond})
	conn := dial(t, url)
	send(t, conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi\r")
	if status, _ := answer(t, conn); status != http.StatusOK {
		t.Fatal(status)
	}
	for _, part := range []string{"\n", get} {
		testenv.Next(t, time.After(200*time.Millisecond))
		send(t, conn, part)
	}
	if status, _ := answer(t, conn); status != http.StatusOK {
		t.Error(status)
	}
}

// TestRun_ContextEndsWithTheHandler ends what a handler has left behind.
func TestRun_ContextEndsWithTheHandler(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{})
	url, _ := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		if r.Context().Err() == nil {
			context.AfterFunc(r.Context(), func() { close(ended) })
		}
	}, httpserver.Options{})
	conn := dial(t, url)
	send(t, conn, get)
	if status, _ := answer(t, conn); status != http.StatusOK {
		t.Error(status)
	}
	testenv.Next(t, ended)
}
