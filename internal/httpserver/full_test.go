package httpserver_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/httpserver"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestMaxConns_BusyOnesMakeRoom has all connections taken by clients that ask again at once: each
// loses its place after an answer, so that others get one.
func TestMaxConns_BusyOnesMakeRoom(t *testing.T) {
	t.Parallel()
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.URL.Path) }, httpserver.Options{MaxConns: 3})
	busy := make(chan bool, 3)
	for range 3 {
		conn := dial(t, url)
		go func() {
			answers := bufio.NewReader(conn)
			for first := true; ; first = false {
				_, _ = io.WriteString(conn, get) // it may be closed
				response, err := http.ReadResponse(answers, nil)
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, response.Body)
				response.Body.Close()
				if first {
					busy <- true
				}
			}
		}()
		testenv.Next(t, busy)
	}
	further := dial(t, url)
	send(t, further, strings.Replace(get, "/", "/further", 1))
	if _, body := answer(t, further); body != "/further" {
		t.Errorf("answered %q", body)
	}
}

// TestMaxConns_HandlersAreNotCut has the server full while a handler works that has sent something
// before: its connection is not one that waits for its client.
func TestMaxConns_HandlersAreNotCut(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		request string
		begin   func(w http.ResponseWriter, r *http.Request)
		want    string
	}{
		"after 100 Continue": {
			"POST /slow HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
			func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }, "end",
		},
		"after a part of the answer": {
			"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n",
			func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "20003")
				_, _ = w.Write(make([]byte, 20_000))
			},
			strings.Repeat("\x00", 20_000) + "end",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			entered, leave := make(chan struct{}), make(chan struct{})
			url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/slow" {
					test.begin(w, r)
					close(entered)
					testenv.Hold(t, leave)
					_, _ = io.WriteString(w, "end")
				}
			}, httpserver.Options{MaxConns: 1})
			slow := dial(t, url)
			send(t, slow, test.request)
			testenv.Next(t, entered)
			further := dial(t, url)
			send(t, further, get)
			time.AfterFunc(time.Second, func() { close(leave) }) // longer than a connection may be stalled
			answers := bufio.NewReader(slow)
			response, err := http.ReadResponse(answers, nil)
			if err == nil && response.StatusCode == http.StatusContinue {
				response, err = http.ReadResponse(answers, nil)
			}
			if err != nil {
				t.Fatal(err)
			}
			if body, err := io.ReadAll(response.Body); string(body) != test.want {
				t.Errorf("%d bytes (%v), want %d", len(body), err, len(test.want))
			}
			if status, _ := answer(t, further); status != http.StatusOK {
				t.Errorf("the further one: %d", status)
			}
		})
	}
}

// TestMaxConns_BodiesMakeRoom has all connections taken by clients that send a part of a body,
// which a handler reads or not.
func TestMaxConns_BodiesMakeRoom(t *testing.T) {
	t.Parallel()
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/read" {
			_, _ = io.Copy(io.Discard, r.Body)
		}
	}, httpserver.Options{MaxConns: 2, ReadTimeout: testenv.Timeout})
	for _, path := range []string{"/read", "/unread"} {
		send(t, dial(t, url), fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhi", path))
	}
	for range 2 {
		next := dial(t, url)
		send(t, next, get)
		if status, _ := answer(t, next); status != http.StatusOK {
			t.Errorf("answered %d", status)
		}
	}
}

// TestMaxConns_NobodyWaits has all connections taken, and nobody who waits for one: they stay, however
// long they are idle.
func TestMaxConns_NobodyWaits(t *testing.T) {
	t.Parallel()
	url, _ := serve(t, func(http.ResponseWriter, *http.Request) {}, httpserver.Options{MaxConns: 2})
	conns := []net.Conn{dial(t, url), dial(t, url)}
	for round := range 2 {
		for _, conn := range conns {
			send(t, conn, get)
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatalf("round %d: %v", round, err)
			}
			response.Body.Close()
			if response.Close {
				t.Errorf("round %d: the connection is closed", round)
			}
		}
		testenv.Next(t, time.After(500*time.Millisecond)) // longer than a connection may be stalled
	}
}
