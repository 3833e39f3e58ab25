package apikey_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/gateway/notify/apikey"
	"github.com/gobridge/gopherbot/internal/notifyconfig"
)

var (
	first  = strings.Repeat("a", 32)
	second = strings.Repeat("b", 32)
)

func keys() *apikey.Set {
	return apikey.NewSet([]notifyconfig.Key{
		{Name: "first", Hash: sha256.Sum256([]byte(first)), Endpoints: []notifyconfig.Endpoint{notifyconfig.Send}, Bots: []string{"slack"}},
		{Name: "second", Hash: sha256.Sum256([]byte(second))},
	})
}

func TestSet_Match(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{first: "first", second: "second", "": "", first[1:]: "", first + " ": ""} {
		if k := keys().Match(given); (k == nil) != (want == "") || k != nil && k.Name != want {
			t.Errorf("%q: %+v, want %q", given, k, want)
		}
	}
	if k := apikey.NewSet(nil).Match(""); k != nil {
		t.Errorf("of no keys: %+v", k)
	}
}

func TestGiven(t *testing.T) {
	t.Parallel()
	basic := func(user, password string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
	}
	for _, test := range []struct{ authorization, key, want string }{
		{"", "", ""},
		{"Bearer k1", "", "k1"},
		{"bearer  k1 ", "", "k1"},
		{"Bearer k1", "k2", "k1"},
		{"Bearer ", "k2", "k2"},
		{"Bearer", "k2", "k2"},
		{"", "k2", "k2"},
		{basic("any", "k3"), "", "k3"},
		{basic("", "k3"), "", "k3"},
		{basic("proxy", "its own"), "k2", "k2"},
		{"Digest k1", "", ""},
	} {
		r := httptest.NewRequest("POST", "/", nil)
		r.Header.Set("Authorization", test.authorization)
		r.Header.Set("X-API-Key", test.key)
		if got := apikey.Given(r); got != test.want {
			t.Errorf("%q and %q: %q, want %q", test.authorization, test.key, got, test.want)
		}
	}
}

func TestKey_Scopes(t *testing.T) {
	t.Parallel()
	limited, all := keys().Match(first), keys().Match(second)
	if !limited.MayCall(notifyconfig.Send) || limited.MayCall(notifyconfig.Grafana) || !limited.MayUse("slack") || limited.MayUse("main") {
		t.Error("the key with scopes")
	}
	if !all.MayCall(notifyconfig.Grafana) || !all.MayUse("main") {
		t.Error("the key without scopes")
	}
}

func TestKey_Allow(t *testing.T) {
	t.Parallel()
	k := apikey.NewKey(notifyconfig.Key{Rate: 2, Burst: 3})
	now := time.Unix(1795700000, 0)
	for range 3 {
		if _, ok := k.Allow(now); !ok {
			t.Fatal("the burst is refused")
		}
	}
	for range 2 { // what is refused takes nothing
		if wait, ok := k.Allow(now); ok || wait != 500*time.Millisecond {
			t.Errorf("beyond the burst: %v, wait %v", ok, wait)
		}
	}
	if _, ok := k.Allow(now.Add(500 * time.Millisecond)); !ok {
		t.Error("half a second later it is refused")
	}
	standard := apikey.NewKey(notifyconfig.Key{})
	for i := range apikey.DefaultBurst {
		if _, ok := standard.Allow(now); !ok {
			t.Fatalf("request %d of the default burst is refused", i)
		}
	}
	if wait, ok := standard.Allow(now); ok || wait != time.Second/apikey.DefaultRate {
		t.Errorf("beyond the default burst: %v, wait %v", ok, wait)
	}
}

func TestSet_InQuery(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]bool{
		"": false, "wait=5s&chat_id=alerts": false, "token=x": true, "Token=": true, "api_key=" + first: true, "chat_id=" + second: true, "q=" + second[1:]: false,
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		if got := keys().InQuery(values); got != want {
			t.Errorf("%q: %v", query, got)
		}
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	var f apikey.Failures
	now := time.Unix(1795700000, 0)
	for _, step := range []struct {
		remote     string
		after      time.Duration
		unreported int64
		report     bool
	}{
		{"192.0.2.1", 0, 0, true},
		{"192.0.2.1", time.Second, 0, false},
		{"::ffff:192.0.2.1", time.Second, 0, false},
		{"192.0.2.2", 2 * time.Second, 2, true},
		{"2001:db8::1", 2 * time.Second, 0, true},
		{"2001:db8::2", 2 * time.Second, 0, false},
		{"2001:db8:0:1::1", 2 * time.Second, 1, true},
		{"no address", 2 * time.Second, 0, true},
		{"192.0.2.1", time.Minute, 0, true},
	} {
		unreported, report := f.Report(step.remote, now.Add(step.after))
		if unreported != step.unreported || report != step.report {
			t.Errorf("%s after %v: %d, %v; want %d, %v", step.remote, step.after, unreported, report, step.unreported, step.report)
		}
	}
}

func TestFailures_AreBounded(t *testing.T) {
	t.Parallel()
	var f apikey.Failures
	now := time.Unix(1795700000, 0)
	reported := 0
	for i := range 3000 {
		if _, ok := f.Report(fmt.Sprintf("10.0.%d.%d", i/250, i%250), now); ok {
			reported++
		}
	}
	if reported != 1024 {
		t.Errorf("%d of 3000 addresses are reported, want 1024", reported)
	}
	if unreported, ok := f.Report("192.0.2.1", now.Add(time.Minute)); !ok || unreported != 3000-1024 {
		t.Errorf("a minute later: %d, %v", unreported, ok)
	}
}
