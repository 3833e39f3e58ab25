package slack_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/valyala/fastjson"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/gateway/slack"
	"github.com/gobridge/gopherbot/workqueue"
)

func TestSlackIngress_BadInput(t *testing.T) {
	t.Parallel()
	change := func(f func(*http.Request)) func(*http.Request) { return f }
	for _, test := range []struct {
		name   string
		body   string
		change func(*http.Request)
		status int
	}{
		{"GET", "", change(func(r *http.Request) { r.Method = "GET" }), 405},
		{"PUT", envelope(message), change(func(r *http.Request) { r.Method = "PUT" }), 405},
		{"a form", envelope(message), change(func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }), 415},
		{"no media type", envelope(message), change(func(r *http.Request) { r.Header.Del("Content-Type") }), 415},
		{"a body over the limit", envelope(strings.Repeat(" ", slack.MaxBody)), nil, 413},
		{"no signature", envelope(message), change(func(r *http.Request) { r.Header.Del("X-Slack-Signature") }), 401},
		{"no timestamp", envelope(message), change(func(r *http.Request) { r.Header.Del("X-Slack-Request-Timestamp") }), 401},
		{"a timestamp that is no number", envelope(message), change(func(r *http.Request) { r.Header.Set("X-Slack-Request-Timestamp", "now") }), 401},
		{"another signature version", envelope(message), change(func(r *http.Request) {
			r.Header.Set("X-Slack-Signature", "v1"+strings.TrimPrefix(r.Header.Get("X-Slack-Signature"), "v0"))
		}), 401},
		{"a signature that is no hex", envelope(message), change(func(r *http.Request) { r.Header.Set("X-Slack-Signature", "v0=zz") }), 401},
		{"a signature cut short", envelope(message), change(func(r *http.Request) {
			r.Header.Set("X-Slack-Signature", r.Header.Get("X-Slack-Signature")[:20])
		}), 401},
		{"forged: another secret", envelope(message), change(func(r *http.Request) { slack.Sign(r.Header, []byte(envelope(message)), "guess", now) }), 401},
		{"stale: signed 301 s ago", envelope(message), change(func(r *http.Request) {
			slack.Sign(r.Header, []byte(envelope(message)), secret, now.Add(-301*time.Second))
		}), 401},
		{"future: signed 301 s ahead", envelope(message), change(func(r *http.Request) {
			slack.Sign(r.Header, []byte(envelope(message)), secret, now.Add(301*time.Second))
		}), 401},
		{"tampered: another body", envelope(message), change(func(r *http.Request) {
			r.Body = io.NopCloser(strings.NewReader(strings.Replace(envelope(message), "U1", "U2", 1)))
		}), 401},
		{"tampered: another time", envelope(message), change(func(r *http.Request) { r.Header.Set("X-Slack-Request-Timestamp", "1763660001") }), 401},
		{"broken JSON", `{"type":`, nil, 400},
		{"nothing", ``, nil, 400},
		{"another app", strings.Replace(envelope(message), appID, "A0OTHER", 1), nil, 403},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := open(t)
			r := d.signed(test.body)
			if test.change != nil {
				test.change(r)
			}
			r.ContentLength = -1 // the body may have been changed
			status, body := d.send(r)
			if status != test.status {
				t.Errorf("%d, want %d", status, test.status)
			}
			if strings.TrimSpace(body) != http.StatusText(test.status) {
				t.Errorf("the body says more than the status: %q", body)
			}
			if len(d.queue.events) > 0 {
				t.Errorf("queued %+v", d.queue.events)
			}
			if signed := strings.HasPrefix(test.name, "forged:") || strings.HasPrefix(test.name, "tampered:"); len(d.answers) > 0 && d.answers[0].WrongSecret != (signed && status == 401) {
				t.Errorf("signed with a wrong secret: %v", d.answers[0].WrongSecret)
			}
			if log := d.log.String(); strings.Contains(log, secret) || strings.Contains(log, "a \\u003c b") {
				t.Errorf("a secret or a message's text is logged: %s", log)
			}
		})
	}
}

func TestSlackIngress_GoodInput(t *testing.T) {
	t.Parallel()
	at := time.Unix(1763659999, 200_000)
	for _, test := range []struct {
		name    string
		body    string
		want    workqueue.Event // but for Source, ID and RequestID; no Type: nothing is queued
		outcome gateway.Outcome
	}{
		{"a public message", envelope(message),
			workqueue.Event{Type: "message_public", Key: "T0GOPHER/C1/1763659999.000200", Partition: "C1", Time: at}, gateway.Queued},
		{"a private message", envelope(strings.Replace(message, `"channel_type":"channel"`, `"channel_type":"group"`, 1)),
			workqueue.Event{Type: "message_private", Key: "T0GOPHER/C1/1763659999.000200", Partition: "C1", Time: at}, gateway.Queued},
		{"a direct message", envelope(strings.Replace(message, `"channel_type":"channel"`, `"channel_type":"im"`, 1)),
			workqueue.Event{Type: "message_private", Key: "T0GOPHER/C1/1763659999.000200", Partition: "C1", Time: at}, gateway.Queued},
		{"an edit is not the message that it edits", envelope(strings.Replace(message, `"user"`, `"hidden":true,"subtype":"message_changed","user"`, 1)),
			workqueue.Event{Type: "message_public", Key: "T0GOPHER/Ev1", Partition: "C1", Time: at}, gateway.Queued},
		{"someone joins the workspace", envelope(`{"type":"team_join","user":{"id":"U1"},"event_ts":"1763659999.000200"}`),
			workqueue.Event{Type: "team_join", Key: "T0GOPHER/Ev1", Time: at}, gateway.Queued},
		{"a channel is renamed", envelope(`{"type":"channel_rename","channel":{"id":"C1","name":"lobby","created":1}}`),
			workqueue.Event{Type: "channel_change", Key: "T0GOPHER/Ev1", Time: time.Unix(1763660000, 0)}, gateway.Queued},
		{"someone joins a channel", envelope(`{"type":"member_joined_channel","user":"U1","channel":"C1","channel_type":"C","team":"T0GOPHER"}`),
			workqueue.Event{Type: "channel_join", Key: "T0GOPHER/Ev1", Partition: "C1", Time: time.Unix(1763660000, 0)}, gateway.Queued},
		{"a mention", envelope(strings.Replace(message, `"message"`, `"app_mention"`, 1)), workqueue.Event{}, gateway.Ignored},
		{"an event nobody handles", envelope(`{"type":"pin_added"}`), workqueue.Event{}, gateway.Ignored},
		{"a message in a new kind of channel", envelope(strings.Replace(message, `"channel_type":"channel"`, `"channel_type":"moon"`, 1)),
			workqueue.Event{}, gateway.Ignored},
		{"a request of a new type", `{"type":"something_new"}`, workqueue.Event{}, gateway.Ignored},
		{"rate limited", `{"type":"app_rate_limited","team_id":"` + teamID + `","api_app_id":"` + appID + `","minute_rate_limited":1518467820}`,
			workqueue.Event{}, gateway.Ignored},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := open(t)
			if status, body := d.send(d.signed(test.body)); status != 200 || body != "" {
				t.Fatalf("%d %q", status, body)
			}
			if d.answers[0].Outcome != test.outcome {
				t.Errorf("outcome %s, want %s", d.answers[0].Outcome, test.outcome)
			}
			if test.want.Type == "" {
				if len(d.queue.events) > 0 {
					t.Errorf("queued %+v", d.queue.events)
				}
				return
			}
			if len(d.queue.events) != 1 {
				t.Fatalf("queued %d events", len(d.queue.events))
			}
			got := d.queue.events[0]
			if got.Type != test.want.Type || got.Key != test.want.Key || got.Partition != test.want.Partition || !got.Time.Equal(test.want.Time) || got.Source != "slack" || got.ID != "Ev1" || got.RequestID == "" {
				t.Errorf("queued %+v, want %+v", got, test.want)
			}
		})
	}
}

// FuzzGateway sends anything, signed or not, through the whole path. Whatever
// comes, the answer is one of the documented ones and nothing that is not
// signed is queued.
func FuzzGateway(f *testing.F) {
	for _, body := range []string{
		envelope(message), envelope(`{"type":"team_join","user":{}}`), `{"type":"url_verification","challenge":"c"}`,
		`{"type":"event_callback","team_id":"T0GOPHER","api_app_id":"A0GOPHER","event_id":"E","event":{"type":"message","ts":"1.","channel":"C","channel_type":"im"}}`,
		`{"type":"event_callback","event":{"type":"message","type":[]}}`, "\xff{}", `[[[[`,
		envelope(`{"type":"message","ts":"1.2","channel":"C\\u0007","channel_type":"im","text":"\\u0000\\/"}`),
	} {
		f.Add(body, "application/json", "", "", true)
		f.Add(body, "application/json", "v0=00", "1763660000", false)
	}
	q := &queue{result: workqueue.Queued}
	g, err := slack.New(slack.Options{
		AppID: appID, TeamID: teamID, SigningSecrets: []string{secret}, Publisher: q,
		Now: func() time.Time { return now },
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body, media, signature, timestamp string, sign bool) {
		q.events = nil
		r := httptest.NewRequest("POST", "/slack/event", strings.NewReader(body))
		r.Header = http.Header{"Content-Type": {media}, "X-Slack-Signature": {signature}, "X-Slack-Request-Timestamp": {timestamp}}
		if sign {
			slack.Sign(r.Header, []byte(body), secret, now)
		}
		w := httptest.NewRecorder()
		g.Routes()["POST /slack/event"].ServeHTTP(w, r)
		switch w.Code {
		case 200, 400, 403, 413:
			if !sign && w.Code != 413 {
				t.Errorf("%d for a request that is not signed", w.Code)
			}
		case 415:
		case 401:
			if sign {
				t.Error("401 for a signed request")
			}
		default:
			t.Errorf("answered %d", w.Code)
		}
		if len(q.events) > 0 && (w.Code != 200 || !sign) {
			t.Errorf("queued %+v and answered %d", q.events, w.Code)
		}
		for _, e := range q.events {
			if e.Type == "" || e.Key == "" || e.ID == "" || e.Time.IsZero() || !fastjson.Exists(e.Payload, "type") || json.Valid([]byte(body)) && !json.Valid(e.Payload) {
				t.Errorf("queued an event with something missing or broken: %+v\n%s", e, e.Payload)
			}
		}
	})
}
