package gateway_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

func get(t *testing.T, url, id string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set(gateway.RequestIDHeader, id)
	response, err := (&http.Client{Timeout: testenv.Timeout}).Do(r)
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

func TestServer_AnswersCarryARequestID(t *testing.T) {
	t.Parallel()
	s := gateway.New(zerolog.Nop())
	s.Handle("GET /echo", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Header.Get(gateway.RequestIDHeader))
	}))
	server := httptest.NewServer(s)
	defer server.Close()
	for name, test := range map[string]struct {
		sent string
		kept bool
	}{
		"none":      {"", false},
		"good":      {"9b2d5f3e-0000-4000-8000-000000000001", true},
		"injection": {"a b", false},
		"too long":  {strings.Repeat("a", 129), false},
	} {
		response, seen := get(t, server.URL+"/echo", test.sent)
		id := response.Header.Get("X-Request-ID")
		if id == "" || id != seen || (id == test.sent) != test.kept {
			t.Errorf("%s: sent %q, answered %q, handler saw %q", name, test.sent, id, seen)
		}
	}
	if response, _ := get(t, server.URL+"/nowhere", ""); response.Header.Get("X-Request-ID") == "" {
		t.Error("a 404 has none")
	}
}

// TestServer_PanicValuesAreNotLogged is because it may quote the request.
func TestServer_PanicValuesAreNotLogged(t *testing.T) {
	t.Parallel()
	log := &testenv.Log{}
	s := gateway.New(zerolog.New(log))
	s.Handle("GET /says", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("what somebody said") }))
	s.Handle("GET /errs", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _ = r.Form["x"][3] }))
	s.Handle("GET /cuts", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	server := httptest.NewServer(s)
	defer server.Close()
	client := http.Client{Timeout: testenv.Timeout, Transport: &http.Transport{DisableKeepAlives: true}}
	for _, path := range []string{"/says", "/errs", "/cuts"} {
		if response, err := client.Get(server.URL + path); err == nil {
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
