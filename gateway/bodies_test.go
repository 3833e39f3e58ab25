package gateway_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

const bodyLimit = 1 << 20

// reader serves requests whose bodies it reads, and answers with how many bytes
// they had, or why it could not read them.
func reader(t *testing.T, budget int64) (address string) {
	t.Helper()
	bodies := gateway.NewBodies(budget)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, release, err := bodies.Read(w, r, bodyLimit)
		_, tooLarge := errors.AsType[*http.MaxBytesError](err)
		switch {
		case errors.Is(err, gateway.ErrOverloaded):
			w.Header().Set("Connection", "close")
			w.WriteHeader(http.StatusServiceUnavailable)
		case tooLarge:
			w.Header().Set("Connection", "close")
			w.WriteHeader(http.StatusRequestEntityTooLarge)
		case err != nil:
			panic(http.ErrAbortHandler)
		default:
			defer release()
			if bytes.ContainsFunc(body, func(c rune) bool { return c != 'x' }) {
				t.Error("another body than was sent")
			}
			fmt.Fprint(w, len(body))
		}
	}))
	server.Config.ReadTimeout = 5 * time.Second
	server.Start()
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// stall sends the header of a request with a body of so many bytes, -1 for an
// unknown number, and the first of them, and nothing more. It returns what is
// answered, "" if the connection is closed.
func stall(t *testing.T, address string, length, sent int) (status func() string) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	framing := fmt.Sprintf("Content-Length: %d\r\n\r\n", length)
	if length < 0 {
		framing = fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n", sent)
	}
	if _, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\n"+framing+strings.Repeat("x", sent)); err != nil {
		t.Fatal(err)
	}
	return func() string {
		answer := make(chan string, 1)
		go func() {
			all, _ := io.ReadAll(conn) // what is missing is told by what is there
			first, _, _ := strings.Cut(string(all), "\r\n")
			answer <- first
		}()
		return testenv.Next(t, answer)
	}
}

func post(t *testing.T, address string, body io.Reader) (status int, answer string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+address, body)
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Timeout: testenv.Timeout, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(r)
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

func TestBodies_AreReadWhole(t *testing.T) {
	t.Parallel()
	address := reader(t, 8<<20)
	for _, n := range []int{0, 1, 4095, 4096, 4097, 16 << 10, 64<<10 + 1, bodyLimit - 1, bodyLimit} {
		for _, chunked := range []bool{false, true} {
			var body io.Reader = strings.NewReader(strings.Repeat("x", n))
			if chunked {
				body = io.MultiReader(body) // whose length net/http does not know
			}
			if status, answer := post(t, address, body); status != 200 || answer != fmt.Sprint(n) {
				t.Errorf("%d bytes, chunked %v: %d %s", n, chunked, status, answer)
			}
		}
	}
	if status, _ := post(t, address, io.MultiReader(strings.NewReader(strings.Repeat("x", bodyLimit+1)))); status != 413 {
		t.Errorf("a chunk too much: %d", status)
	}
	if got := stall(t, address, bodyLimit+1, 0)(); !strings.Contains(got, " 413 ") {
		t.Errorf("announced to be too large: %q", got)
	}
}

func TestBodies_SlowOnesAreCut(t *testing.T) {
	t.Parallel()
	if got := stall(t, reader(t, 8<<20), 100, 99)(); got != "" {
		t.Errorf("answered %q", got)
	}
}

// TestBodies_LargeOnesAreEvicted fills the budget with bodies that do not end, and
// sends a small one.
func TestBodies_LargeOnesAreEvicted(t *testing.T) {
	t.Parallel()
	for name, length := range map[string]int{"announced": bodyLimit, "of unknown length": -1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := reader(t, 80<<10)
			small := stall(t, address, 100, 99) // holds 4 KiB
			var large []func() string
			for range 8 { // hold 16 KiB each, and evict one another
				large = append(large, stall(t, address, length, 15<<10))
			}
			for range 20 {
				if status, answer := post(t, address, strings.NewReader("xxx")); status != 200 || answer != "3" {
					t.Fatalf("a small one: %d %s", status, answer)
				}
			}
			evicted := 0
			for _, status := range large {
				if got := status(); strings.Contains(got, " 503 ") {
					evicted++
				} else if got != "" {
					t.Errorf("a large one: %q", got)
				}
			}
			if evicted < 4 {
				t.Errorf("%d of 8 were evicted, and there is no memory for more than 4", evicted)
			}
			if got := small(); got != "" {
				t.Errorf("the small one that does not end: %q, want it cut in the end", got)
			}
		})
	}
}

// TestBodies_SmallOnesStay has one that is larger than any other refused.
func TestBodies_SmallOnesStay(t *testing.T) {
	t.Parallel()
	address := reader(t, 64<<10)
	var small []func() string
	for range 10 {
		small = append(small, stall(t, address, 100, 99))
	}
	if status, _ := post(t, address, strings.NewReader(strings.Repeat("x", 30<<10))); status != 503 {
		t.Errorf("a large one: %d", status)
	}
	for _, status := range small {
		if got := status(); got != "" {
			t.Errorf("a small one: %q, want it cut in the end", got)
		}
	}
}

// TestBodies_AnnouncedIsNotTaken holds memory by what has arrived.
func TestBodies_AnnouncedIsNotTaken(t *testing.T) {
	t.Parallel()
	address := reader(t, 2<<20)
	for range 100 {
		stall(t, address, bodyLimit, 1)
	}
	if status, answer := post(t, address, strings.NewReader(strings.Repeat("x", 600<<10))); status != 200 || answer != fmt.Sprint(600<<10) {
		t.Errorf("%d %s", status, answer)
	}
}
