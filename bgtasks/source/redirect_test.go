package source_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/gobridge/gopherbot/bgtasks/source"
)

func TestIsPublic(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		want      bool
		addresses string
	}{
		{true, "8.8.8.8 1.1.1.1 100.63.255.255 100.128.0.1 172.15.0.1 172.32.0.1 192.0.1.1 198.17.0.1 223.255.255.255"},
		{true, "2606:4700::1111 2a00:1450::1 2001:4860:4860::8888 ::ffff:8.8.8.8 64:ff9b::808:808 2002:808:808::1"},
		{false, "0.0.0.0 0.1.2.3 127.0.0.1 127.255.255.254 10.0.0.1 172.16.0.1 172.31.255.255 192.168.0.1 169.254.169.254"},
		{false, "100.64.0.1 100.127.255.255 192.0.0.8 192.0.2.1 192.88.99.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1"},
		{false, "224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255"},
		{false, ":: ::1 fe80::1 fe80::1%eth0 fc00::1 fdff::1 ff02::1 ff05::1 fec0::1 100::1 5f00::1 ::8.8.8.8"},
		{false, "::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 64:ff9b::7f00:1 64:ff9b::a00:1 64:ff9b:1::808:808"},
		{false, "2002:7f00:1::1 2002:a00:1::1 2002:c0a8:1::1 2001::1 2001:db8::1 3fff::1"},
	} {
		for text := range strings.FieldsSeq(test.addresses) {
			if got := source.IsPublic(netip.MustParseAddr(text)); got != test.want {
				t.Errorf("%s: %v, want %v", text, got, test.want)
			}
		}
	}
	if source.IsPublic(netip.Addr{}) {
		t.Error("no address is public")
	}
}

// elsewhere is a server that redirects lead to. It has a feed, and records the headers of
// the requests.
type elsewhere struct {
	*httptest.Server
	mu       sync.Mutex
	requests []http.Header
}

func newElsewhere(t *testing.T, tls bool) *elsewhere {
	t.Helper()
	e := &elsewhere{}
	e.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.requests = append(e.requests, r.Header)
		fmt.Fprint(w, rss(numbered(1)))
	}))
	if tls {
		e.StartTLS()
	} else {
		e.Start()
	}
	t.Cleanup(e.Close)
	return e
}

func (e *elsewhere) asked() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.requests)
}

func loopback(a netip.Addr) bool { return a.IsLoopback() }

// TestClient_Redirects leads from a feed that an operator configured at a private
// address to where it must not be followed, and to where it may.
func TestClient_Redirects(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		// to is where the feed redirects to; %s is the other server.
		to string
		// any has the other server's address, a private one, taken for public.
		any  bool
		want string // in the error; "" when there is none
	}{
		{"within the server", "/moved", false, ""},
		{"to a public address", "%s/feed", true, ""},
		{"to a private address", "%s/feed", false, "not a public address"},
		{"to a private address by name", "http://localhost:%[2]s/feed", false, "not a public address"},
		{"to a private address in IPv6", "http://[::ffff:127.0.0.1]:%[2]s/feed", false, "not a public address"},
		{"to a private address in one number", "http://2130706433:%[2]s/feed", false, "redirected to 2130706433"},
		{"to the metadata of a cloud", "http://169.254.169.254/latest/meta-data/", false, "not a public address"},
		{"to this machine", "http://0.0.0.0:%[2]s/feed", false, "not a public address"},
		{"with a password", "http://user:hunter2@%[3]s/feed", true, "with a user name in it"},
		{"to a file", "file:///etc/passwd", true, "redirected to a file address"},
		{"to gopher", "gopher://%[3]s/1", true, "redirected to a gopher address"},
		{"to nowhere", "http:///feed", true, "without a host"},
		{"to what is no address", "http://%%zz/?token=hunter2", true, "cannot be read"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			other := newElsewhere(t, false)
			s := newServer(t)
			to := test.to
			if strings.Contains(to, "%") {
				to = fmt.Sprintf(strings.ReplaceAll(to, "%s", "%[1]s"), other.URL, other.URL[strings.LastIndex(other.URL, ":")+1:], other.Listener.Addr())
			}
			s.play(func(w http.ResponseWriter, r *http.Request) {
				if user, password, _ := r.BasicAuth(); user != "gopher" || password != "hunter2" {
					t.Errorf("%s was asked for by %q", r.URL, user)
				}
				if r.URL.Path == "/moved" {
					fmt.Fprint(w, rss(numbered(1)))
					return
				}
				w.Header().Set("Location", to)
				w.WriteHeader(http.StatusMovedPermanently)
			})
			client := newClient(t)
			if test.any {
				client.Redirects(loopback)
			}
			address := strings.Replace(s.url, "http://", "http://gopher:hunter2@", 1) + "feed?token=hunter2"
			items, _, err := source.Feed{Client: client, URL: address}.Poll(t.Context(), "")
			followed := test.want == "" && err == nil && len(items) == 1
			if !followed && (test.want == "" || err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("%+v (%v), want an error with %q", items, err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error has the secret: %v", err)
			}
			if want := test.want == "" && test.any; (other.asked() > 0) != want {
				t.Errorf("the other server was asked %d times", other.asked())
			}
			for _, header := range other.requests {
				if header.Get("Referer") != "" || header.Get("Authorization") != "" || header.Get("Cookie") != "" || strings.Contains(fmt.Sprint(header), "hunter2") {
					t.Errorf("the other server was sent %v", header)
				}
			}
		})
	}
}

// TestClient_OnceAwayRedirectsAreGuarded leads to another server and back, where
// a connection is kept.
func TestClient_OnceAwayRedirectsAreGuarded(t *testing.T) {
	t.Parallel()
	s, feed := newServer(t), newServer(t)
	s.play(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, feed.url+"inside", http.StatusFound) })
	feed.play(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/inside" {
			t.Error("it was asked for by a redirect")
		}
		fmt.Fprint(w, rss(numbered(1)))
	})
	client := newClient(t)
	if _, _, err := (source.Feed{Client: client, URL: feed.url + "feed"}).Poll(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if _, _, err := (source.Feed{Client: client, URL: s.url}).Poll(t.Context(), ""); err == nil || !strings.Contains(err.Error(), "not a public address") {
		t.Errorf("%v, though there is a connection to that address already", err)
	}
}

// TestClient_NoDowngrade leads from https to http.
func TestClient_NoDowngrade(t *testing.T) {
	t.Parallel()
	other := newElsewhere(t, false)
	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusFound)
	}))
	defer secure.Close()
	transport := secure.Client().Transport.(*http.Transport)
	_, _, err := source.Feed{Client: source.NewClient(transport, source.DefaultTimeout).Redirects(loopback), URL: secure.URL}.Poll(t.Context(), "")
	if err == nil || !strings.Contains(err.Error(), "from https to http") || other.asked() > 0 {
		t.Errorf("%v; asked %d times", err, other.asked())
	}
}

// TestClient_UpgradesAreFollowed leads from http to https.
func TestClient_UpgradesAreFollowed(t *testing.T) {
	t.Parallel()
	secure := newElsewhere(t, true)
	s := newServer(t)
	s.play(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, secure.URL, http.StatusPermanentRedirect)
	})
	transport := secure.Client().Transport.(*http.Transport)
	items, _, err := source.Feed{Client: source.NewClient(transport, source.DefaultTimeout).Redirects(loopback), URL: s.url}.Poll(t.Context(), "")
	if err != nil || len(items) != 1 {
		t.Errorf("%+v (%v)", items, err)
	}
}

// TestFeed_LinksHaveNoSecret is of links that are relative to a feed's address.
func TestFeed_LinksHaveNoSecret(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.play(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, rss(post{name: "a", link: "#a"}, post{name: "b", link: "b"}, post{name: "c", link: "?c"}, post{name: "d", link: "/d"}))
	})
	base, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	base.User = url.UserPassword("gopher", "hunter2")
	items, _, err := source.Feed{Client: newClient(t), URL: base.String() + "feed?token=hunter2"}.Poll(t.Context(), "")
	if err != nil || len(items) != 4 {
		t.Fatalf("%+v (%v)", items, err)
	}
	for _, item := range items {
		if strings.Contains(fmt.Sprint(item), "hunter2") {
			t.Errorf("%+v has the secret", item)
		}
	}
}
