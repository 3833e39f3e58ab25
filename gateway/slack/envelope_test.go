package slack_test

import (
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/gateway"
)

// TestRoute_Workspaces sends one message under the envelopes that channels of
// several workspaces and organizations bring.
func TestRoute_Workspaces(t *testing.T) {
	t.Parallel()
	with := func(fields string) string {
		return `{"api_app_id":"` + appID + `","type":"event_callback","event_id":"Ev1","event_time":1763660000,` + fields + `,"event":` + message + `}`
	}
	for _, test := range []struct {
		name, fields string
		outcome      gateway.Outcome
	}{
		{"ours", `"team_id":"T0GOPHER"`, gateway.Queued},
		{"Slack Connect", `"team_id":"T0OTHER","context_team_id":"T0GOPHER","is_ext_shared_channel":true,"authorizations":[{"enterprise_id":null,"team_id":"T0GOPHER"}]`, gateway.Queued},
		{"only the authorization is ours", `"team_id":"T0OTHER","context_team_id":"T0OTHER","authorizations":[{"team_id":"T0GOPHER"}]`, gateway.Queued},
		{"only the second authorization is ours", `"team_id":"T0OTHER","authorizations":[{"team_id":"T0THIRD"},{"team_id":"T0GOPHER"}]`, gateway.Queued},
		{"only the context is ours", `"team_id":"T0OTHER","context_team_id":"T0GOPHER","authorizations":[{"team_id":"T0OTHER"}]`, gateway.Queued},
		{"it happened here and is seen elsewhere", `"team_id":"T0GOPHER","context_team_id":"T0OTHER","authorizations":[{"team_id":"T0OTHER"}]`, gateway.Queued},
		{"no authorizations", `"team_id":"T0OTHER","context_team_id":"T0GOPHER","authorizations":[]`, gateway.Queued},
		{"null everywhere but here", `"team_id":null,"context_team_id":null,"enterprise_id":"E0ORG","authorizations":[null,{"team_id":null},{"enterprise_id":"E0ORG","team_id":"T0GOPHER","is_enterprise_install":true}]`, gateway.Queued},
		{"authorizations of another shape", `"team_id":"T0GOPHER","context_team_id":{},"authorizations":{"team_id":"T0OTHER"}`, gateway.Queued},
		{"the organization's own channel", `"team_id":"E0ORG","context_team_id":"T0GOPHER","authorizations":[{"enterprise_id":"E0ORG","team_id":null,"is_enterprise_install":true}]`, gateway.Queued},
		{"another workspace", `"team_id":"T0OTHER"`, gateway.OtherWorkspace},
		{"another workspace by all ids", `"team_id":"T0OTHER","context_team_id":"T0OTHER","authorizations":[{"team_id":"T0OTHER"}]`, gateway.OtherWorkspace},
		{"an id that begins like ours", `"team_id":"T0GOPHER2"`, gateway.OtherWorkspace},
		{"only an organization", `"team_id":null,"enterprise_id":"E0ORG","authorizations":[{"enterprise_id":"E0ORG","team_id":null,"is_enterprise_install":true}]`, gateway.Malformed},
		{"no workspace", `"authorizations":[]`, gateway.Malformed},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := open(t)
			if status, _ := d.send(d.signed(with(test.fields))); status != 200 || d.answers[0].Outcome != test.outcome {
				t.Fatalf("%d %s, want 200 %s", status, d.answers[0].Outcome, test.outcome)
			}
			if test.outcome != gateway.Queued {
				if len(d.queue.events) > 0 {
					t.Errorf("queued %+v", d.queue.events)
				}
				return
			}
			// The key is the same under each, and that of earlier releases.
			if e := d.queue.events[0]; e.Key != "T0GOPHER/C1/1763659999.000200" || e.Partition != "C1" {
				t.Errorf("key %q, partition %q", e.Key, e.Partition)
			}
		})
	}
}

// TestRoute_KeysOfOtherEvents says by what events that are no messages are known.
func TestRoute_KeysOfOtherEvents(t *testing.T) {
	t.Parallel()
	for _, inner := range []string{
		`{"type":"member_joined_channel","user":"U1","channel":"C1","channel_type":"C","team":"T0OTHER"}`,
		`{"type":"channel_rename","channel":{"id":"C1","name":"lobby"}}`,
		`{"type":"team_join","user":{"id":"U1"}}`,
	} {
		d := open(t)
		body := strings.Replace(envelope(inner), `"team_id":"`+teamID, `"team_id":"T0OTHER`, 1)
		if d.send(d.signed(body)); len(d.queue.events) != 1 || d.queue.events[0].Key != "T0GOPHER/Ev1" {
			t.Errorf("%s: %+v", inner, d.queue.events)
		}
	}
}

// TestRoute_RateLimitOfAnotherWorkspace is not ours to log.
func TestRoute_RateLimitOfAnotherWorkspace(t *testing.T) {
	t.Parallel()
	for team, want := range map[string]gateway.Outcome{teamID: gateway.Ignored, "T0OTHER": gateway.OtherWorkspace} {
		d := open(t)
		d.send(d.signed(`{"type":"app_rate_limited","team_id":"` + team + `","api_app_id":"` + appID + `","minute_rate_limited":1518467820}`))
		if d.answers[0].Outcome != want {
			t.Errorf("%s: %s, want %s", team, d.answers[0].Outcome, want)
		}
	}
}

// TestRoute_Malformed sends what is genuine, and not as Slack documents it: an
// error would have Slack send it again, and in the end switch the app off.
func TestRoute_Malformed(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"no JSON object":                 `[1]`,
		"null":                           `null`,
		"no type":                        `{}`,
		"a type that is no string":       `{"type":{}}`,
		"no challenge":                   `{"type":"url_verification"}`,
		"no app":                         `{"type":"event_callback","team_id":"` + teamID + `"}`,
		"no event":                       strings.Replace(envelope(message), `"event":`, `"evens":`, 1),
		"an event that is no object":     envelope(`"message"`),
		"an event without a type":        envelope(`{"channel":"C1"}`),
		"no event id":                    strings.Replace(envelope(message), `"event_id"`, `"id"`, 1),
		"a message without a channel":    envelope(`{"type":"message","ts":"1.2","channel_type":"im"}`),
		"a message with a null channel":  envelope(`{"type":"message","ts":"1.2","channel":null,"channel_type":"im"}`),
		"no channel type":                envelope(`{"type":"message","ts":"1.2","channel":"C1"}`),
		"a message without a time":       envelope(`{"type":"message","channel":"C1","channel_type":"im"}`),
		"an event without any time":      strings.Replace(envelope(`{"type":"team_join","user":{"id":"U1"}}`), "event_time", "time", 1),
		"a message whose time is a word": strings.Replace(envelope(`{"type":"message","channel":"C1","channel_type":"im","ts":"now"}`), "event_time", "time", 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := open(t)
			status, answer := d.send(d.signed(body))
			if status != 200 || d.answers[0].Outcome != gateway.Malformed || !strings.HasPrefix(answer, gateway.NotQueued) {
				t.Errorf("%d %s %q", status, d.answers[0].Outcome, answer)
			}
			if len(d.queue.events) > 0 {
				t.Errorf("queued %+v", d.queue.events)
			}
			if log := d.log.String(); !strings.Contains(log, `"level":"warn"`) || !strings.Contains(log, `"outcome":"malformed"`) || strings.Contains(log, "a \\u003c b") {
				t.Errorf("logged %s", log)
			}
		})
	}
}

// TestRoute_AnotherAppIsRefused in whatever workspace.
func TestRoute_AnotherAppIsRefused(t *testing.T) {
	t.Parallel()
	for _, team := range []string{teamID, "T0OTHER"} {
		d := open(t)
		body := strings.NewReplacer(appID, "A0OTHER", teamID, team).Replace(envelope(message))
		if status, _ := d.send(d.signed(body)); status != 403 || d.answers[0].Outcome != gateway.Forbidden {
			t.Errorf("%s: %d %s", team, status, d.answers[0].Outcome)
		}
	}
}
