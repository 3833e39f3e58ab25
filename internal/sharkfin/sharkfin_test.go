package sharkfin_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/sharkfin"
	"github.com/gobridge/gopherbot/internal/sharkfin/sim"
	"github.com/gobridge/gopherbot/sharkfin/client"
)

func TestHost(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://chat.example.org/":       "chat.example.org",
		"http://LocalHost:16000/sharkfin": "localhost:16000",
		"http://[::1]:16000/":             "[::1]:16000",
		"chat.example.org":                "",
		"http://%":                        "",
	} {
		host, err := sharkfin.Host(address)
		if host != want || (err != nil) != (want == "") {
			t.Errorf("%s: %q, %v, want %q", address, host, err, want)
		}
	}
}

// Upgrades depend on the form of keys.
func TestKey(t *testing.T) {
	t.Parallel()
	if got := sharkfin.Key("chat.example.org", 7); got != "sharkfin/chat.example.org/7" {
		t.Errorf("%q", got)
	}
}

// TestDecode reads the payload that earlier releases wrote.
func TestDecode(t *testing.T) {
	t.Parallel()
	const payload = `{"id":7,"channel":"general","channel_type":"channel","public":true,"from":"alice","from_type":"user","body":"hi","sent_at":"2026-11-26T18:09:52Z","thread_id":3,"metadata":"{}","new":1}`
	m, err := sharkfin.Decode([]byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	at, err := m.Time()
	if err != nil || !at.Equal(time.Date(2026, 11, 26, 18, 9, 52, 0, time.UTC)) {
		t.Errorf("%v, %v", at, err)
	}
	if m.ID != 7 || m.Channel != "general" || !m.Public || m.Direct() || m.From != "alice" || m.FromType != sharkfin.User || m.Body != "hi" || *m.ThreadID != 3 || *m.Metadata != "{}" {
		t.Errorf("%+v", m)
	}
	written, err := json.Marshal(m)
	if err != nil || string(written) != strings.Replace(payload, `,"new":1`, "", 1) {
		t.Errorf("%s, %v", written, err)
	}
}

func TestDecode_Refuses(t *testing.T) {
	t.Parallel()
	for _, payload := range []string{
		``, `[]`, `{"id":"secret"}`, `{}`,
		`{"id":-1,"channel":"secret","channel_type":"dm","from":"a","sent_at":"2026-11-26T18:09:52Z"}`,
		`{"id":1,"channel_type":"dm","from":"secret","sent_at":"2026-11-26T18:09:52Z"}`,
		`{"id":1,"channel":"secret","channel_type":"dm","sent_at":"2026-11-26T18:09:52Z"}`,
		`{"id":1,"channel":"c","channel_type":"secret","from":"a","sent_at":"2026-11-26T18:09:52Z"}`,
		`{"id":1,"channel":"c","channel_type":"dm","from":"a","sent_at":"secret"}`,
	} {
		if m, err := sharkfin.Decode([]byte(payload)); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %+v, %v", payload, m, err)
		}
	}
}

func TestMark(t *testing.T) {
	t.Parallel()
	for _, mark := range []sharkfin.Mark{{Post: "h1"}, {Post: "h2", REST: true}} {
		text := mark.String()
		if got, ok := sharkfin.ReadMark(&text); !ok || got != mark {
			t.Errorf("%s: %+v, %v", text, got, ok)
		}
	}
	if text := (sharkfin.Mark{Post: "h1"}).String(); text != `{"gopher":"h1"}` {
		t.Errorf("%s", text) // consumers of earlier releases look for it
	}
	for _, other := range []string{"", "not json", "7", `{"a":1}`, `{"gopher":7}`, `{"gopher":""}`} {
		if got, ok := sharkfin.ReadMark(&other); ok {
			t.Errorf("%s: %+v", other, got)
		}
	}
	if _, ok := sharkfin.ReadMark(nil); ok {
		t.Error("no metadata has a mark")
	}
}

func TestIdentify(t *testing.T) {
	t.Parallel()
	s := sim.New(sim.Options{Identities: []sim.Identity{{Name: "gopher", Key: "gopher-key", Type: sim.Service}}})
	t.Cleanup(s.Close)
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	who, err := sharkfin.Identify(t.Context(), h.Client(), h.URL+"/", "gopher-key")
	if err != nil || who != (sharkfin.Identity{Username: "gopher", Type: sharkfin.Service, Role: "bot"}) {
		t.Errorf("%+v, %v", who, err)
	}
	_, err = sharkfin.Identify(t.Context(), h.Client(), h.URL, "wrong-key")
	if !errors.Is(err, client.ErrUnauthorized) || !strings.Contains(err.Error(), "GOPHER_SHARKFIN_KEY") || strings.Contains(err.Error(), "wrong-key") {
		t.Errorf("a refused key: %v", err)
	}
	s.Fail(sim.Fault{Path: "/api/v1/auth/register", Status: http.StatusBadGateway, Body: "down"})
	if _, err = sharkfin.Identify(t.Context(), h.Client(), h.URL, "gopher-key"); !errors.Is(err, client.ErrServer) {
		t.Errorf("a server that fails: %v", err)
	}
	h.Close()
	if _, err = sharkfin.Identify(t.Context(), h.Client(), h.URL, "gopher-key"); err == nil || !strings.Contains(err.Error(), "check GOPHER_SHARKFIN_URL") {
		t.Errorf("no server: %v", err)
	}
}

func TestIdentify_OfAnotherServer(t *testing.T) {
	t.Parallel()
	for _, answer := range []http.HandlerFunc{
		http.NotFound,
		func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>hello")) },
		func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"id":1}`)) },
	} {
		h := httptest.NewServer(answer)
		_, err := sharkfin.Identify(t.Context(), h.Client(), h.URL, "gopher-key")
		h.Close()
		if !errors.Is(err, sharkfin.ErrNotSharkfin) || !strings.Contains(err.Error(), "GOPHER_SHARKFIN_URL") {
			t.Errorf("%v", err)
		}
	}
}

func TestParseRef(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]sharkfin.Ref{
		"general/7": {Channel: "general", ID: 7},
		"7":         {ID: 7},
		"a b/c?/12": {Channel: "a b/c?", ID: 12},
		"7/8":       {Channel: "7", ID: 8},
	} {
		got, ok := sharkfin.ParseRef(text)
		if !ok || got != want || got.Channel != "" && got.String() != text {
			t.Errorf("%q: %+v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "/", "/7", "general", "general/", "general/0", "general/-1", "general/07", "general/+7", "1795700000.000100", "99999999999999999999"} {
		if got, ok := sharkfin.ParseRef(text); ok {
			t.Errorf("%q: %+v", text, got)
		}
	}
}
