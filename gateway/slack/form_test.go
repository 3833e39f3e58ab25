package slack_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/gateway/slack"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/workqueue"
)

const trigger = "13345224609.738474920.8088930838d88f008e0"

// command returns the form of a slash command, with changes: name, value; "" removes a field.
func command(changes ...string) url.Values {
	form := url.Values{
		"token": {"gIkuvaNzQIHg97ATvDxqgjtO"}, "team_id": {teamID}, "team_domain": {"gophers"}, "channel_id": {"C1"},
		"channel_name": {"general"}, "user_id": {"U1"}, "user_name": {"gopher"}, "command": {"/gopher"}, "text": {"help a&b=c <@U1>"},
		"response_url": {"https://hooks.slack.com/commands/1/2"}, "trigger_id": {trigger}, "api_app_id": {appID},
	}
	for i := 0; i < len(changes); i += 2 {
		if form.Set(changes[i], changes[i+1]); changes[i+1] == "" {
			form.Del(changes[i])
		}
	}
	return form
}

// interaction returns the payload of an interaction.
func interaction(fields string) string {
	return `{"team":{"id":"` + teamID + `"},"user":{"id":"U1","team_id":"` + teamID + `"},"api_app_id":"` + appID + `",` + fields + `}`
}

func hashed(trigger string) string {
	sum := sha256.Sum256([]byte(trigger))
	return teamID + "/" + hex.EncodeToString(sum[:])
}

func body(t *testing.T, e workqueue.Event) event.InteractionRequest {
	t.Helper()
	request, err := event.DecodeInteraction(e.Payload)
	if err != nil {
		t.Fatal(err)
	}
	return request
}

// TestCommand_IsQueued holds what the queue and a consumer learn of a slash command, whose
// text has what separates fields.
func TestCommand_IsQueued(t *testing.T) {
	t.Parallel()
	d := open(t)
	if status, answer := d.post("/slack/command", command()); status != 200 || answer != "" {
		t.Fatalf("%d %q", status, answer)
	}
	e := d.queue.events[0]
	if e.Type != "interaction" || e.Key != hashed(trigger) || e.Partition != "C1" || e.Source != "slack" || !e.Time.Equal(now) || e.ID == "" {
		t.Errorf("queued %+v", e)
	}
	request := body(t, e)
	var fields map[string]string
	if err := json.Unmarshal(request.Body, &fields); err != nil {
		t.Fatal(err)
	}
	if request.Transport != "http" || fields["text"] != "help a&b=c <@U1>" || fields["command"] != "/gopher" || len(fields) != len(command()) {
		t.Errorf("%+v", request)
	}
}

func TestCommand_Refused(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		form    url.Values
		status  int
		outcome gateway.Outcome
	}{
		{"another app", command("api_app_id", "A0OTHER"), 403, gateway.Forbidden},
		{"another workspace", command("team_id", "T0OTHER"), 200, gateway.OtherWorkspace},
		{"no app", command("api_app_id", ""), 200, gateway.Malformed},
		{"no workspace", command("team_id", ""), 200, gateway.Malformed},
		{"no trigger", command("trigger_id", ""), 200, gateway.Malformed},
		{"no channel", command("channel_id", ""), 200, gateway.Malformed},
		{"no user", command("user_id", ""), 200, gateway.Malformed},
		{"no command", command("command", ""), 200, gateway.Malformed},
		{"nothing", url.Values{}, 200, gateway.Malformed},
		{"a check of the certificate", url.Values{"ssl_check": {"1"}, "token": {"x"}}, 200, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := open(t)
			status, _ := d.post("/slack/command", test.form)
			if status != test.status || test.outcome != "" && d.answers[0].Outcome != test.outcome || len(d.queue.events) > 0 {
				t.Errorf("%d, %+v; queued %+v", status, d.answers, d.queue.events)
			}
			if log := d.log.String(); strings.Contains(log, trigger) || strings.Contains(log, "hooks.slack.com") || strings.Contains(log, "help a") {
				t.Errorf("a secret or a text is logged: %s", log)
			}
		})
	}
}

// TestCommand_AsksToTryAgain: Slack never sends a slash command again, and shows the answer.
func TestCommand_AsksToTryAgain(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.queue.err = errors.New("no route to Redis")
	status, answer := d.post("/slack/command", command())
	if status != 200 || !strings.Contains(answer, "try again") || d.answers[0].Outcome != gateway.Unavailable {
		t.Errorf("%d %q, %+v", status, answer, d.answers)
	}
	if status, _ = d.post("/slack/interactive", url.Values{"payload": {interaction(`"type":"view_submission","trigger_id":"1","view":{"id":"V1"}`)}}); status != 503 {
		t.Errorf("a form: %d, want Slack to keep it", status)
	}
}

func TestInteraction_IsQueued(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, payload  string
		key, partition string
	}{
		{"a press", interaction(`"type":"block_actions","trigger_id":"1.2","channel":{"id":"C1"},"actions":[{"action_id":"a","action_ts":"1.2"}]`), hashed("1.2"), "C1"},
		{"a press in a container alone", interaction(`"type":"block_actions","trigger_id":"1.3","container":{"channel_id":"C2"}`), hashed("1.3"), "C2"},
		{"a shortcut", interaction(`"type":"shortcut","trigger_id":"1.4","callback_id":"x","action_ts":"1.2"`), hashed("1.4"), ""},
		{"a shortcut on a message", interaction(`"type":"message_action","trigger_id":"1.5","channel":{"id":"C1"},"message":{"text":"a&b=c"}`), hashed("1.5"), "C1"},
		{"a form", interaction(`"type":"view_submission","trigger_id":"1.6","view":{"id":"V1","hash":"h"}`), hashed("1.6"), ""},
		{"a form that is closed", interaction(`"type":"view_closed","view":{"id":"V1"}`), teamID + "/V1/closed", ""},
		{"letters in a menu", interaction(`"type":"block_suggestion","value":"go","action_id":"a"`), "", ""},
		{"the team is null", strings.Replace(interaction(`"type":"shortcut","trigger_id":"1.7","is_enterprise_install":true`), `{"id":"`+teamID+`"}`, "null", 1), hashed("1.7"), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := open(t)
			if status, answer := d.post("/slack/interactive", url.Values{"payload": {test.payload}}); status != 200 || answer != "" {
				t.Fatalf("%d %q", status, answer)
			}
			e := d.queue.events[0]
			if e.Type != "interaction" || e.Key != test.key || e.Partition != test.partition || !e.Time.Equal(now) || e.ID == "" {
				t.Errorf("queued %+v", e)
			}
			if request := body(t, e); !sameJSON(t, request.Body, []byte(test.payload)) {
				t.Errorf("the body is %s, want %s", request.Body, test.payload)
			}
		})
	}
}

// sameJSON compares but for escapes.
func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	var values [2]any
	for i, text := range [][]byte{a, b} {
		if err := json.Unmarshal(text, &values[i]); err != nil {
			t.Fatal(err)
		}
	}
	again, err := json.Marshal(values[0])
	if err != nil {
		t.Fatal(err)
	}
	want, err := json.Marshal(values[1])
	return err == nil && string(again) == string(want)
}

// TestInteraction_KeysAreApart sends two presses within 100 ms, and a form that is corrected
// after an error: Slack gives the two the same time or hash, and each a trigger of its own.
func TestInteraction_KeysAreApart(t *testing.T) {
	t.Parallel()
	d := open(t)
	for _, payload := range []string{
		interaction(`"type":"block_actions","trigger_id":"1.1","actions":[{"action_id":"a","action_ts":"1763660000.1"}]`),
		interaction(`"type":"block_actions","trigger_id":"1.2","actions":[{"action_id":"a","action_ts":"1763660000.1"}]`),
		interaction(`"type":"view_submission","trigger_id":"1.3","view":{"id":"V1","hash":"same"}`),
		interaction(`"type":"view_submission","trigger_id":"1.4","view":{"id":"V1","hash":"same"}`),
	} {
		d.post("/slack/interactive", url.Values{"payload": {payload}})
	}
	keys := map[string]bool{}
	for _, e := range d.queue.events {
		keys[e.Key] = true
	}
	if len(keys) != 4 {
		t.Errorf("%d keys of 4 interactions", len(keys))
	}
}

func TestInteraction_Refused(t *testing.T) {
	t.Parallel()
	form := func(payload string) string { return url.Values{"payload": {payload}}.Encode() }
	other := func(old, new string) string {
		return form(strings.ReplaceAll(interaction(`"type":"shortcut","trigger_id":"1"`), old, new))
	}
	for _, test := range []struct {
		name, form string
		status     int
		outcome    gateway.Outcome
	}{
		{"another app", other(appID, "A0OTHER"), 403, gateway.Forbidden},
		{"another workspace", other(teamID, "T0OTHER"), 200, gateway.OtherWorkspace},
		{"no app", other("api_app_id", "app"), 200, gateway.Malformed},
		{"no workspace", form(`{"type":"shortcut","team":null,"user":{},"api_app_id":"` + appID + `"}`), 200, gateway.Malformed},
		{"no trigger", form(interaction(`"type":"block_actions"`)), 200, gateway.Malformed},
		{"no view", form(interaction(`"type":"view_closed"`)), 200, gateway.Malformed},
		{"no type", form(interaction(`"trigger_id":"1"`)), 200, gateway.Malformed},
		{"no payload", "a=b", 200, gateway.Malformed},
		{"a legacy type", form(interaction(`"type":"interactive_message"`)), 200, gateway.Ignored},
		{"a new type", form(interaction(`"type":"gesture"`)), 200, gateway.Ignored},
		{"no JSON", form(`{"type":"a private matter"`), 400, gateway.BadRequest},
		{"no form", "payload=%zz a private matter", 400, gateway.BadRequest},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := open(t)
			r := d.signed(test.form)
			r.URL.Path = "/slack/interactive"
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if status, _ := d.send(r); status != test.status || d.answers[0].Outcome != test.outcome || len(d.queue.events) > 0 {
				t.Errorf("%d, %+v; queued %+v", status, d.answers, d.queue.events)
			}
			if strings.Contains(d.log.String(), "private") {
				t.Errorf("logged %s", d.log)
			}
		})
	}
}

// TestForm_SSLCheck answers 200 without any signature, and to nothing else that is short.
func TestForm_SSLCheck(t *testing.T) {
	t.Parallel()
	d := open(t)
	for form, want := range map[string]int{"ssl_check=1&token=gIkuvaNzQIHg97ATvDxqgjtO": 200, "ssl_check=0": 401, "a=ssl_check%3D1": 401} {
		r, err := http.NewRequestWithContext(t.Context(), "POST", strings.Replace(d.url, "event", "command", 1), strings.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		slack.Sign(r.Header, []byte(form), "another secret", now)
		if status, answer := d.send(r); status != want || want == 200 && answer != "" {
			t.Errorf("%s: %d %q, want %d", form, status, answer, want)
		}
	}
}

// TestForm_Authentication: the endpoints of forms take nothing that Slack did not sign as it
// came, byte by byte.
func TestForm_Authentication(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*http.Request){
		"no signature":             func(r *http.Request) { r.Header.Del("X-Slack-Signature") },
		"JSON":                     func(r *http.Request) { r.Header.Set("Content-Type", "application/json") },
		"another encoding":         func(r *http.Request) { slack.Sign(r.Header, []byte(command().Encode()+"&"), secret, now) },
		"a guessed secret":         func(r *http.Request) { slack.Sign(r.Header, []byte(command().Encode()), "guess", now) },
		"a body that is too large": nil,
	} {
		d := open(t)
		form := command()
		if change == nil {
			form.Set("text", strings.Repeat("x", slack.MaxBody))
		}
		r := d.signed(form.Encode())
		r.URL.Path = "/slack/command"
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.ContentLength = -1
		if change != nil {
			change(r)
		}
		if status, _ := d.send(r); status < 400 || status == 500 || len(d.queue.events) > 0 {
			t.Errorf("%s: %d, queued %d", name, status, len(d.queue.events))
		}
	}
}

// TestRoute_HomeAndReactions holds the events with places and times of their own.
func TestRoute_HomeAndReactions(t *testing.T) {
	t.Parallel()
	const home = `{"type":"app_home_opened","user":"U1","channel":"D1","event_ts":"1515449522000016","tab":"home"}`
	for _, test := range []struct {
		name, body     string
		kind           string
		key, partition string
		micros         int64
	}{
		{"a home", envelope(home), "home_opened", "T0GOPHER/Ev1", "D1", 1515449522000016},
		{"a home without an envelope", home, "home_opened", "T0GOPHER/U1/home/1515449522000016", "D1", 1515449522000016},
		{"a home without an event id", strings.Replace(envelope(home), `"event_id":"Ev1",`, "", 1), "home_opened", "T0GOPHER/U1/home/1515449522000016", "D1", 1515449522000016},
		{"a home with a dotted time", envelope(strings.Replace(home, "1515449522000016", "1515449522.000016", 1)), "home_opened", "T0GOPHER/Ev1", "D1", 1515449522000016},
		{"a reaction", envelope(`{"type":"reaction_added","user":"U1","reaction":"x","item_user":"U2","item":{"type":"message","channel":"C1","ts":"1360782400.498405"},"event_ts":"1360782804.083113"}`),
			"reaction_added", "T0GOPHER/Ev1", "C1", 1360782804083113},
		{"a reaction to a file", envelope(`{"type":"reaction_added","user":"U1","reaction":"x","item":{"type":"file","file":"F1"},"event_ts":"1360782804.083113"}`),
			"reaction_added", "T0GOPHER/Ev1", "", 1360782804083113},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := open(t)
			if status, _ := d.send(d.signed(test.body)); status != 200 || len(d.queue.events) != 1 {
				t.Fatalf("%d, %+v", status, d.answers)
			}
			e := d.queue.events[0]
			if e.Type != test.kind || e.Key != test.key || e.Partition != test.partition || e.Time.UnixMicro() != test.micros {
				t.Errorf("queued %+v", e)
			}
		})
	}
	d := open(t)
	d.send(d.signed(`{"type":"app_home_opened","tab":"home"}`))
	if d.answers[0].Outcome != gateway.Malformed {
		t.Errorf("a home of nobody: %s", d.answers[0].Outcome)
	}
}
