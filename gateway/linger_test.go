package gateway_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/internal/testenv"
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
	}
	return l.Listener.Accept()
}

func (l *tardy) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// TestAStopCutsNobodyOff sends a request that the process has not accepted yet
// when it is told to stop, and one after that. A listener that is closed resets
// those that wait.
func TestAStopCutsNobodyOff(t *testing.T) {
	t.Parallel()
	s := gateway.New(gateway.Options{Ready: func(context.Context) error { return nil }})
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &tardy{Listener: inner, may: make(chan struct{}), closed: make(chan struct{})}
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- s.Run(ctx, l) }()

	address := inner.Addr().String()
	conn, err := net.Dial("tcp", address) // it waits to be accepted
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(context.Context, string, string) (net.Conn, error) {
			return conn, nil
		},
	}}
	cancel()
	testenv.Eventually(t, "the server says that it is not ready", func() bool {
		answer := httptest.NewRecorder()
		s.ServeHTTP(answer, httptest.NewRequest("GET", "/readyz", nil))
		return answer.Code == http.StatusServiceUnavailable
	})
	close(l.may)
	response, err := client.Get("http://" + address + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != 200 || !response.Close {
		t.Errorf("%d, and the connection is to be closed: %v", response.StatusCode, response.Close)
	}
	if _, body := get(t, "GET", "http://"+address+"/healthz", nil); body != "alive\n" {
		t.Errorf("a request that came too late is answered %q", body)
	}
	if err := testenv.Next(t, stopped); err != nil {
		t.Error(err)
	}
}

// TestAServerThatStopsDoesNotLingerForever asks it again and again.
func TestAServerThatStopsDoesNotLingerForever(t *testing.T) {
	t.Parallel()
	s := gateway.New(gateway.Options{Ready: func(context.Context) error { return nil }})
	_, stop := serve(t, s)
	begun := time.Now()
	done := stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			if took := time.Since(begun); err != nil || took < time.Second {
				t.Errorf("%v, after %v: want it to linger while requests come", err, took)
			}
			return
		case <-tick.C:
			s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/healthz", nil))
		}
	}
}
