package gateway_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gobridge/gopherbot/gateway"
)

func TestClientAddress(t *testing.T) {
	t.Parallel()
	const connection = "192.0.2.9"
	for _, test := range []struct {
		name      string
		proxies   int
		forwarded []string
		want      string
	}{
		{"no proxy", 0, nil, connection},
		{"no proxy: the header is the client's own", 0, []string{"198.51.100.1"}, connection},
		{"one proxy", 1, []string{"198.51.100.1"}, "198.51.100.1"},
		{"one proxy, and a client that pretends", 1, []string{"203.0.113.5, 198.51.100.1"}, "198.51.100.1"},
		{"the same in two lines", 1, []string{"203.0.113.5", "198.51.100.1"}, "198.51.100.1"},
		{"two proxies", 2, []string{"203.0.113.5, 198.51.100.1,10.0.0.1"}, "198.51.100.1"},
		{"fewer entries than proxies", 2, []string{"203.0.113.5"}, connection},
		{"no header", 1, nil, connection},
		{"an empty header", 1, []string{""}, connection},
		{"no address", 1, []string{"<script>"}, connection},
		{"with a port", 1, []string{"198.51.100.1:8080"}, "198.51.100.1"},
		{"IPv6", 1, []string{"2001:DB8::0:1"}, "2001:db8::1"},
		{"IPv6 with a port", 1, []string{"[2001:db8::1]:443"}, "2001:db8::1"},
		{"IPv6 in brackets", 1, []string{"[2001:db8::1]"}, "2001:db8::1"},
		{"IPv4 in IPv6", 1, []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/", http.NoBody)
		r.RemoteAddr = connection + ":1234"
		r.Header["X-Forwarded-For"] = test.forwarded
		if got := gateway.ClientAddress(r, test.proxies); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/", http.NoBody)
	r.RemoteAddr = "@" // a Unix socket
	if got := gateway.ClientAddress(r, 0); got != "@" {
		t.Errorf("a Unix socket: %s", got)
	}
}
