package sim

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gobridge/gopherbot/internal/lazyregexp"
	"github.com/gobridge/gopherbot/internal/slack/sim/socket"
)

// Traffic is something that went over the wire between Slack and the app.
type Traffic struct {
	At time.Time `json:"at"`
	// Way is "socket", "http", "api" for the Web API, or "response_url".
	Way string `json:"way"`
	// FromApp reports the direction of Body: the app sent it.
	FromApp bool `json:"from_app"`
	// Name is the path of a request, the method of the Web API, or the id of a connection.
	Name string `json:"name"`
	// Status is the HTTP status of an answer, 0 for a request or a frame.
	Status int `json:"status"`
	// Body is as it was sent, without secrets and cut to 8 KiB. A form is written as JSON.
	Body string `json:"body"`
	// About is the timestamp of the message that it is about, "" if only the body can tell.
	About string `json:"about,omitempty"`

	redacted bool
}

const (
	maxTraffic      = 8 << 10 // bytes of one body
	rememberTraffic = 500     // entries
)

// The secrets in bodies: tokens, tickets, triggers and addresses for responses.
var (
	secretTokens  = lazyregexp.New(`xox[a-z]-[A-Za-z0-9-]+|xapp-[A-Za-z0-9-]+`)
	secretTickets = lazyregexp.New(`ticket=[^"&\\\s]*`)
	secretFields  = lazyregexp.New(`("(?:token|trigger_id|response_url|upload_url)"\s*:\s*")[^"]*`)
)

func redact(body string) string {
	body = secretFields().ReplaceAllString(body, "${1}***")
	body = secretTickets().ReplaceAllString(body, "ticket=***")
	return secretTokens().ReplaceAllString(body, "***")
}

// formAsJSON writes a form as an envelope has it: the payload of an interaction, or the fields.
func formAsJSON(form url.Values) string {
	if payload := form.Get("payload"); payload != "" {
		return payload
	}
	fields := map[string]string{}
	for name := range form {
		fields[name] = form.Get(name)
	}
	text, err := json.Marshal(fields)
	if err != nil {
		return "" // strings can be encoded
	}
	return string(text)
}

// record remembers traffic. Its secrets are removed when somebody looks at it, which costs load tests nothing. The caller
// holds w.mu.
func (w *Workspace) record(t Traffic) {
	t.At = time.Now()
	if len(t.Body) > maxTraffic {
		t.Body = strings.ToValidUTF8(t.Body[:maxTraffic], "") + "…"
	}
	if w.feed.Watched() {
		t.redact()
		w.tell("traffic", t)
	}
	w.traffic = append(w.traffic, t)
	if len(w.traffic) > rememberTraffic {
		w.traffic = slices.Delete(w.traffic, 0, len(w.traffic)-rememberTraffic)
	}
}

// redact removes the secrets, also one that was cut in half.
func (t *Traffic) redact() {
	if !t.redacted {
		t.Body, t.redacted = redact(t.Body), true
	}
}

// Traffic returns the latest traffic, the oldest first.
func (w *Workspace) Traffic() []Traffic {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seenTraffic()
}

// seenTraffic is Traffic. The caller holds w.mu.
func (w *Workspace) seenTraffic() []Traffic {
	for i := range w.traffic {
		w.traffic[i].redact()
	}
	return append([]Traffic{}, w.traffic...)
}

// recordCall records a call of the Web API and its answer, which it returns as it is sent. It
// encodes without w.mu: a page of the history takes long enough to hold up all other calls.
func (w *Workspace) recordCall(call Call, answer map[string]any) (told []byte) {
	asked, _ := json.Marshal(call.Form) // strings can be encoded
	told, _ = json.Marshal(answer)      // it was decoded from JSON
	w.mu.Lock()
	defer w.mu.Unlock()
	w.record(Traffic{Way: "api", FromApp: true, Name: call.Method, Body: string(asked)})
	w.record(Traffic{Way: "api", Name: call.Method, Status: call.Status, Body: string(told[:min(len(told), maxTraffic+1)])})
	return told
}

func (w *Workspace) recordFrame(f socket.Frame) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.record(Traffic{Way: "socket", FromApp: f.FromApp, Name: f.Connection, Body: string(f.Body)})
}

func (w *Workspace) recordHTTP(t Traffic) {
	w.mu.Lock()
	defer w.mu.Unlock()
	t.Way = "http"
	w.record(t)
}
