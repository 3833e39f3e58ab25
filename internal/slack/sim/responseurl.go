package sim

import (
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gobridge/gopherbot/internal/slack/sim/blockkit"
)

// The bounds of a response_url.
// Source: https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
const (
	responseUses = 5
	responseLife = 30 * time.Minute
	responsePath = "response/" // below the Web API's address; Slack has another host
)

const inChannel = "in_channel"

// responseURL is an address at which an app answers an interaction.
type responseURL struct {
	id            string
	user, channel string
	at            time.Time
	uses          int
	original      *Message // that was pressed, or said here; nil for none
	threads       bool     // thread_ts is allowed
}

// newResponse makes a response_url. w.mu is held.
func (w *Workspace) newResponse(user, channel string, original *Message) *responseURL {
	r := &responseURL{id: rand.Text(), user: user, channel: channel, at: w.opts.Now(), original: original, threads: original != nil}
	w.responses = append(w.responses, r)
	if len(w.responses) > rememberTriggers {
		w.responses = w.responses[1:]
	}
	return r
}

func (w *Workspace) responseAddress(r *responseURL) string {
	return w.opts.APIURL + responsePath + r.id
}

// response is what an app sends to a response_url.
type response struct {
	Text            string          `json:"text"`
	Blocks          json.RawMessage `json:"blocks"`
	Attachments     json.RawMessage `json:"attachments"`
	ResponseType    string          `json:"response_type"`
	ReplaceOriginal *bool           `json:"replace_original"`
	DeleteOriginal  bool            `json:"delete_original"`
	ThreadTS        string          `json:"thread_ts"`
}

// serveResponse answers a request to a response_url.
func (w *Workspace) serveResponse(rw http.ResponseWriter, r *http.Request, id string) {
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, 1<<20))
	if err != nil {
		http.Error(rw, err.Error(), http.StatusBadRequest)
		return
	}
	w.mu.Lock()
	call := Call{Method: responseMethod, Form: form{"body": string(body)}, At: time.Now(), Status: http.StatusOK}
	fault := w.fault(call)
	answer := map[string]any{}
	switch {
	case fault.Status != 0:
		call.Status = fault.Status
	case fault.Error != "":
		call.Status, call.Error = http.StatusNotFound, fault.Error
	default:
		call.Status, answer, call.Error = w.useResponse(id, body)
	}
	if call.Error == "" && call.Status == http.StatusOK {
		w.step(w.events[r.Header.Get("X-Request-ID")], Replied, call.At)
	}
	w.remember(call)
	w.record(Traffic{Way: responseMethod, FromApp: true, Name: responseMethod, Body: string(body)})
	w.mu.Unlock()

	if fault.Hang || !waits(r, w.opts.Latency+fault.Late) {
		<-r.Context().Done()
		return
	}
	if fault.Cut {
		panic(http.ErrAbortHandler)
	}
	if fault.RetryAfter > 0 {
		rw.Header().Set("Retry-After", strconv.Itoa(int(fault.RetryAfter/time.Second)))
	}
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	rw.WriteHeader(call.Status)
	if call.Status == http.StatusOK {
		_, _ = io.WriteString(rw, "ok") // the client may have closed the connection
		return
	}
	if answer == nil {
		answer = map[string]any{}
	}
	answer["ok"], answer["error"] = false, call.Error
	_ = json.NewEncoder(rw).Encode(answer)
}

// responseMethod is the name of responses for Calls, Fail and Disturb.
const responseMethod = "response_url"

// useResponse answers one use of a response_url. w.mu is held.
func (w *Workspace) useResponse(id string, body []byte) (status int, answer map[string]any, code string) {
	i := slices.IndexFunc(w.responses, func(r *responseURL) bool { return r.id == id })
	switch {
	case i < 0 || w.opts.Now().Sub(w.responses[i].at) > responseLife:
		return http.StatusNotFound, nil, "expired_url"
	case w.responses[i].uses >= responseUses:
		return http.StatusNotFound, nil, "used_url"
	}
	var said response
	if err := json.Unmarshal(body, &said); err != nil {
		return http.StatusBadRequest, nil, "invalid_payload"
	}
	if answer, code = w.respond(w.responses[i], said); code != "" {
		return http.StatusBadRequest, answer, code
	}
	w.responses[i].uses++
	return http.StatusOK, nil, ""
}

// respond does what a response says. w.mu is held.
func (w *Workspace) respond(r *responseURL, said response) (answer map[string]any, code string) {
	original := r.original
	if original != nil && w.message(original.Channel, original.TS) != original {
		original = nil // it is deleted
	}
	if said.DeleteOriginal {
		if original == nil || original.User != BotUserID {
			return nil, "message_not_found"
		}
		w.remove(original)
		return nil, ""
	}
	c, answer, code := form{"text": said.Text, "blocks": optional(said.Blocks), "attachments": optional(said.Attachments)}.content()
	if code != "" {
		return answer, code
	}
	if said.ReplaceOriginal != nil && *said.ReplaceOriginal && original != nil && original.User == BotUserID {
		original.put(c) // an ephemeral one stays ephemeral
		w.tell("message", *original)
		return nil, ""
	}
	m := Message{Channel: r.channel, User: BotUserID, EphemeralFor: r.user}
	if said.ResponseType == inChannel {
		m.EphemeralFor = ""
		if said.ThreadTS != "" && r.threads && said.ReplaceOriginal != nil && !*said.ReplaceOriginal {
			m.ThreadTS = said.ThreadTS
		}
	}
	m.put(c)
	posted := w.post(m)
	if r.original == nil {
		r.original = posted
	}
	return nil, ""
}

// optional returns JSON as a form has it, "" for none.
func optional(raw json.RawMessage) string {
	if string(raw) == "null" {
		return ""
	}
	return string(raw)
}

// controls is what people have done with the elements of a message.
type controls struct {
	states    map[string]blockkit.State    // by person
	suggested map[string][]blockkit.Object // by element, see suggestKey
}
