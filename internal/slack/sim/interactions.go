package sim

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gobridge/gopherbot/internal/slack/sim/socket"
)

// Shown is an error that a person sees.
type Shown struct {
	User    string `json:"user"`
	Channel string `json:"channel"` // "" where there is none
	// Action is what the person did, such as "/gopher" or "Approve".
	Action string `json:"action"`
	// Code is the error: "operation_timeout", "dispatch_failed" without a connection, "http_client_error" and
	// "http_service_error" for a status, "invalid_command", "interactivity_off", or "trouble_connecting" for a
	// bad answer to a form.
	Code string    `json:"code"`
	At   time.Time `json:"at"`
}

// Error returns the line that the person reads.
func (s Shown) Error() string { return fmt.Sprintf("%s failed with the error %q", s.Action, s.Code) }

const rememberShown = 200 // errors

// Errors returns the latest errors that a person was shown, the oldest first.
func (w *Workspace) Errors(user string) []Shown {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(w.shown), func(s Shown) bool { return s.User != user })
}

// Mistakes returns the latest mistakes of the app that Slack ignores, the oldest first.
func (w *Workspace) Mistakes() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.mistakes)
}

// show shows an error to a person, and returns it. w.mu is held.
func (w *Workspace) show(user, channel, action, code string) error {
	s := Shown{user, channel, action, code, w.opts.Now()}
	w.shown = append(w.shown, s)
	if len(w.shown) > rememberShown {
		w.shown = w.shown[1:]
	}
	w.tell("shown", s)
	return s
}

// mistake records something that Slack ignores. w.mu is held.
func (w *Workspace) mistake(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	w.opts.Log.Warn().Str("mistake", text).Msg("the app did something that Slack ignores")
	w.mistakes = append(w.mistakes, text)
	if len(w.mistakes) > rememberShown {
		w.mistakes = w.mistakes[1:]
	}
}

// SetInteractivity turns interactivity on, as it is at first, or off: then an element of a message or a view, and
// a shortcut, gives the person an error. Slash commands are not concerned.
func (w *Workspace) SetInteractivity(on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.opts.NoInteractivity = !on
}

// trigger is the right to open a view.
type trigger struct {
	id    string
	user  string
	at    time.Time
	used  bool
	modal bool // it came from a modal, so that it can push
}

const (
	triggerLife = 3 * time.Second
	// rememberTriggers is the number of triggers, and of response URLs, that are known.
	rememberTriggers = 5000
)

// newTrigger returns the id of a new trigger. w.mu is held.
func (w *Workspace) newTrigger(user string, modal bool) string {
	t := &trigger{id: fmt.Sprintf("%d.%d.%s", w.opts.Now().UnixMicro(), len(w.people), strings.ToLower(rand.Text())), user: user, at: w.opts.Now(), modal: modal}
	w.triggers = append(w.triggers, t)
	if len(w.triggers) > rememberTriggers {
		w.triggers = w.triggers[1:]
	}
	return t.id
}

// trigger returns the trigger of an id, or Slack's error for one that opens nothing. w.mu is held.
func (w *Workspace) trigger(id string) (t *trigger, code string) {
	i := slices.IndexFunc(w.triggers, func(t *trigger) bool { return t.id == id })
	switch {
	case i < 0:
		return nil, "invalid_trigger_id"
	case w.triggers[i].used:
		return nil, "exchanged_trigger_id"
	case w.opts.Now().Sub(w.triggers[i].at) > triggerLife:
		return nil, "expired_trigger_id"
	}
	return w.triggers[i], ""
}

// common returns the fields that all interactions have. w.mu is held.
func (w *Workspace) common(kind, user string) map[string]any {
	p := w.person(user)
	payload := map[string]any{
		"type": kind, "token": "deprecated", "api_app_id": w.opts.AppID, "enterprise": nil, "is_enterprise_install": false,
		"team": map[string]any{"id": w.opts.TeamID, "domain": teamDomain},
		"user": map[string]any{"id": p.ID, "username": p.Name, "name": p.Name, "team_id": w.opts.TeamID},
	}
	if w.opts.Organization {
		payload["team"], payload["is_enterprise_install"] = nil, true
		payload["enterprise"] = map[string]any{"id": "E0SIMULATED", "name": "Simulated"}
	}
	return payload
}

const (
	teamDomain = "simulated"
	formType   = "application/x-www-form-urlencoded"
)

// interaction is something that a person did, on its way to the app.
type interaction struct {
	kind          string // of envelope: socket.SlashCommands or socket.Interactive
	payload       json.RawMessage
	form          url.Values // as HTTP has it
	noAnswer      bool       // a payload in an acknowledgement is ignored
	user, channel string
	action        string // for errors that the person sees
}

// interactive encodes an interaction other than a slash command. w.mu is held.
func (w *Workspace) interactive(payload map[string]any, user, channel, action string) (interaction, error) {
	if w.opts.NoInteractivity {
		return interaction{}, w.show(user, channel, action, "interactivity_off")
	}
	body, err := json.Marshal(payload)
	if err != nil {
		return interaction{}, fmt.Errorf("encode an interaction: %w", err)
	}
	return interaction{
		kind: socket.Interactive, payload: body, form: url.Values{"payload": {string(body)}}, user: user, channel: channel, action: action,
	}, nil
}

// ask sends an interaction over the present transport, and returns the app's answer, nil for an empty one. It is
// sent once: the person sees its error, which is a Shown.
func (w *Workspace) ask(ctx context.Context, i interaction) (answer []byte, err error) {
	var code string
	if w.socket.On() {
		answer, code = w.askSocket(ctx, i)
	} else {
		answer, code = w.askHTTP(ctx, i)
	}
	if code == "" {
		return answer, nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return nil, w.show(i.user, i.channel, i.action, code)
}

func (w *Workspace) askSocket(ctx context.Context, i interaction) (answer []byte, code string) {
	answer, err := w.socket.Deliver(ctx, socket.Envelope{Type: i.kind, Payload: i.payload, AcceptsResponsePayload: !i.noAnswer})
	switch {
	case errors.Is(err, socket.ErrNoConnection):
		return nil, "dispatch_failed"
	case err != nil:
		return nil, "operation_timeout"
	case i.noAnswer:
		return nil, ""
	}
	return answer, ""
}

func (w *Workspace) askHTTP(ctx context.Context, i interaction) (answer []byte, code string) {
	ctx, cancel := context.WithTimeout(ctx, w.opts.Timeout)
	defer cancel()
	address := w.opts.InteractiveURL
	if i.kind == socket.SlashCommands {
		address = w.opts.CommandURL
	}
	header := http.Header{"Content-Type": {formType}, "X-Request-Id": {rand.Text()}}
	status, answer, err := w.request(ctx, address, header, []byte(i.form.Encode()))
	timeout, isNet := errors.AsType[net.Error](err)
	switch {
	case isNet && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return nil, "operation_timeout"
	case err != nil:
		return nil, "dispatch_failed"
	case status/100 == 5:
		return nil, "http_service_error"
	case status/100 != 2:
		return nil, "http_client_error"
	case i.noAnswer || len(answer) == 0:
		return nil, ""
	}
	return answer, ""
}

// beside returns the address of another endpoint of the gateway than that of events.
func beside(eventURL, name string) string {
	i := strings.LastIndex(eventURL, "/")
	if i < 0 {
		return ""
	}
	return eventURL[:i+1] + name
}
