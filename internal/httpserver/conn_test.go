package httpserver_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/httpserver"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

func dial(t *testing.T, url string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(testenv.Timeout)); err != nil {
		t.Fatal(err)
	}
	return conn
}

func send(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
}

// answer reads an answer and leaves the connection open.
func answer(t *testing.T, conn net.Conn) (status int, body string) {
	t.Helper()
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(b)
}

const get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

// TestMaxConns_StalledOnesMakeRoom has all connections taken by those that send
// nothing, send half a header, or are idle after a request.
func TestMaxConns_StalledOnesMakeRoom(t *testing.T) {
	t.Parallel()
	url, _ := serve(t, func(http.ResponseWriter, *http.Request) {}, httpserver.Options{MaxConns: 3, ReadTimeout: testenv.Timeout})
	silent, slow, idle := dial(t, url), dial(t, url), dial(t, url)
	send(t, slow, "GET / HTTP/1.1\r\nHost:")
	send(t, idle, get)
	if status, _ := answer(t, idle); status != 200 {
		t.Fatal(status)
	}
	for i := range 3 {
		next := dial(t, url)
		send(t, next, get)
		if status, _ := answer(t, next); status != 200 {
			t.Errorf("connection %d: %d", i, status)
		}
	}
	for name, conn := range map[string]net.Conn{"silent": silent, "slow": slow, "idle": idle} {
		if rest, err := io.ReadAll(conn); len(rest) > 0 {
			t.Errorf("the %s one: %q (%v), want it closed", name, rest, err)
		}
	}
}

// TestMaxConns_RequestsAreFinished has all connections taken by requests that are
// being answered, one of which came right behind another: a further one waits.
func TestMaxConns_RequestsAreFinished(t *testing.T) {
	t.Parallel()
	entered, leave := make(chan struct{}), make(chan struct{})
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			entered <- struct{}{}
			testenv.Hold(t, leave)
		}
		_, _ = io.WriteString(w, r.URL.Path)
	}, httpserver.Options{MaxConns: 2})
	slow, pipelined, further := dial(t, url), dial(t, url), dial(t, url)
	send(t, slow, "POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 400\r\n\r\n"+strings.Repeat("\n", 400)) // no header's lines
	testenv.Next(t, entered)
	send(t, pipelined, get+strings.Replace(get, "/", "/slow", 1))
	testenv.Next(t, entered)
	send(t, further, get)
	testenv.Next(t, time.After(time.Second)) // longer than a connection may be stalled
	close(leave)
	if _, body := answer(t, slow); body != "/slow" {
		t.Errorf("the slow one: %q", body)
	}
	behind := bufio.NewReader(pipelined)
	for _, want := range []string{"/", "/slow"} {
		response, err := http.ReadResponse(behind, nil)
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(response.Body); string(body) != want {
			t.Errorf("one behind the other: %q (%v), want %q", body, err, want)
		}
	}
	if _, body := answer(t, further); body != "/" {
		t.Errorf("the further one: %q", body)
	}
}

func TestMaxConns_StopsWhileFull(t *testing.T) {
	t.Parallel()
	url, stop := serve(t, func(http.ResponseWriter, *http.Request) {}, httpserver.Options{MaxConns: 1})
	send(t, dial(t, url), get)
	dial(t, url)
	if err := testenv.Next(t, stop()); err != nil {
		t.Error(err)
	}
}

func TestHeader_Bounds(t *testing.T) {
	t.Parallel()
	url, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }, httpserver.Options{})
	lines := func(n int) string {
		var s strings.Builder
		for i := range n {
			fmt.Fprintf(&s, "%x:\r\n", i)
		}
		return s.String()
	}
	for _, test := range []struct {
		name, header string
		ok           bool
	}{
		{"usual", "Cookie: " + strings.Repeat("x", 8<<10) + "\r\n" + lines(50), true},
		{"too long", "X: " + strings.Repeat("x", 17<<10) + "\r\n", false},
		{"too many lines", lines(200), false},
		{"too many lines of one byte", strings.Repeat("a:\n", 200), false},
	} {
		conn := dial(t, url)
		for i := range 2 { // on a connection that has had a request, too
			_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n"+test.header+"\r\n") // it may be closed meanwhile
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if ok := err == nil && response.StatusCode == 200; ok != test.ok {
				t.Errorf("%s, request %d: %v, want %v", test.name, i+1, ok, test.ok)
			}
			if err != nil {
				break
			}
			_, _ = io.Copy(io.Discard, response.Body)
			response.Body.Close()
		}
	}
}

// TestHeader_ManyLinesAreNotAccumulated closes a connection whose header has too
// many lines before it ends.
func TestHeader_ManyLinesAreNotAccumulated(t *testing.T) {
	t.Parallel()
	url, _ := serve(t, func(http.ResponseWriter, *http.Request) {}, httpserver.Options{ReadTimeout: 2 * testenv.Timeout})
	conn := dial(t, url)
	send(t, conn, "GET / HTTP/1.1\r\nHost: x\r\n"+strings.Repeat("a:\r\n", 200))
	if answer, err := io.ReadAll(conn); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("it is open after %v; answered %q", testenv.Timeout, answer)
	}
}

// TestHeader_LinesBehindEmptyOnes counts the lines of a header that comes behind empty lines.
func TestHeader_LinesBehindEmptyOnes(t *testing.T) {
	t.Parallel()
	url, _ := serve(t, func(http.ResponseWriter, *http.Request) {}, httpserver.Options{})
	conn := dial(t, url)
	send(t, conn, "\r\n\r\n"+strings.TrimSuffix(get, "\r\n")+strings.Repeat("a:\n", 5000))
	if all, err := io.ReadAll(conn); errors.Is(err, os.ErrDeadlineExceeded) || strings.Contains(string(all), " 200 ") {
		t.Errorf("answered %q (%v)", all, err)
	}
}

// TestHeader_BoundsBehindARequest sends headers that are too large, right behind a request or
// later, with empty lines before them.
func TestHeader_BoundsBehindARequest(t *testing.T) {
	t.Parallel()
	url, _ := serve(t, func(http.ResponseWriter, *http.Request) {}, httpserver.Options{})
	const post = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
	for _, empty := range []string{"", "\r\n", "\r\n\r\n", "\n\n\n\n"} {
		for name, lines := range map[string]string{
			"many lines":  strings.Repeat("a:\r\n", 200),
			"a long line": "a: " + strings.Repeat("x", 20_000) + "\r\n",
			"both":        strings.Repeat("a: "+strings.Repeat("x", 200)+"\r\n", 20_000),
		} {
			t.Run(fmt.Sprintf("%s behind %q", name, empty), func(t *testing.T) {
				t.Parallel()
				header := empty + strings.TrimSuffix(get, "\r\n") + lines + "\r\n"
				together, later := dial(t, url), dial(t, url)
				_, _ = io.WriteString(together, post+header) // it may be refused meanwhile
				if all, err := io.ReadAll(together); err != nil || strings.Count(string(all), " 200 ") != 1 || !strings.Contains(string(all), "HTTP/1.1 431 ") {
					t.Errorf("together: answered %q (%v), want 200 and 431", all, err)
				}
				send(t, later, post)
				if status, _ := answer(t, later); status != http.StatusOK {
					t.Fatal(status)
				}
				_, _ = io.WriteString(later, header)
				if status, _ := answer(t, later); status != http.StatusRequestHeaderFieldsTooLarge {
					t.Errorf("later: answered %d, want 431", status)
				}
			})
		}
	}
}

// TestHeader_LinesOfABodyBehindARequest sends a request whose header comes right behind another
// request, and its body later: the body's lines are not the header's.
func TestHeader_LinesOfABodyBehindARequest(t *testing.T) {
	t.Parallel()
	entered := make(chan struct{}, 3)
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		entered <- struct{}{}
		n, _ := io.Copy(io.Discard, r.Body)
		fmt.Fprintf(w, "%d bytes", n)
	}, httpserver.Options{})
	conn := dial(t, url)
	send(t, conn, get+"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
	testenv.Next(t, entered)
	send(t, conn, strings.Repeat("\n", 1000)+strings.Replace(get, "\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1))
	if all, err := io.ReadAll(conn); err != nil || strings.Count(string(all), "0 bytes") != 3 || !strings.Contains(string(all), "1000 bytes") {
		t.Errorf("%q (%v)", all, err)
	}
}
