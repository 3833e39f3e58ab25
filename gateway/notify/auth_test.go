package notify_test

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/gateway/notify"
	"github.com/gobridge/gopherbot/internal/notifyconfig"
)

func TestRoutes(t *testing.T) {
	t.Parallel()
	a := open(t, func(o *notify.Options) { o.Config.Grafana = nil })
	for _, test := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{"GET", "/api/v1/healthz", 200, ""},
		{"HEAD", "/api/v1/healthz", 200, ""},
		{"POST", "/api/v1/healthz", 405, "GET, HEAD"},
		{"GET", "/api/v1/send", 405, "POST"},
		{"PUT", "/api/v1/alertmanager", 405, "POST"},
		{"POST", "/api/v1/grafana", 404, ""},
		{"POST", "/api/v1/sent", 404, ""},
		{"POST", "/api/v1/send/", 404, ""},
		{"GET", "/api/v1/", 404, ""},
		{"GET", "/api/v1/receipts/", 404, ""},
		{"GET", "/api/v1/receipts/a/b", 404, ""},
		{"DELETE", "/api/v1/receipts/a", 405, "GET, HEAD"},
		{"GET", "/api/v1/receipts/a", 401, ""},
		{"OPTIONS", "/api/v1/send", 405, "POST"},
		{"GET", "/api/v1/bot/list", 401, ""},
	} {
		got := a.do(test.method, test.path, "")
		if got.status != test.status || got.header.Get("Allow") != test.allow {
			t.Errorf("%s %s: %d, Allow %q; want %d, %q", test.method, test.path, got.status, got.header.Get("Allow"), test.status, test.allow)
		}
		if got.header.Get("X-Request-Id") == "" || test.method != "HEAD" && !strings.HasSuffix(got.raw, "}\n") {
			t.Errorf("%s %s: %q, %v", test.method, test.path, got.raw, got.header)
		}
	}
	if got := a.do("GET", "/api/v1/healthz", ""); got.raw != "{\"ok\":true}\n" {
		t.Errorf("healthz answers %q", got.raw)
	}
	if got := a.do("GET", "/api/v1/healthz", "", "X-Request-ID", "mine"); got.header.Get("X-Request-Id") != "mine" {
		t.Errorf("the request id is %q", got.header.Get("X-Request-Id"))
	}
	if _, err := notify.New(notify.Options{}); err == nil {
		t.Error("an API without keys")
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	a := open(t, func(o *notify.Options) {
		o.Config.Keys = append(o.Config.Keys,
			key("prom", "prom", func(k *notifyconfig.Key) { k.Endpoints = []notifyconfig.Endpoint{notifyconfig.Alertmanager} }),
			key("botless", "botless", func(k *notifyconfig.Key) { k.Bots = []string{"main"} }))
	})
	a.is(a.post("prom", "/send", `{"message":"m"}`), 403, "forbidden")
	a.is(a.post("prom", "/alertmanager", firing("Disk", "critical", t0)), 202, "")
	a.is(a.post("botless", "/send", `{"message":"m"}`), 403, "forbidden")
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("any:"+ciKey))
	a.is(a.do("POST", "/api/v1/send", `{"message":"m"}`, "Content-Type", "application/json", "Authorization", basic), 202, "")
	missing := a.do("POST", "/api/v1/send", "")
	if a.is(missing, 401, "unauthorized"); missing.header.Get("WWW-Authenticate") != "Bearer" {
		t.Error(missing.header)
	}
	a.is(a.do("POST", "/api/v1/send?chat_id="+opsKey, ""), 400, "key_in_url")
}

func TestRates(t *testing.T) {
	t.Parallel()
	a := open(t, func(o *notify.Options) {
		o.Config.Keys = append(o.Config.Keys, key("slow", "slow", func(k *notifyconfig.Key) { k.Rate, k.Burst = 0.25, 2 }))
	})
	for range 2 {
		a.is(a.post("slow", "/send", `{"message":"m"}`), 202, "")
	}
	limited := a.post("slow", "/send", `{"message":"m"}`)
	a.is(limited, 429, "rate_limited")
	if after, err := strconv.Atoi(limited.header.Get("Retry-After")); err != nil || after < 3 || after > 4 {
		t.Errorf("Retry-After %q", limited.header.Get("Retry-After"))
	}
	webhook := a.post("slow", "/alertmanager", firing("Disk", "critical", t0))
	if a.is(webhook, 503, "overloaded"); webhook.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	a.is(a.send(`{"message":"m"}`), 202, "") // another key
	a.pass(4 * time.Second)
	a.is(a.post("slow", "/alertmanager", firing("Disk", "critical", t0)), 202, "")
}

// TestLog_IsDiscreet checks that a request has one line, and that no line has a text, a
// key, the name of a file or an address.
func TestLog_IsDiscreet(t *testing.T) {
	t.Parallel()
	a := open(t)
	a.is(a.post(opsKey, "/send?no_parse=false", `{"chat_id":"SecretAda@example.com","message":"SecretText","metadata":{"a":"SecretMeta"},"file":{"name":"SecretName","data":"aGk="},
		"key":"SecretSubject","on_key":"post","title":"SecretTitle","link":"https://example.com/SecretLink"}`), 202, "")
	a.is(a.send(`{"message":"SecretText","SecretField":1}`), 400, "invalid_json")
	a.is(a.send(`{"message":"SecretText","chat_id":"SecretChat"}`), 400, "unknown_chat")
	a.is(a.post("SecretKey", "/send?chat_id=SecretQuery", `{"message":"SecretText"}`), 403, "forbidden")
	a.is(a.post(opsKey, "/alertmanager", firing("SecretAlert", "critical", t0)), 202, "")
	text := a.log.String()
	if strings.Contains(strings.ToLower(text), "secret") || strings.Contains(text, opsKey) {
		t.Errorf("the log has a secret: %s", text)
	}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if len(lines) != 5 {
		t.Fatalf("%d lines for 5 requests: %s", len(lines), text)
	}
	for i, want := range []string{
		`"level":"info"`, `"code":"invalid_json"`, `"level":"warn"`, `"unreported":0`, `"chat":"alerts"`,
	} {
		if !strings.Contains(lines[i], want) || !strings.Contains(lines[i], `"request_id":"`) || !strings.Contains(lines[i], `"remote":"127.0.0.1"`) {
			t.Errorf("line %d: %s; want %s", i, lines[i], want)
		}
	}
	if first := lines[0]; !strings.Contains(first, `"key":"ops"`) || !strings.Contains(first, `"chat":"a person"`) || !strings.Contains(first, `"bot":"slack"`) || !strings.Contains(first, `"notification":"`) {
		t.Error(first)
	}
}

func TestLog_FailuresOnceAMinute(t *testing.T) {
	t.Parallel()
	a := open(t, func(o *notify.Options) { o.Config.TrustedProxies = 1 })
	for range 5 {
		a.is(a.post("wrong", "/send", "{}", "X-Forwarded-For", "203.0.113.9, 198.51.100.7"), 403, "forbidden")
	}
	a.is(a.do("POST", "/api/v1/send", "{}", "X-Forwarded-For", "203.0.113.9, 198.51.100.8"), 401, "unauthorized")
	a.pass(time.Minute)
	a.is(a.do("POST", "/api/v1/send", "{}", "X-Forwarded-For", "198.51.100.7"), 401, "unauthorized")
	lines := strings.Split(strings.TrimSpace(a.log.String()), "\n")
	if len(lines) != 3 || !strings.Contains(lines[0], `"remote":"198.51.100.7"`) || !strings.Contains(lines[1], `"remote":"198.51.100.8"`) || !strings.Contains(lines[1], `"unreported":4`) {
		t.Errorf("%q", lines)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.codes) != 7 || a.codes[0] != "send forbidden" || a.codes[6] != "send unauthorized" {
		t.Errorf("counted %q", a.codes)
	}
}

func TestLists(t *testing.T) {
	t.Parallel()
	a := open(t, func(o *notify.Options) {
		o.Config.Keys = append(o.Config.Keys,
			key("botless", "botless", func(k *notifyconfig.Key) { k.Bots = []string{"main"} }),
			key("general", "general", func(k *notifyconfig.Key) { k.Chats = []string{"C1GENERAL"} }))
	})
	for _, test := range []struct{ key, path, want string }{
		{ciKey, "/bot/list", `[{"name":"slack","host":"","id":"","platform":"slack"}]`},
		{"botless", "/bot/list", `[]`},
		{ciKey, "/chats/alias/list", `[{"name":"alerts","id":"C0ALERTS","bot":"slack","default":true},{"name":"deploy","id":"#general","bot":"","default":false}]`},
		{listedKey, "/chats/alias/list", `[{"name":"alerts","id":"C0ALERTS","bot":"slack","default":true}]`},
		{"general", "/chats/alias/list", `[{"name":"deploy","id":"#general","bot":"","default":false}]`},
	} {
		if got := a.do("GET", "/api/v1"+test.path, "", "X-API-Key", test.key); got.status != http.StatusOK || got.raw != test.want+"\n" {
			t.Errorf("%s of %s: %d %s, want %s", test.path, test.key[:2], got.status, got.raw, test.want)
		}
	}
}
