package sim

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gobridge/gopherbot/internal/pause"
)

// Call is a call of the Web API that was answered.
type Call struct {
	Method string // such as "chat.postMessage"
	Form   map[string]string
	// Error is the error it was answered with, "" for none.
	Error string
	// Status is the HTTP status it was answered with, 0 for none.
	Status int
	At     time.Time
}

// Fault makes a call of the Web API fail.
type Fault struct {
	// Status is the HTTP status, such as 429 or 500; 0 for an answer with Error.
	Status int
	// RetryAfter is sent along with 429, in whole seconds.
	RetryAfter time.Duration
	// Error is the error in Slack's answer, such as "channel_not_found".
	Error string
	// Body replaces the JSON of an answer with status 200.
	Body string
	// Recorded calls have had their effect when they fail.
	Recorded bool
	// Late delays the answer, or the effect of the fault's other fields. A call without
	// another fault takes effect at once.
	Late time.Duration
	// Hang delays the answer until the caller closes the connection.
	Hang bool
	// Cut closes the connection without an answer.
	Cut bool
}

// Fail makes the next calls of a method fail, one for each fault. The method "files" is a
// download of a file and "upload" an upload by the app, which fail with Status or Cut, and
// "response_url" a response to an interaction.
func (w *Workspace) Fail(method string, faults ...Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults[method] = append(w.faults[method], faults...)
}

// Disturb makes every call of the Web API fail with the result of f, which gets the call's
// method and form. With the zero Fault a call succeeds. Faults of Fail come first. f must
// not call the workspace. Disturb(nil) ends the faults.
func (w *Workspace) Disturb(f func(Call) Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.disturb = f
}

// Calls returns the calls of a method so far.
func (w *Workspace) Calls(method string) []Call {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []Call
	for _, c := range w.calls {
		if c.Method == method {
			list = append(list, c)
		}
	}
	return list
}

// API serves the Web API, with methods right below its root: POST /auth.test,
// files: GET /files/<id>/<name>, and sockets: GET /link/.
func (w *Workspace) API() http.Handler { return http.HandlerFunc(w.serveAPI) }

// method answers a call. w.mu is held. A result that is not empty is an error.
type method func(w *Workspace, f form) (answer map[string]any, err string)

var methods = map[string]method{
	openMethod:              openSocket,
	"auth.test":             authTest,
	"bots.info":             botInfo,
	"chat.postMessage":      postMessage,
	"chat.update":           updateMessage,
	"chat.delete":           deleteMessage,
	"chat.postEphemeral":    postEphemeral,
	"conversations.history": history,
	"conversations.info":    conversationInfo,
	"conversations.list":    listConversations,
	"conversations.open":    openConversation,
	"conversations.replies": replies,
	"files.info":            fileInfo,
	"reactions.add":         addReaction,
	"users.info":            userInfo,
	"users.lookupByEmail":   userByEmail,

	"files.getUploadURLExternal":   beginUpload,
	"files.completeUploadExternal": shareUpload,

	"views.open":    openView,
	"views.publish": publishView,
	"views.push":    pushView,
	"views.update":  updateView,
}

type form map[string]string

func (w *Workspace) serveAPI(rw http.ResponseWriter, r *http.Request) {
	if place, ok := strings.CutPrefix(r.URL.Path, "/"+filesPath); ok {
		id, _, _ := strings.Cut(place, "/")
		w.serveFile(rw, r, id)
		return
	}
	if id, ok := strings.CutPrefix(r.URL.Path, "/"+uploadPath); ok {
		w.serveUpload(rw, r, id)
		return
	}
	if r.URL.Path == "/"+linkPath {
		w.socket.ServeHTTP(rw, r)
		return
	}
	if id, ok := strings.CutPrefix(r.URL.Path, "/"+responsePath); ok {
		w.serveResponse(rw, r, id)
		return
	}
	r.Body = http.MaxBytesReader(rw, r.Body, 1<<20)
	fields, err := arguments(r)
	if err != nil {
		http.Error(rw, err.Error(), http.StatusBadRequest)
		return
	}
	call := Call{Method: strings.TrimPrefix(r.URL.Path, "/"), Form: fields, Status: http.StatusOK, At: time.Now()}

	w.mu.Lock()
	answer, fault := w.answer(&call, token(r), r.Header.Get("X-Request-ID"))
	w.setScopes(rw.Header())
	w.remember(call)
	w.mu.Unlock()
	told := w.recordCall(call, answer)

	if fault.Hang || !waits(r, w.opts.Latency+fault.Late) {
		<-r.Context().Done()
		return
	}
	if fault.Cut {
		panic(http.ErrAbortHandler)
	}
	if fault.Status != 0 {
		if fault.RetryAfter > 0 {
			rw.Header().Set("Retry-After", strconv.Itoa(int(fault.RetryAfter/time.Second)))
		}
		http.Error(rw, http.StatusText(fault.Status), fault.Status)
		return
	}
	if fault.Body != "" {
		_, _ = io.WriteString(rw, fault.Body) // the client may have closed the connection
		return
	}
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = rw.Write(told) // the client may have closed the connection
}

// arguments returns the arguments of a call, which come as a form or as a JSON object, without its token.
func arguments(r *http.Request) (form, error) {
	f := form{}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "application/json" {
		var body map[string]json.RawMessage
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		for name, raw := range body {
			var text string
			if err := json.Unmarshal(raw, &text); err != nil {
				text = string(raw)
			}
			if string(raw) != "null" {
				f[name] = text
			}
		}
	}
	if err := r.ParseForm(); err != nil { // of the query, too
		return nil, err
	}
	for name := range r.Form {
		f[name] = r.Form.Get(name)
	}
	delete(f, "token")
	return f, nil
}

// remember keeps a call for Calls. The caller holds w.mu.
func (w *Workspace) remember(call Call) {
	if w.calls = append(w.calls, call); len(w.calls) > 5*w.opts.Remember {
		w.calls = w.calls[1:]
	}
}

// waits waits for the simulated latency. It returns false if the caller closes the
// connection before.
func waits(r *http.Request, d time.Duration) bool {
	return d == 0 || pause.For(r.Context(), d)
}

// answer answers a call, or returns its fault. The caller holds w.mu.
func (w *Workspace) answer(call *Call, token, requestID string) (map[string]any, Fault) {
	fault := w.fault(*call)
	fails := fault.Status != 0 || fault.Hang || fault.Cut || fault.Body != "" || fault.Error != ""
	var answer map[string]any
	if !fails || fault.Recorded {
		answer, call.Error = w.do(call, token, requestID)
	}
	switch {
	case fault.Status != 0, fault.Hang, fault.Cut:
		call.Status = fault.Status
	case fault.Body != "":
		call.Error = "no JSON"
	case fault.Error != "":
		call.Error = fault.Error
	}
	if call.Error != "" {
		if answer == nil || fails {
			answer = map[string]any{}
		}
		answer["ok"], answer["error"] = false, call.Error
	}
	return answer, fault
}

// do executes a call. The caller holds w.mu.
func (w *Workspace) do(call *Call, token, requestID string) (answer map[string]any, code string) {
	do, known := methods[call.Method]
	switch {
	case token == "":
		return nil, "not_authed"
	case call.Method == openMethod && token == w.opts.AppToken:
	case call.Method == openMethod && token == w.opts.BotToken, token == w.opts.AppToken:
		return nil, "not_allowed_token_type"
	case token != w.opts.BotToken:
		return nil, "invalid_auth"
	case w.revoked != "":
		return nil, w.revoked
	case !known:
		return nil, "unknown_method"
	case !w.mayCall(call.Method):
		return nil, "missing_scope"
	}
	answer, code = do(w, call.Form)
	if code != "" {
		return answer, code // which may explain it
	}
	if strings.HasPrefix(call.Method, "chat.") || strings.HasPrefix(call.Method, "views.") || call.Method == "reactions.add" {
		w.step(w.events[requestID], Replied, call.At)
	}
	if answer == nil {
		answer = map[string]any{}
	}
	answer["ok"] = true
	return answer, ""
}

// fault returns the fault of the next call of a method, and removes it. The caller holds
// w.mu.
func (w *Workspace) fault(call Call) Fault {
	if queued := w.faults[call.Method]; len(queued) > 0 {
		w.faults[call.Method] = queued[1:]
		return queued[0]
	}
	if w.disturb != nil && call.Method != filesMethod && call.Method != uploadMethod {
		return w.disturb(call)
	}
	return Fault{}
}

func token(r *http.Request) string {
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return bearer
	}
	return r.Form.Get("token")
}

func authTest(w *Workspace, _ form) (map[string]any, string) {
	return map[string]any{
		"url": "https://simulated.slack.invalid/", "team": "Simulated", "user": w.opts.BotName,
		"team_id": w.opts.TeamID, "user_id": BotUserID, "bot_id": BotID,
	}, ""
}

func botInfo(w *Workspace, f form) (map[string]any, string) {
	if f["bot"] != BotID {
		return nil, "bot_not_found"
	}
	return map[string]any{"bot": map[string]any{"id": BotID, "app_id": w.opts.AppID, "user_id": BotUserID, "name": w.opts.BotName}}, ""
}

func userInfo(w *Workspace, f form) (map[string]any, string) {
	p := w.person(f["user"])
	if p == nil {
		return nil, "user_not_found"
	}
	return map[string]any{"user": map[string]any{
		"id": p.ID, "name": p.Name, "real_name": p.RealName, "is_bot": p.Bot, "team_id": w.opts.TeamID,
	}}, ""
}
