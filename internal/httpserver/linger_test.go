package httpserver_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/httpserver"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// tardy is a listener that leaves connections waiting until it may accept them,
// as a busy machine does.
type tardy struct {
	net.Listener
	may, closed chan struct{}
	once        sync.Once
}

func (l *tardy) Accept() (net.Conn, error) {
	select {
	case <-l.may:
	case <-l.closed:
	case <-time.After(testenv.Timeout):
	}
	return l.Listener.Accept()
}

func (l *tardy) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// TestRun_LingersForLateRequests sends a request that the process has not accepted yet
// when it is told to stop, and others after that. A listener that is closed resets
// those that wait.
func TestRun_LingersForLateRequests(t *testing.T) {
	t.Parallel()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &tardy{Listener: inner, may: make(chan struct{}), closed: make(chan struct{})}
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "answered") })
	go func() {
		stopped <- httpserver.Run(ctx, l, h, httpserver.Options{Linger: testenv.Timeout, Quiet: 2 * time.Second})
	}()

	url := "http://" + inner.Addr().String()
	conn, err := net.Dial("tcp", inner.Addr().String()) // it waits to be accepted
	if err != nil {
		t.Fatal(err)
	}
	waiting := http.Client{Timeout: testenv.Timeout, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext:       func(context.Context, string, string) (net.Conn, error) { return conn, nil },
	}}
	cancel()
	close(l.may)
	if body, err := read(waiting.Get(url)); body != "answered" {
		t.Errorf("the request that waited is answered %q (%v)", body, err)
	}
	late := http.Client{Timeout: testenv.Timeout, Transport: &http.Transport{}}
	defer late.CloseIdleConnections()
	testenv.Eventually(t, "late requests are answered, and their connections closed", func() bool {
		response, err := late.Get(url)
		body, _ := read(response, err)
		return body == "answered" && response.Close
	})
	if err := testenv.Next(t, stopped); err != nil {
		t.Error(err)
	}
}

// read returns the body of a response, and closes it.
func read(response *http.Response, err error) (string, error) {
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return string(body), err
}

// TestRun_LingerIsBounded asks it again and again.
func TestRun_LingerIsBounded(t *testing.T) {
	t.Parallel()
	const longest = time.Second
	url, stop := serve(t, func(http.ResponseWriter, *http.Request) {}, httpserver.Options{Linger: longest, Quiet: longest})
	client := http.Client{Timeout: testenv.Timeout, Transport: &http.Transport{DisableKeepAlives: true}}
	begun := time.Now()
	done := stop()
	for {
		select {
		case err := <-done:
			if took := time.Since(begun); err != nil || took < longest {
				t.Errorf("%v, after %v: want it to linger while requests come", err, took)
			}
			return
		default:
			_, _ = read(client.Get(url)) // is refused in the end
		}
	}
}

// TestRun_FinishesRequestsBehindOthers stops while the second of two requests is answered that
// came together: both are answered.
func TestRun_FinishesRequestsBehindOthers(t *testing.T) {
	t.Parallel()
	entered, leave := make(chan struct{}), make(chan struct{})
	url, stop := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			close(entered)
			testenv.Hold(t, leave)
		}
		_, _ = io.WriteString(w, "answer of "+r.URL.Path)
	}, httpserver.Options{Quiet: time.Millisecond})
	conn := dial(t, url)
	send(t, conn, get+strings.Replace(get, "/", "/slow", 1))
	testenv.Next(t, entered)
	stopped := stop()
	time.AfterFunc(300*time.Millisecond, func() { close(leave) }) // idle connections are closed by then
	all, err := io.ReadAll(conn)
	if err != nil || strings.Count(string(all), "answer of /") != 2 {
		t.Errorf("%q (%v)", all, err)
	}
	if err := testenv.Next(t, stopped); err != nil {
		t.Error(err)
	}
}
