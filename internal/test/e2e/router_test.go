package e2e

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// router stands where Heroku's does, before several gateways: each request goes
// to the next of those that are ready. One that cannot be connected to is passed
// over, as there; a request that was sent is not sent again.
type router struct {
	http *http.Client

	mu       sync.Mutex
	gateways []string // those that are in use, by address
	next     int
	failed   []error
}

// newRouter serves on l until the test ends.
func newRouter(t *testing.T, l net.Listener) *router {
	transport := &http.Transport{MaxIdleConnsPerHost: 100}
	r := &router{http: &http.Client{Transport: transport, Timeout: testenv.Timeout}}
	server := &http.Server{Handler: r}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	t.Cleanup(func() {
		_ = server.Close()
		transport.CloseIdleConnections()
		if err := testenv.Next(t, done); !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("the router: %v", err)
		}
	})
	return r
}

// add takes a gateway into use once it is ready.
func (r *router) add(t *testing.T, address string) {
	t.Helper()
	testenv.Eventually(t, "the gateway at "+address+" is ready", func() bool {
		response, err := r.http.Get("http://" + address + "/readyz")
		if err != nil {
			return false // it does not listen yet
		}
		defer response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gateways = append(r.gateways, address)
}

// remove sends a gateway no more requests. It may still have some.
func (r *router) remove(address string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gateways = slices.DeleteFunc(r.gateways, func(a string) bool { return a == address })
}

// turn returns the gateways, the one whose turn it is first.
func (r *router) turn() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.gateways) == 0 {
		return nil
	}
	r.next = (r.next + 1) % len(r.gateways)
	return slices.Concat(r.gateways[r.next:], r.gateways[:r.next])
}

// ServeHTTP implements http.Handler.
func (r *router) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return // whoever asked has gone
	}
	var response *http.Response
	for _, address := range r.turn() {
		response, err = r.send(request.Context(), address, request, body)
		if dial, ok := errors.AsType[*net.OpError](err); !ok || dial.Op != "dial" {
			break
		}
	}
	if response == nil {
		if request.Context().Err() == nil {
			r.mu.Lock()
			r.failed = append(r.failed, err)
			r.mu.Unlock()
		}
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	defer response.Body.Close()
	w.WriteHeader(response.StatusCode)
	_, _ = io.Copy(w, response.Body) // whoever asked may have gone
}

func (r *router) send(ctx context.Context, address string, request *http.Request, body []byte) (*http.Response, error) {
	on, err := http.NewRequestWithContext(ctx, request.Method, "http://"+address+request.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	on.GetBody = nil // or the client would send again what may have arrived
	on.Header = request.Header.Clone()
	return r.http.Do(on)
}

// failures returns why requests were not answered.
func (r *router) failures() []error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.failed)
}

// freePort returns a port for a process of the test, which nothing else takes.
func freePort(t *testing.T) string {
	t.Helper()
	port, err := testenv.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	return strconv.Itoa(port)
}
