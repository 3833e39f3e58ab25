package slack

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/workqueue"
)

// transports is a gateway with both ways in.
type transports struct {
	*Gateway
	now     time.Time
	events  []workqueue.Event
	results []gateway.Result
}

func (b *transports) Publish(_ context.Context, e workqueue.Event) (workqueue.Result, error) {
	b.events = append(b.events, e)
	return workqueue.Queued, nil
}

const signingSecret = "8f742231b10e8888abcd99yyyzzz85a5"

func newTransports(t testing.TB) *transports {
	t.Helper()
	b := &transports{now: time.Unix(1763660000, 0)}
	g, err := New(Options{
		AppID: "A0", TeamID: "T0", SigningSecrets: []string{signingSecret}, Publisher: b, Now: func() time.Time { return b.now },
		Observe: func(ctx context.Context, _ gateway.Meta) (context.Context, func(gateway.Result)) {
			return ctx, func(r gateway.Result) { b.results = append(b.results, r) }
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	b.Gateway = g
	return b
}

// overHTTP sends a socket's payload as Slack would over HTTP.
func (b *transports) overHTTP(kind string, payload []byte) {
	pattern, media, body := "POST /slack/event", "application/json", string(payload)
	switch kind {
	case commandEnvelope:
		var fields map[string]string
		_ = json.Unmarshal(payload, &fields) // the caller has seen that it can be
		form := url.Values{}
		for name, value := range fields {
			form.Set(name, value)
		}
		pattern, media, body = "POST /slack/command", formMedia, form.Encode()
	case interactiveEnvelope:
		pattern, media, body = "POST /slack/interactive", formMedia, url.Values{"payload": {string(payload)}}.Encode()
	}
	r := httptest.NewRequest("POST", "/", strings.NewReader(body))
	r.Header.Set("Content-Type", media)
	Sign(r.Header, []byte(body), signingSecret, b.now)
	b.Routes()[pattern].ServeHTTP(httptest.NewRecorder(), r)
}

// both sends a payload over HTTP and a socket, and compares.
func (b *transports) both(t *testing.T, kind string, payload []byte) {
	t.Helper()
	b.events, b.results = nil, nil
	b.overHTTP(kind, payload)
	b.sockets[kind].Accept(t.Context(), payload, gateway.Meta{})
	if len(b.results) != 2 {
		t.Fatalf("%s %s: %d results", kind, payload, len(b.results))
	}
	overHTTP, overSocket := b.results[0], b.results[1]
	if overHTTP.Outcome != overSocket.Outcome || overHTTP.Reason != overSocket.Reason || overHTTP.Status != overSocket.Status {
		t.Fatalf("%s %s: over HTTP %s (%s), over a socket %s (%s)", kind, payload, overHTTP.Outcome, overHTTP.Reason, overSocket.Outcome, overSocket.Reason)
	}
	if overHTTP.Outcome != gateway.Queued {
		if len(b.events) > 0 {
			t.Fatalf("%s %s: %s and queued", kind, payload, overHTTP.Outcome)
		}
		return
	}
	if one, other := neutral(t, b.events[0]), neutral(t, b.events[1]); !reflect.DeepEqual(one, other) {
		t.Fatalf("%s %s:\n%+v\n%+v", kind, payload, one, other)
	}
}

// routed is an event without what differs: its request, how it came, and the id of one that
// is never a duplicate.
type routed struct {
	workqueue.Event
	payload any
}

func neutral(t *testing.T, e workqueue.Event) routed {
	t.Helper()
	text := e.Payload
	if e.Type == event.Type(Source, event.Interaction) {
		request, err := event.DecodeInteraction(e.Payload)
		if err != nil {
			t.Fatalf("%v: %s", err, e.Payload)
		}
		text = request.Body
	}
	var payload any
	if err := json.Unmarshal(text, &payload); err != nil {
		payload = string(text) // the parser of events is more lenient
	}
	if e.Key == "" {
		e.ID = ""
	}
	e.RequestID, e.Payload = "", nil
	return routed{e, payload}
}

// isForm reports whether Slack could send the payload as a form: an object of texts.
func isForm(payload []byte) bool {
	var fields map[string]string
	return json.Unmarshal(payload, &fields) == nil && fields != nil && fields[sslCheckField] != "1"
}

// TestRoute_TransportsAgree makes bodies of the fields that routing reads, each there, of
// another shape, foreign or missing, and sends each by both ways.
func TestRoute_TransportsAgree(t *testing.T) {
	t.Parallel()
	b := newTransports(t)
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(values ...string) string { return values[random.IntN(len(values))] }
	object := func(fields ...string) string {
		var list []string
		for i := 0; i < len(fields); i += 2 {
			if fields[i+1] != "" {
				list = append(list, strconv.Quote(fields[i])+":"+fields[i+1])
			}
		}
		return "{" + strings.Join(list, ",") + "}"
	}
	id := func(ours string) string {
		return pick(strconv.Quote(ours), strconv.Quote(ours), strconv.Quote(ours), `"X0"`, `""`, "")
	}
	odd := func(value string) string { return pick(value, value, value, "null", "", "[]", "7", `"\u0026=\u00e9"`) }
	outcomes := map[gateway.Outcome]int{}
	for range 4000 {
		inner := object("type", odd(pick(`"message"`, `"reaction_added"`, `"app_home_opened"`, `"team_join"`)), "channel", odd(`"C1"`), "ts", odd(`"1.2"`),
			"channel_type", odd(`"im"`), "user", odd(`"U1"`), "tab", odd(`"home"`), "event_ts", odd(`"1515449522000016"`), "item", odd(`{"channel":"C1"}`))
		b.both(t, eventsEnvelope, []byte(object("type", odd(`"event_callback"`), "api_app_id", id("A0"), "team_id", id("T0"),
			"event_id", odd(`"Ev1"`), "event_time", odd("1763660000"), "event", odd(inner))))
		outcomes[b.results[0].Outcome]++

		b.both(t, interactiveEnvelope, []byte(object("type", odd(pick(`"block_actions"`, `"shortcut"`, `"view_submission"`, `"view_closed"`, `"block_suggestion"`, `"dialog_submission"`)),
			"api_app_id", id("A0"), "team", odd(object("id", id("T0"))), "user", odd(object("team_id", id("T0"))), "trigger_id", odd(`"1.2"`),
			"view", odd(object("id", odd(`"V1"`))), "channel", odd(object("id", odd(`"C1"`))), "container", odd(object("channel_id", odd(`"C2"`))))))
		outcomes[b.results[0].Outcome]++

		word := func(value string) string {
			return pick(strconv.Quote(value), strconv.Quote(value), strconv.Quote(value), `""`, "", `"\u0026=\u003c\ud83d\ude00\n"`)
		}
		b.both(t, commandEnvelope, []byte(object("api_app_id", id("A0"), "team_id", id("T0"), "command", word("/gopher"), "text", word("a&b=c;d%20+"),
			"user_id", word("U1"), "channel_id", word("C1"), "trigger_id", word("1.2"))))
		outcomes[b.results[0].Outcome]++
	}
	for _, o := range []gateway.Outcome{gateway.Queued, gateway.Ignored, gateway.Malformed, gateway.OtherWorkspace, gateway.Forbidden} {
		if outcomes[o] < 100 {
			t.Errorf("%d of the bodies are %s: they show little", outcomes[o], o)
		}
	}
}

// FuzzRoute sends any payload by both ways.
func FuzzRoute(f *testing.F) {
	kinds := []string{eventsEnvelope, commandEnvelope, interactiveEnvelope}
	for kind, payload := range map[int]string{
		0: `{"type":"event_callback","api_app_id":"A0","team_id":"T0","event_id":"E","event":{"type":"message","ts":"1.","channel":"C","channel_type":"im"}}`,
		1: `{"api_app_id":"A0","team_id":"T0","command":"/x","text":"a&b","user_id":"U","channel_id":"C","trigger_id":"1"}`,
		2: `{"type":"view_submission","api_app_id":"A0","team":null,"user":{"team_id":"T0"},"trigger_id":"1","view":{"callback_id":"?x","blocks":[{"type":"input","block_id":"b"}]}}`,
	} {
		f.Add(kind, payload)
	}
	f.Add(0, `{"type":"app_home_opened","user":"U","event_ts":"1515449522000016"}`)
	f.Add(2, `{"type":"block_suggestion","api_app_id":"A0","team":{"id":"T0"},"value":"\u0000"}`)
	b := newTransports(f)
	f.Fuzz(func(t *testing.T, kind int, payload string) {
		name := kinds[uint(kind)%3]
		if len(payload) > MaxBody/4 || name == commandEnvelope && !isForm([]byte(payload)) || name == interactiveEnvelope && payload == "" {
			return
		}
		b.both(t, name, []byte(payload))
	})
}
