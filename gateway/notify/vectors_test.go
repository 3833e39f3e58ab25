package notify_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"mime/multipart"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/gateway/notify"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/notifyconfig"
	"github.com/gobridge/gopherbot/internal/receipt"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestVectors has the vectors of the specification that are the gateway's, by their numbers.
func TestVectors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]func(*api){
		"01": func(a *api) {
			a.is(a.do("POST", "/api/v1/send", `{"message":"m"}`), 401, "unauthorized")
			a.is(a.post("wrong", "/send", `{"message":"m"}`), 403, "forbidden")
			a.is(a.do("POST", "/api/v1/send?token="+ciKey, `{"message":"m"}`), 400, "key_in_url")
		},
		"02": func(a *api) {
			a.is(a.post("wrong", "/send", `{"message":"m"}`, "Authorization", "Bearer "+ciKey), 202, "")
			a.is(a.send(`{"message":"m"}`, "Authorization", "Bearer wrong"), 403, "forbidden")
		},
		"03": func(a *api) {
			got := a.send(`{"chat_id":"x","message":"m","msg":1}`)
			a.is(got, 400, "invalid_json")
			if !strings.Contains(got.Error, `"msg"`) {
				a.Error(got.Error)
			}
		},
		"04": func(a *api) {
			a.is(a.send(`{"message":"m"}{"message":"m"}`), 400, "invalid_json")
			a.is(a.send("{\"message\":\"\xff\"}"), 400, "invalid_json")
		},
		"05": func(a *api) { a.is(a.send("m", "Content-Type", "text/plain"), 415, "unsupported_media_type") },
		"06": func(a *api) {
			a.is(a.send(`{"message":"hi"}`), 202, "")
			if m := a.last(1); m.Chat != (event.Chat{ID: "C0ALERTS", Alias: "alerts"}) {
				a.Errorf("%+v", m)
			}
			without := open(a, func(o *notify.Options) { o.Config.Chats = nil })
			without.is(without.send(`{"message":"hi"}`), 400, "missing_chat")
		},
		"07": func(a *api) {
			got := a.send(`{"chat_id":"alert","message":"m"}`)
			a.is(got, 400, "unknown_chat")
			if !strings.Contains(got.Error, "alerts") {
				a.Error(got.Error)
			}
			got = a.post(listedKey, "/send", `{"chat_id":"deploi","message":"m"}`)
			a.is(got, 400, "unknown_chat")
			if strings.Contains(got.Error, "deploy") {
				a.Error(got.Error)
			}
		},
		"08": func(a *api) { a.is(a.send(`{"message":"m","status":"warn"}`), 400, "invalid_status") },
		"09": func(a *api) {
			a.is(a.send(`{"message":"m","mentions":{}}`), 400, "invalid_mentions")
			a.is(a.send(`{"message":"m","mentions":null}`), 202, "")
		},
		"10": func(a *api) {
			got := a.send(`{"message":"m","opts":{"force_dnd":true}}`)
			a.is(got, 400, "unsupported_option")
			if !strings.Contains(got.Error, "opts.force_dnd") {
				a.Error(got.Error)
			}
			got = a.send(`{"message":"m","opts":{"force_dnd":true},"on_unsupported":"ignore"}`)
			a.is(got, 202, "")
			entry, err := a.receipts.One(a.Context(), got.RequestID)
			if err != nil || len(entry.Warnings) != 1 || entry.Warnings[0] != "unsupported_option:opts.force_dnd" || a.last(1).Options.ForceDND {
				a.Errorf("%+v, %v", entry, err)
			}
			a.is(a.send(`{"message":"m","opts":{"force_dnd":false}}`), 202, "")
		},
		"11": func(a *api) {
			first := a.send(`{"message":"m","chat_id":"deploy"}`, "Idempotency-Key", "k1")
			a.is(first, 202, "")
			second := a.send(`{"chat_id":"deploy", "message":"m"}`, "Idempotency-Key", "k1")
			a.is(second, 202, "")
			if first.Duplicate || !second.Duplicate || first.RequestID != second.RequestID {
				a.Errorf("%s and %s", first.raw, second.raw)
			}
			a.last(1)
			a.is(a.send(`{"message":"other"}`, "Idempotency-Key", "k1"), 422, "idempotency_mismatch")
			a.is(a.post(opsKey, "/send", `{"message":"other"}`, "Idempotency-Key", "k1"), 202, "") // another key's
			a.becomes(first.RequestID, receipt.Receipt{State: receipt.Sent, SyncID: "C1/1.2"})
			third := a.send(`{"message":"m","chat_id":"deploy"}`, "Idempotency-Key", "k1")
			a.is(third, 200, "")
			if !third.Duplicate || third.SyncID != "C1/1.2" {
				a.Error(third.raw)
			}
		},
		"12": redisStops,
		"13": waits,
		"14": func(a *api) {
			file := func(data string) string {
				return fmt.Sprintf(`{"message":"m","file":{"name":"../../x","data":%q}}`, data)
			}
			a.is(a.send(file(base64.StdEncoding.EncodeToString(make([]byte, 1<<20+1)))), 413, "too_large")
			a.is(a.send(file("aG\nk=")), 400, "bad_file")
			a.is(a.send(file("aGk=")), 202, "")
			m := a.last(1)
			if m.File == nil || m.File.Name != "x" || m.File.Size != 2 {
				a.Fatalf("%+v", m.File)
			}
			if data, err := a.blobs.Get(a.Context(), m.File.Blob); err != nil || string(data) != "hi" {
				a.Errorf("%q, %v", data, err)
			}
		},
		"15": func(a *api) {
			a.is(a.send(`{"message":"<!channel> <@U1> *x*"}`), 202, "")
			if m := a.last(1); m.Text != "<!channel> <@U1> *x*" || m.Format != event.Plain || m.Broadcast {
				a.Errorf("%+v", m)
			}
		},
		"16": func(a *api) {
			a.is(a.send(`{"message":"@mention[all]"}`), 403, "broadcast_not_allowed")
			a.is(a.post(ciKey, "/send?no_parse=true", `{"message":"@mention[all]"}`), 202, "")
			if m := a.last(1); m.Parse || m.Broadcast {
				a.Errorf("%+v", m)
			}
			a.is(a.post(opsKey, "/send", `{"message":"@mention[all]"}`), 202, "")
			if m := a.last(2); !m.Parse || !m.Broadcast {
				a.Errorf("%+v", m)
			}
		},
		"18": func(a *api) {
			first := a.post(opsKey, "/alertmanager", firing("Disk", "critical", t0))
			a.is(first, 202, "")
			for range 2 {
				again := a.post(opsKey, "/alertmanager", firing("Disk", "critical", t0))
				a.is(again, 200, "")
				if !again.Duplicate || again.RequestID != first.RequestID || again.State != receipt.Queued {
					a.Error(again.raw)
				}
			}
			a.last(1)
		},
		"19": func(a *api) {
			short := open(a, func(o *notify.Options) { o.Config.Alertmanager.DedupeWindow = 100 * time.Millisecond })
			first := short.post(opsKey, "/alertmanager", firing("Disk", "critical", t0))
			testenv.Eventually(a, "the window has ended", func() bool {
				again := short.post(opsKey, "/alertmanager", firing("Disk", "critical", t0))
				return again.status == 202 && again.RequestID != first.RequestID
			})
			short.last(2)
		},
		"20": func(a *api) {
			for i, body := range []string{firing("Disk", "critical", t0), resolved("Disk", "critical", t0), firing("Disk", "critical", t0.Add(time.Minute))} {
				a.is(a.post(opsKey, "/alertmanager", body), 202, "")
				if m := a.last(i + 1); m.Group == nil || m.Group.Status != []string{"firing", "resolved", "firing"}[i] {
					a.Errorf("%+v", m.Group)
				}
			}
		},
		"21": func(a *api) {
			body := alerts("firing", alertOf("Disk", "info", "firing", t0), alertOf("Memory", "critical", "resolved", t0))
			a.is(a.post(opsKey, "/alertmanager", body), 202, "")
			if m := a.last(1); m.Status != event.OK {
				a.Error(m.Status)
			}
			a.is(a.post(opsKey, "/alertmanager", firing("Disk", "CRITICAL", t0)), 202, "")
			if m := a.last(2); m.Status != event.Error {
				a.Error(m.Status)
			}
		},
		"22": func(a *api) {
			var list []string
			for i := range 60 {
				list = append(list, alertOf(fmt.Sprintf("Alert%02d", i), "warning", "firing", t0))
			}
			a.is(a.post(opsKey, "/alertmanager", alerts("firing", list...)), 202, "")
			if text := a.textOf(a.last(1)); strings.Count(text, "Alert") != 20 || !strings.Contains(text, "40 more") {
				a.Errorf("%d shown in %s", strings.Count(text, "Alert"), text)
			}
		},
		"26": func(a *api) {
			signed := open(a, func(o *notify.Options) {
				o.Config.Grafana.HMAC = &notifyconfig.HMAC{Secret: notifyconfig.Secret(hmacSecret), Header: "X-Grafana-Alerting-Signature"}
			})
			body := grafana("alerting")
			good := signed.do("PUT", "/api/v1/grafana", body, "Content-Type", "application/json", "X-Grafana-Alerting-Signature", sign(body))
			signed.is(good, 202, "")
			changed := strings.Replace(body, "db1", "db2", 1)
			signed.is(signed.do("PUT", "/api/v1/grafana", changed, "Content-Type", "application/json", "X-Grafana-Alerting-Signature", sign(body)), 403, "forbidden")
		},
		"32": func(a *api) {
			id := a.send(`{"message":"m"}`).RequestID
			own, other, none := a.receipt(ciKey, id), a.receipt(opsKey, id), a.receipt(ciKey, strings.Repeat("A", 26))
			if own.status != 200 || !strings.Contains(own.raw, `"state":"queued"`) {
				a.Error(own.raw)
			}
			if a.is(other, 404, "not_found"); other.raw != none.raw || none.status != 404 {
				a.Errorf("%s and %s tell a foreign receipt from none", other.raw, none.raw)
			}
		},
		"34": func(a *api) {
			for i, boundary := range []string{"one", "two"} {
				var body bytes.Buffer
				w := multipart.NewWriter(&body)
				_ = w.SetBoundary(boundary)
				_ = w.WriteField("message", "m")
				part, _ := w.CreateFormFile("file", "a.txt")
				_, _ = part.Write([]byte("content"))
				_ = w.Close()
				got := a.send(body.String(), "Content-Type", w.FormDataContentType(), "Idempotency-Key", "k")
				if a.is(got, 202, ""); got.Duplicate != (i == 1) {
					a.Error(got.raw)
				}
			}
			a.last(1)
		},
		"36": func(a *api) {
			signed := open(a, func(o *notify.Options) {
				o.Config.Grafana.HMAC = &notifyconfig.HMAC{Secret: notifyconfig.Secret(hmacSecret), Header: "X-Grafana-Alerting-Signature"}
			})
			signed.is(signed.post(opsKey, "/grafana", grafana("alerting"), "X-Grafana-Alerting-Signature", sign("x")), 403, "forbidden")
			signed.is(signed.do("POST", "/api/v1/grafana", grafana("alerting"), "Content-Type", "application/json", "X-Grafana-Alerting-Signature", sign(grafana("alerting"))), 202, "")
			if m := signed.last(1); m.KeyName != "grafana-hmac" {
				a.Error(m.KeyName)
			}
			other := strings.Replace(grafana("alerting"), `"orgId":1`, `"orgId":2`, 1)
			signed.is(signed.post(opsKey, "/grafana", other), 202, "")
			signed.is(signed.do("POST", "/api/v1/grafana", other), 401, "unauthorized")
		},
		"39": func(a *api) {
			shadow := open(a, func(o *notify.Options) { o.Shadow, o.Config.Wait = true, 10*time.Second })
			got := shadow.send(`{"message":"m"}`)
			if shadow.is(got, 202, ""); !got.Shadow || !shadow.last(1).Shadow {
				a.Error(got.raw)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(open(t))
		})
	}
}

// redisStops is vector 12.
func redisStops(a *api) {
	server := redistest.Start(a, "--appendonly", "yes", "--appendfsync", "always")
	away := openOn(a, redistest.Dial(a, server.URL()), redistest.App())
	away.is(away.send(`{"message":"m"}`, "Idempotency-Key", "before"), 202, "")
	server.Stop(a)
	for _, key := range []string{"before", "after"} {
		got := away.send(`{"message":"m"}`, "Idempotency-Key", key)
		if away.is(got, 503, "queue_unavailable"); got.header.Get("Retry-After") != "5" {
			a.Errorf("Retry-After %q", got.header.Get("Retry-After"))
		}
	}
	got := away.post(opsKey, "/alertmanager", firing("Disk", "critical", t0))
	away.is(got, 503, "queue_unavailable")
	server.Restart(a)
	for range 2 {
		for _, key := range []string{"before", "after"} {
			testenv.Eventually(a, "Redis is back", func() bool {
				return away.send(`{"message":"m"}`, "Idempotency-Key", key).status == 202
			})
		}
		if got := away.post(opsKey, "/alertmanager", firing("Disk", "critical", t0)); got.status >= 300 {
			a.Error(got.raw)
		}
	}
	if n := len(away.queued()); n != 3 {
		a.Errorf("%d messages were queued, want 3", n)
	}
}

// waits is vector 13.
func waits(a *api) {
	answers := make(chan answer, 3)
	go func() { answers <- a.post(ciKey, "/send?wait=5s", `{"message":"posted"}`) }()
	testenv.Eventually(a, "it is queued", func() bool { return len(a.queued()) == 1 })
	a.becomes(a.last(1).RequestID, receipt.Receipt{State: receipt.Sent, SyncID: "C1/1.2", Link: "https://example.com/p"})
	if got := testenv.Next(a, answers); got.status != 200 || got.SyncID != "C1/1.2" || got.Link != "https://example.com/p" || got.Queued {
		a.Errorf("posted: %d %s", got.status, got.raw)
	}

	began := time.Now()
	got := a.post(ciKey, "/send?wait=1s", `{"message":"never"}`)
	if took := time.Since(began); got.status != 202 || !got.Queued || took < 900*time.Millisecond {
		a.Errorf("never, after %v: %d %s", took, got.status, got.raw)
	}

	go func() { answers <- a.post(ciKey, "/send", `{"message":"refused"}`, "Prefer", "respond-async, wait=20") }()
	testenv.Eventually(a, "it is queued", func() bool { return len(a.queued()) == 3 })
	id := a.last(3).RequestID
	a.becomes(id, receipt.Receipt{State: receipt.Retrying, NextAt: time.Now()})
	a.becomes(id, receipt.Receipt{State: receipt.Failed, Error: "there is no such channel", Code: "channel_not_found"})
	got = testenv.Next(a, answers)
	a.is(got, 502, "refused")
	if got.RequestID != id || !strings.Contains(got.Error, "no such channel") || got.header.Get("Preference-Applied") != "wait=15" {
		a.Errorf("%s %v", got.raw, got.header)
	}
}

func (a *api) receipt(key, id string) answer {
	a.Helper()
	return a.do("GET", "/api/v1/receipts/"+id, "", "X-API-Key", key)
}

// textOf returns the text of a message, wherever it is.
func (a *api) textOf(m event.Message) string {
	a.Helper()
	if m.TextBlob == nil {
		return m.Text
	}
	text, err := a.blobs.Get(a.Context(), *m.TextBlob)
	if err != nil {
		a.Fatal(err)
	}
	return string(text)
}

const hmacSecret = "grafana-secret-0123456789abcdef01"

func sign(body string) string {
	mac := hmac.New(sha256.New, []byte(hmacSecret))
	mac.Write([]byte(body))
	return hex.EncodeToString(mac.Sum(nil))
}
