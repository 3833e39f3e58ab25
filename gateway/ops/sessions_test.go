package ops_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/gateway/ops"
	"github.com/gobridge/gopherbot/internal/audit"
	"github.com/gobridge/gopherbot/internal/login"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

func TestSessions_OnlyOperators(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	closed := func(when string) {
		t.Helper()
		for _, path := range []string{"/ops/api/state", "/ops/api/audit", "/ops/api/dead?type=greeting", "/ops/api/dead/text?type=greeting&id=1-1"} {
			if a := s.do("GET", path, ""); a.status != http.StatusUnauthorized {
				t.Errorf("%s, %s: %d %s", when, path, a.status, a.body)
			}
		}
		for _, path := range []string{"/ops/api/dead/replay", "/ops/api/dead/drop"} {
			if a := s.do("POST", path, `{"type":"greeting","id":"1-1"}`, "Content-Type", "application/json"); a.status != http.StatusUnauthorized {
				t.Errorf("%s, %s: %d %s", when, path, a.status, a.body)
			}
		}
		if a := s.do("GET", "/ops/", ""); a.status != http.StatusOK || !strings.Contains(a.body, `name="token"`) || !strings.Contains(a.body, `role="alert" hidden`) {
			t.Errorf("%s: %d, %s", when, a.status, a.body)
		}
	}
	closed("at first")
	for _, wrong := range []string{"", "wrong", token + "x", token[1:]} {
		if a := s.login(wrong); a.status != http.StatusUnauthorized || !strings.Contains(a.body, `role="alert">That is not the token.`) || a.header.Get("Set-Cookie") != "" ||
			!strings.Contains(a.body, `value="ada"`) {
			t.Errorf("with %.40q: %d %s", wrong, a.status, a.body)
		}
	}
	for _, name := range []string{"", " ", "a\nb", strings.Repeat("x", 65), "a\u202eb", "\xff"} {
		if a := s.loginAs(name, token); a.status != http.StatusBadRequest || !strings.Contains(a.body, `role="alert">Give your name`) || a.header.Get("Set-Cookie") != "" {
			t.Errorf("as %.40q: %d %s", name, a.status, a.body)
		}
	}
	if a := s.login(strings.Repeat("x", 1<<20)); a.status != http.StatusBadRequest { // longer than a form may be
		t.Errorf("with a megabyte: %d", a.status)
	}
	closed("after wrong tokens")
	for _, right := range []string{token, oldToken} {
		if a := s.login(right); a.status != http.StatusOK || !strings.Contains(a.body, `id="queues"`) {
			t.Errorf("with a right token: %d %s", a.status, a.body)
		}
		if a := s.do("GET", "/ops/api/state", ""); a.status != http.StatusOK || !strings.Contains(a.body, `"operator":"ada"`) || !strings.Contains(a.body, `"version":"v1.2.3, commit 0a1b"`) {
			t.Errorf("logged in: %d %s", a.status, a.body)
		}
		if a := s.do("POST", "/ops/logout", ""); a.status != http.StatusOK {
			t.Errorf("log out: %d", a.status)
		}
		closed("after log out")
	}
	for _, secret := range []string{token, oldToken, "xxxxxxxx"} {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("the log has %q", secret)
		}
	}
	if log := s.log.String(); !strings.Contains(log, "an operator logged in") || !strings.Contains(log, "refused a login to the operations page: wrong token") ||
		!strings.Contains(log, "an operator logged out") {
		t.Errorf("the log: %s", log)
	}
}

// session logs in without a redirect, and returns the cookie as the browser gets it and its
// value.
func (s *site) session(name string, header ...string) (cookie, value string) {
	s.Helper()
	s.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	a := s.loginAs(name, token, header...)
	s.client.CheckRedirect = nil
	cookie = a.header.Get("Set-Cookie")
	value, _, _ = strings.Cut(strings.TrimPrefix(cookie, "gopherbot_ops="), ";")
	if a.status != http.StatusSeeOther || value == "" {
		s.Fatalf("%d %s", a.status, a.body)
	}
	return cookie, value
}

func TestSessions_Cookie(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.client.Jar = nil
	plain, value := s.session("ada")
	for _, want := range []string{"HttpOnly", "SameSite=Strict", "Path=/ops", "Max-Age=43200"} {
		if !strings.Contains(plain, want) {
			t.Errorf("no %s in %s", want, plain)
		}
	}
	if strings.Contains(plain, "Secure") || strings.Contains(plain, token) {
		t.Error(plain)
	}
	secure, another := s.session("ada", "X-Forwarded-Proto", "https")
	if !strings.Contains(secure, "Secure") || another == value {
		t.Errorf("behind TLS: %s", secure)
	}
	for cookie, want := range map[string]int{value: 200, value[1:]: 401, value + "A": 401, "": 401, strings.ToLower(value): 401} {
		if a := s.do("GET", "/ops/api/state", "", "Cookie", "gopherbot_ops="+cookie); a.status != want {
			t.Errorf("%q: %d, want %d", cookie, a.status, want)
		}
	}
}

// TestSessions_LogoutEndsTheSession at all gateways: whoever has kept the cookie cannot use it
// any more.
func TestSessions_LogoutEndsTheSession(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	other := newSite(t, func(o *ops.Options) {
		o.Login, o.Audit = login.New(s.rdb, s.app, o.Tokens), audit.New(s.rdb, s.app)
	})
	s.client.Jar, other.client.Jar = nil, nil
	_, ada := s.session("ada")
	_, bob := other.session("bob")
	is := func(cookie string, want int) {
		t.Helper()
		for _, at := range []*site{s, other} {
			if a := at.do("GET", "/ops/api/state", "", "Cookie", "gopherbot_ops="+cookie); a.status != want {
				t.Errorf("%d, want %d: %.100s", a.status, want, a.body)
			}
		}
	}
	is(ada, 200)
	is(bob, 200)
	if a := other.do("POST", "/ops/logout", "", "Cookie", "gopherbot_ops="+ada); !strings.Contains(a.body, `name="token"`) {
		t.Errorf("%d %s", a.status, a.body)
	}
	is(ada, 401)
	is(bob, 200)
}

// TestSessions_LimitsAttempts: after ten wrong tokens not even the right one opens a session,
// at no gateway, and the page says when it will.
func TestSessions_LimitsAttempts(t *testing.T) {
	t.Parallel()
	proxied := func(o *ops.Options) { o.Proxies = 1 }
	s := newSite(t, proxied)
	other := newSite(t, proxied, func(o *ops.Options) {
		o.Login, o.Audit = login.New(s.rdb, s.app, o.Tokens), audit.New(s.rdb, s.app)
	})
	from := func(address string) []string { return []string{"X-Forwarded-For", "198.51.100.7, " + address} } // the first is the client's own
	for n := range login.MaxPerAddress {
		if a := []*site{s, other}[n%2].loginAs("mallory", "a-guess", from("203.0.113.9")...); a.status != http.StatusUnauthorized {
			t.Errorf("attempt %d: %d %s", n+1, a.status, a.body)
		}
	}
	for _, at := range []*site{s, other} {
		a := at.loginAs("mallory", token, from("203.0.113.9")...)
		if a.status != http.StatusTooManyRequests || !strings.Contains(a.body, `role="alert">Your address tried too many wrong tokens. Try again in 15 minutes, at `) ||
			a.header.Get("Set-Cookie") != "" || a.header.Get("Retry-After") < "800" || a.header.Get("Retry-After") > "900" {
			t.Errorf("%d, Retry-After %q: %s", a.status, a.header.Get("Retry-After"), a.body)
		}
	}
	if a := s.loginAs("ada", token, from("192.0.2.1")...); a.status != http.StatusOK || !strings.Contains(a.body, `id="queues"`) {
		t.Errorf("from another address: %d %s", a.status, a.body)
	}
	entries := s.audited(20)
	if want := "- 203.0.113.9 page login refused: as mallory: wrong token; no more attempts from this address within 15m0s"; !strings.HasPrefix(entries[1], want) || len(entries) != login.MaxPerAddress+1 {
		t.Errorf("the audit: %q", entries)
	}
}

// TestSessions_LimitsAllAddresses names a way in for operators, and leaves one.
func TestSessions_LimitsAllAddresses(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(o *ops.Options) { o.Proxies = 1 })
	if a := s.loginAs("ada", token, "X-Forwarded-For", "192.0.2.1"); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	for n := range login.MaxOverall {
		if a := s.loginAs("mallory", "a-guess", "X-Forwarded-For", fmt.Sprintf("203.0.113.%d", n)); a.status != http.StatusUnauthorized {
			t.Fatalf("attempt %d: %d %s", n+1, a.status, a.body)
		}
	}
	if a := s.loginAs("mallory", token, "X-Forwarded-For", "203.0.113.200"); a.status != http.StatusTooManyRequests || !strings.Contains(a.body, "Too many wrong tokens were tried, from many addresses.") {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := s.loginAs("ada", token, "X-Forwarded-For", "192.0.2.1"); a.status != http.StatusOK {
		t.Errorf("the operator: %d %s", a.status, a.body)
	}
}

// audited returns the latest n entries of the audit, each in one line.
func (s *site) audited(n int) []string {
	s.Helper()
	list, err := audit.New(s.rdb, s.app).List(s.Context(), "", n)
	if err != nil {
		s.Fatal(err)
	}
	lines := make([]string, len(list))
	for i, e := range list {
		lines[i] = fmt.Sprintf("%s %s %s %s: %s", e.Who, e.From, e.Via, e.Action, strings.Trim(e.On+" "+e.Detail+": "+e.Outcome, " "))
	}
	return lines
}

// TestSessions_RedisIsAway: nobody is logged out by that, and nobody logs in.
func TestSessions_RedisIsAway(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	rdb := redistest.Dial(t, server.URL())
	s := newSite(t, func(o *ops.Options) { o.Login, o.Audit = login.New(rdb, "gone", o.Tokens), audit.New(rdb, "gone") })
	s.login(token)
	server.Stop(t)
	for path, want := range map[string]string{"/ops/api/state": `"error":"`, "/ops/": "Redis does not answer, so nobody can log in."} {
		if a := s.do("GET", path, ""); a.status != http.StatusServiceUnavailable || !strings.Contains(a.body, want) {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
	if a := s.login(token); a.status != http.StatusServiceUnavailable || !strings.Contains(a.body, "Redis does not answer, so nobody can log in.") {
		t.Errorf("log in: %d %s", a.status, a.body)
	}
	a := s.do("POST", "/ops/logout", "")
	if a.status != http.StatusServiceUnavailable || !strings.Contains(a.body, "your session could not be ended") || !strings.Contains(a.header.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("log out: %d %q %s", a.status, a.header.Get("Set-Cookie"), a.body)
	}
	for _, address := range s.client.Jar.Cookies(mustURL(t, s.url+"/ops/")) {
		t.Errorf("the browser has kept %s", address.Name)
	}
}

func mustURL(t *testing.T, address string) *url.URL {
	t.Helper()
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// TestAudit_HasEachAct of operators, whatever comes of it, and no text.
func TestAudit_HasEachAct(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.consume()
	s.publish("Ev1", "Ev2")
	testenv.Eventually(t, "dead letters", func() bool { return s.dead() == 2 })
	s.login("a-guess")
	s.login(token)
	queue, err := workqueue.NewInspector(s.rdb, s.app)
	if err != nil {
		t.Fatal(err)
	}
	letters, err := queue.ListDeadLetters(t.Context(), greeting, "", 2)
	if err != nil {
		t.Fatal(err)
	}
	first, second := letters[0].ID, letters[1].ID
	act := func(action, id string) {
		t.Helper()
		s.do("POST", "/ops/api/dead/"+action, `{"type":"greeting","id":"`+id+`"}`, "Content-Type", "application/json")
	}
	s.do("GET", "/ops/api/dead/text?type=greeting&id="+first, "")
	act("drop", first)
	act("drop", first)
	close(s.repaired)
	act("replay", second)
	s.do("POST", "/ops/logout", "")
	want := []string{
		"ada 127.0.0.1 page logout: : done",
		"ada 127.0.0.1 page replay: greeting " + second + " : done",
		"ada 127.0.0.1 page drop: greeting " + first + " : failed: no such dead letter: " + first + " of greeting",
		"ada 127.0.0.1 page drop: greeting " + first + " : done",
		"ada 127.0.0.1 page read text: greeting " + first + " : done",
		"ada 127.0.0.1 page login: : done",
		"- 127.0.0.1 page login refused: as ada: wrong token",
	}
	got := s.audited(20)
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the audit:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	s.login(token)
	a := s.do("GET", "/ops/api/audit", "")
	if a.status != http.StatusOK || !strings.Contains(a.body, `"who":"ada"`) || !strings.Contains(a.body, `"more":false`) || strings.Contains(a.body, messageText) || strings.Contains(a.body, token) {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// TestAudit_RefusesActsThatItCannotRecord has a Redis whose audit cannot be written, while the
// queue's Redis works.
func TestAudit_RefusesActsThatItCannotRecord(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	rdb := redistest.Dial(t, server.URL())
	s := newSite(t, func(o *ops.Options) { o.Audit = audit.New(rdb, "gone") })
	s.consume()
	s.publish("Ev1")
	testenv.Eventually(t, "a dead letter", func() bool { return s.dead() == 1 })
	s.login(token)
	server.Stop(t)
	queue, err := workqueue.NewInspector(s.rdb, s.app)
	if err != nil {
		t.Fatal(err)
	}
	letters, err := queue.ListDeadLetters(t.Context(), greeting, "", 1)
	if err != nil {
		t.Fatal(err)
	}
	a := s.do("POST", "/ops/api/dead/drop", `{"type":"greeting","id":"`+letters[0].ID+`"}`, "Content-Type", "application/json")
	if a.status != http.StatusServiceUnavailable || !strings.Contains(a.body, "nothing was done, because the audit could not be written") || s.dead() != 1 {
		t.Errorf("%d %s, %d dead letters", a.status, a.body, s.dead())
	}
	if a := s.do("GET", "/ops/api/dead/text?type=greeting&id="+letters[0].ID, ""); a.status != http.StatusServiceUnavailable || strings.Contains(a.body, messageText) {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := s.login(token); a.status != http.StatusServiceUnavailable {
		t.Errorf("a login: %d", a.status)
	}
}
