package sim

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
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
// download of a file, which fails with Status or Cut.
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
	"chat.postEphemeral":    postEphemeral,
	"conversations.history": history,
	"conversations.info":    conversationInfo,
	"conversations.list":    listConversations,
	"conversations.open":    openConversation,
	"conversations.replies": replies,
	"files.info":            fileInfo,
	"reactions.add":         addReaction,
	"users.info":            userInfo,
}

type form map[string]string

func (w *Workspace) serveAPI(rw http.ResponseWriter, r *http.Request) {
	if place, ok := strings.CutPrefix(r.URL.Path, "/"+filesPath); ok {
		id, _, _ := strings.Cut(place, "/")
		w.serveFile(rw, r, id)
		return
	}
	if r.URL.Path == "/"+linkPath {
		w.socket.ServeHTTP(rw, r)
		return
	}
	r.Body = http.MaxBytesReader(rw, r.Body, 1<<20)
	if err := r.ParseForm(); err != nil {
		http.Error(rw, err.Error(), http.StatusBadRequest)
		return
	}
	call := Call{Method: strings.TrimPrefix(r.URL.Path, "/"), Form: form{}, Status: http.StatusOK, At: time.Now()}
	for name := range r.Form {
		if name != "token" {
			call.Form[name] = r.Form.Get(name)
		}
	}

	w.mu.Lock()
	answer, fault := w.answer(&call, token(r), r.Header.Get("X-Request-ID"))
	w.setScopes(rw.Header())
	if w.calls = append(w.calls, call); len(w.calls) > 5*w.opts.Remember {
		w.calls = w.calls[1:]
	}
	w.mu.Unlock()

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
	_ = json.NewEncoder(rw).Encode(answer) // the client may have closed the connection
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
		return map[string]any{"ok": false, "error": call.Error}, fault
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
	case !known:
		return nil, "unknown_method"
	case !w.mayCall(call.Method):
		return nil, "missing_scope"
	}
	answer, code = do(w, call.Form)
	if code != "" {
		return nil, code
	}
	if strings.HasPrefix(call.Method, "chat.") || call.Method == "reactions.add" {
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
	if w.disturb != nil && call.Method != filesMethod {
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

func postMessage(w *Workspace, f form) (map[string]any, string) {
	return sayAsBot(w, f, Message{})
}

func postEphemeral(w *Workspace, f form) (map[string]any, string) {
	if c := w.channel(f["channel"]); c != nil && !slices.Contains(c.Members, f["user"]) {
		return nil, "user_not_in_channel"
	}
	answer, code := sayAsBot(w, f, Message{EphemeralFor: f["user"]})
	if code == "" {
		answer["message_ts"] = answer["ts"]
	}
	return answer, code
}

func sayAsBot(w *Workspace, f form, m Message) (map[string]any, string) {
	if w.channel(f["channel"]) == nil {
		return nil, "channel_not_found"
	}
	if f["attachments"] != "" {
		if err := json.Unmarshal([]byte(f["attachments"]), &m.Attachments); err != nil {
			return nil, "invalid_attachments"
		}
	}
	switch c := w.channel(f["channel"]); {
	case c.Kind == "channel" && !slices.Contains(c.Members, BotUserID) && (m.EphemeralFor != "" || !w.has("chat:write.public")):
		return nil, "not_in_channel"
	case c.Archived:
		return nil, "is_archived"
	case f["text"] == "" && len(m.Attachments) == 0:
		return nil, "no_text"
	case len([]rune(f["text"])) > 40_000:
		return nil, "msg_too_long"
	}
	if f["metadata"] != "" && m.EphemeralFor == "" {
		if err := json.Unmarshal([]byte(f["metadata"]), &m.metadata); err != nil || m.metadata.EventType == "" {
			return nil, "invalid_metadata_format"
		}
	}
	m.Channel, m.Text, m.ThreadTS, m.User = f["channel"], f["text"], f["thread_ts"], BotUserID
	posted := w.post(m)
	return map[string]any{"channel": posted.Channel, "ts": posted.TS}, ""
}

func addReaction(w *Workspace, f form) (map[string]any, string) {
	m := w.message(f["channel"], f["timestamp"])
	switch {
	case w.channel(f["channel"]) == nil:
		return nil, "channel_not_found"
	case m == nil || m.EphemeralFor != "":
		return nil, "message_not_found"
	case f["name"] == "":
		return nil, "no_reaction"
	}
	reactions := slices.Clone(m.Reactions) // watchers may be reading the original
	i := slices.IndexFunc(reactions, func(r Reaction) bool { return r.Name == f["name"] })
	switch {
	case i < 0:
		reactions = append(reactions, Reaction{f["name"], []string{BotUserID}})
	case slices.Contains(reactions[i].Users, BotUserID):
		return nil, "already_reacted"
	default:
		reactions[i].Users = append(slices.Clone(reactions[i].Users), BotUserID)
	}
	m.Reactions = reactions
	w.tell("message", *m)
	return nil, ""
}

func openConversation(w *Workspace, f form) (map[string]any, string) {
	if w.person(f["users"]) == nil {
		return nil, "user_not_found"
	}
	for _, c := range w.channels {
		if c.Kind == "im" && c.Members[0] == f["users"] {
			return map[string]any{"channel": map[string]any{"id": c.ID}}, ""
		}
	}
	return nil, "user_not_found"
}

// listConversations lists the public channels.
func listConversations(w *Workspace, f form) (map[string]any, string) {
	asked, code := f.paging(1000)
	if code != "" {
		return nil, code
	}
	public := slices.DeleteFunc(slices.Clone(w.channels), func(c Channel) bool {
		return c.Kind != "channel" || c.Archived && f["exclude_archived"] == "true"
	})
	part, next := pageOf(public, asked)
	list := []any{}
	for _, c := range part {
		list = append(list, conversation(c))
	}
	return map[string]any{"channels": list, "response_metadata": map[string]any{"next_cursor": next}}, ""
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
