package outbound_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gobridge/gopherbot/internal/outbound"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

func TestTransport_SendsTheRequestID(t *testing.T) {
	t.Parallel()
	got := make(chan []string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r.Header["X-Request-Id"] }))
	defer server.Close()
	client := http.Client{Timeout: testenv.Timeout, Transport: outbound.Transport(&http.Transport{DisableKeepAlives: true})}
	for _, id := range []string{"the-id", ""} {
		r, err := http.NewRequestWithContext(outbound.WithRequestID(t.Context(), id), http.MethodGet, server.URL, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if sent := testenv.Next(t, got); id == "" && sent != nil || id != "" && (len(sent) != 1 || sent[0] != id) {
			t.Errorf("with id %q: X-Request-ID is %q", id, sent)
		}
		if r.Header.Get("X-Request-ID") != "" {
			t.Error("the transport changed its argument")
		}
	}
}

// TestSent asks of calls that end in different ways whether they were sent.
func TestSent(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	address := server.URL
	call := func(undo bool) bool {
		ctx, sent := outbound.Sent(t.Context())
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		client := http.Client{Timeout: testenv.Timeout, Transport: &http.Transport{DisableKeepAlives: true}}
		if response, err := client.Do(r); err == nil {
			response.Body.Close()
			t.Error("the server answered")
		}
		if undo {
			outbound.NotSent(ctx)
		}
		return sent()
	}
	if !call(false) {
		t.Error("a call without an answer may have been sent")
	}
	if call(true) {
		t.Error("NotSent was not heeded")
	}
	server.Close()
	if call(false) {
		t.Error("a call without a connection was not sent")
	}
	outbound.NotSent(t.Context()) // without Sent it does nothing
}
