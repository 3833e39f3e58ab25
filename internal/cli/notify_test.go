package cli_test

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/notifyclient"
	"github.com/gobridge/gopherbot/internal/receipt"
	"github.com/gobridge/gopherbot/internal/test/redistest"
)

// requested is a request that a fakeAPI got.
type requested struct {
	method, path, query, auth, idempotencyKey string
	fields                                    map[string]string
	fileName, file                            string
}

// fakeAPI answers as the notification API does. Source: the answers of POST /send
type fakeAPI struct {
	mu       sync.Mutex
	requests []requested
	answers  []fakeAnswer // in their order; the last one is repeated
}

type fakeAnswer struct {
	status int
	body   string
	header map[string]string
}

// serve starts the API, and returns a bench whose environment has its address and key.
func (f *fakeAPI) serve(t *testing.T, answers ...fakeAnswer) bench {
	f.answers = answers
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return bench{t: t, environ: []string{"GOPHER_NOTIFY_URL=" + server.URL, "GOPHER_NOTIFY_KEY=" + notifyKey}}
}

func (f *fakeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	got := requested{
		method: r.Method, path: r.URL.Path, query: r.URL.RawQuery, auth: r.Header.Get("Authorization"),
		idempotencyKey: r.Header.Get("Idempotency-Key"), fields: map[string]string{},
	}
	if r.Method == http.MethodPost {
		if err := got.read(r); err != nil {
			http.Error(w, err.Error(), http.StatusTeapot)
			return
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, got)
	answer := f.answers[min(len(f.requests), len(f.answers))-1]
	for name, value := range answer.header {
		w.Header().Set(name, value)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(answer.status)
	_, _ = io.WriteString(w, answer.body)
}

// read reads the body of a request.
func (got *requested) read(r *http.Request) error {
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case err != nil:
		return err
	case media == "application/json":
		return json.NewDecoder(r.Body).Decode(&got.fields)
	}
	form := multipart.NewReader(r.Body, params["boundary"])
	for {
		part, err := form.NextPart()
		if err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return err
		}
		if part.FormName() == "file" {
			got.fileName, got.file = part.FileName(), string(content)
		} else {
			got.fields[part.FormName()] = string(content)
		}
	}
}

// only returns the only request.
func (f *fakeAPI) only(t *testing.T) requested {
	t.Helper()
	if len(f.requests) != 1 {
		t.Fatalf("%d requests, want 1: %+v", len(f.requests), f.requests)
	}
	return f.requests[0]
}

const requestID = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

var (
	queuedAnswer = fakeAnswer{202, `{"ok":true,"queued":true,"request_id":"` + requestID + `"}`, nil}
	postedAnswer = fakeAnswer{200, `{"ok":true,"sync_id":"C1/1700000000.000100","request_id":"` + requestID + `","link":"https://x.slack.com/archives/C1/p1","warnings":["mention_unresolved"]}`, nil}
)

func TestNotifySend_Request(t *testing.T) {
	t.Parallel()
	var api fakeAPI
	b := api.serve(t, queuedAnswer)
	r := b.run("notify", "send", "--chat", "deploys", "--format", "markdown", "--status", "ok", "--thread", "C1/1.2", "--key", "deploy 42", "--on-key", "update",
		"--ttl", "10m", "--wait", "2s", "--idempotency-key", "once", "**done** <!channel>")
	if r.code != 3 || r.err != "" || !strings.Contains(r.out, "Queued; see what becomes of it with: gopherbot notify receipt "+requestID) {
		t.Errorf("%+v", r)
	}
	got := api.only(t)
	want := map[string]string{
		"chat_id": "deploys", "message": "**done** <!channel>", "format": "markdown", "status": "ok", "thread": "C1/1.2", "key": "deploy 42", "on_key": "update", "ttl": "10m",
	}
	if got.method != "POST" || got.path != "/api/v1/send" || got.query != "wait=2s" || got.auth != "Bearer "+notifyKey || got.idempotencyKey != "once" || fmt.Sprint(got.fields) != fmt.Sprint(want) {
		t.Errorf("%+v", got)
	}
}

// TestNotifySend_Text sends a text from an argument or the standard input, or a file.
func TestNotifySend_Text(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "report.txt")
	if err := os.WriteFile(file, []byte("rows\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		in   string
		args []string
		text string
		file string
	}{
		{"", []string{"hello"}, "hello", ""},
		{"a\nb\n", nil, "a\nb", ""},
		{"a\r\n", []string{"-"}, "a", ""},
		{"not read", []string{"--file", file}, "", "rows\n"},
		{"", []string{"--file", file, "the report"}, "the report", "rows\n"},
	} {
		var api fakeAPI
		b := api.serve(t, queuedAnswer)
		b.in = strings.NewReader(test.in)
		if r := b.run(append([]string{"notify", "send"}, test.args...)...); r.code != 3 {
			t.Errorf("%q: %+v", test.args, r)
		}
		got := api.only(t)
		if got.fields["message"] != test.text || got.file != test.file || test.file != "" && got.fileName != "report.txt" || got.idempotencyKey == "" || got.query != "" {
			t.Errorf("%q: %+v", test.args, got)
		}
	}
	b := bench{t: t, terminal: true, environ: []string{"GOPHER_NOTIFY_KEY=" + notifyKey}}
	if r := b.run("notify", "send"); r.code != 1 || !strings.Contains(r.err, "want a TEXT") {
		t.Errorf("at a terminal: %+v", r)
	}
}

// TestNotifySend_Answers has an exit code for each kind of answer.
func TestNotifySend_Answers(t *testing.T) {
	t.Parallel()
	problem := func(status int, code string) fakeAnswer {
		return fakeAnswer{status, `{"ok":false,"error":"why not","code":"` + code + `"}`, map[string]string{"Retry-After": "1"}}
	}
	for _, test := range []struct {
		answers  []fakeAnswer
		code     int
		says     string
		requests int
	}{
		{[]fakeAnswer{queuedAnswer}, 3, "Queued; see", 1},
		{[]fakeAnswer{postedAnswer}, 0, "Posted. Its id is C1/1700000000.000100. Warnings: mention_unresolved.\nhttps://x.slack.com", 1},
		{[]fakeAnswer{{202, `{"ok":true,"queued":true,"request_id":"x","shadow":true}`, nil}}, 3, "Not posted: the deployment is in shadow mode", 1},
		{[]fakeAnswer{{200, `{"ok":true,"request_id":"x","duplicate":true,"sync_id":"C1/1"}`, nil}}, 0, "Posted; the same message was sent before.", 1},
		{[]fakeAnswer{{200, `{"ok":true,"request_id":"x","duplicate":true,"state":"failed"}`, nil}}, 4, "It is failed; the same", 1},
		{[]fakeAnswer{problem(400, "unknown_chat")}, 4, "the message is refused: why not (unknown_chat)", 1},
		{[]fakeAnswer{problem(401, "unauthorized")}, 4, "why not (unauthorized)", 1},
		{[]fakeAnswer{problem(403, "forbidden")}, 4, "why not (forbidden)", 1},
		{[]fakeAnswer{problem(413, "too_large")}, 4, "why not (too_large)", 1},
		{[]fakeAnswer{problem(422, "idempotency_mismatch")}, 4, "why not (idempotency_mismatch)", 1},
		{[]fakeAnswer{problem(502, "refused")}, 4, "why not (refused)", 1},
		{[]fakeAnswer{{404, "not here", nil}}, 4, "the gateway answers 404: it gives no reason; check that it is the API's address", 1},
		{[]fakeAnswer{{302, "", map[string]string{"Location": "/elsewhere"}}}, 4, "the gateway answers 302", 1},
		{[]fakeAnswer{{200, "<html>", nil}, queuedAnswer}, 3, "Queued", 2},
		{[]fakeAnswer{problem(503, "queue_unavailable"), queuedAnswer}, 3, "Queued", 2},
		{[]fakeAnswer{problem(429, "rate_limited"), {502, "a proxy's", nil}, postedAnswer}, 0, "Posted", 3},
		{[]fakeAnswer{problem(503, "queue_full")}, 1, "why not (queue_full)", 3},
	} {
		t.Run(fmt.Sprint(test.answers), func(t *testing.T) {
			t.Parallel()
			var api fakeAPI
			r := api.serve(t, test.answers...).run("notify", "send", "hello")
			if r.code != test.code || !strings.Contains(r.out+r.err, test.says) || len(api.requests) != test.requests {
				t.Errorf("%+v after %d requests, want code %d, %q", r, len(api.requests), test.code, test.says)
			}
			for _, request := range api.requests {
				if request.idempotencyKey != api.requests[0].idempotencyKey || request.fields["message"] != "hello" {
					t.Errorf("the repetition differs: %+v", request)
				}
			}
		})
	}
}

func TestNotifySend_JSON(t *testing.T) {
	t.Parallel()
	var api fakeAPI
	b := api.serve(t, postedAnswer)
	if a := decoded[notifyclient.Answer](b, "notify", "send", "hello"); a.SyncID != "C1/1700000000.000100" || a.RequestID != requestID || len(a.Warnings) != 1 {
		t.Errorf("%+v", a)
	}
	b = new(fakeAPI).serve(t, fakeAnswer{400, `{"ok":false,"error":"why not","code":"unknown_chat"}`, nil})
	r := b.run("notify", "send", "hello", "--json")
	var refused notifyclient.Refusal
	if err := json.Unmarshal([]byte(r.out), &refused); err != nil || r.code != 4 || refused.Code != "unknown_chat" || refused.Status != 400 {
		t.Errorf("%+v (%v)", r, err)
	}
}

// TestNotify_Access finds the key and the address, and never shows the key.
func TestNotify_Access(t *testing.T) {
	t.Parallel()
	var api fakeAPI
	b := api.serve(t, queuedAnswer)
	address := strings.TrimPrefix(b.environ[0], "GOPHER_NOTIFY_URL=")
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte("key-of-the-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		environ, args []string
		auth, path    string // "" if it fails
		says          string
	}{
		{[]string{"GOPHER_NOTIFY_KEY=k"}, []string{"--url", address}, "Bearer k", "/api/v1/send", ""},
		{[]string{"GOPHER_PUBLIC_URL=" + address}, []string{"--key-file", file}, "Bearer key-of-the-file", "/api/v1/send", ""},
		{[]string{"GOPHER_NOTIFY_KEY=k", "GOPHER_NOTIFY_URL=" + address + "/notify/", "GOPHER_PUBLIC_URL=http://127.0.0.1:1"}, nil, "Bearer k", "/notify/send", ""},
		{nil, []string{"--url", address}, "", "", "there is no key: set GOPHER_NOTIFY_KEY"},
		{[]string{"GOPHER_NOTIFY_KEY=k"}, []string{"--url", "gopherbot.example"}, "", "", "the address of the API is not valid"},
		{[]string{"GOPHER_NOTIFY_KEY=k"}, []string{"--url", address + "?token=x"}, "", "", "the address of the API is not valid"},
		{[]string{"GOPHER_NOTIFY_KEY=secret-key"}, []string{"--url", "http://127.0.0.1:1"}, "", "", "check that the gateway runs"},
	} {
		api.requests = nil
		r := bench{t: t, environ: test.environ}.run(append([]string{"notify", "send", "hello"}, test.args...)...)
		if strings.Contains(r.out+r.err, "secret-key") || !strings.Contains(r.err, test.says) || (r.code == 1) != (test.says != "") {
			t.Errorf("%v %v: %+v", test.environ, test.args, r)
		}
		if test.says == "" {
			if got := api.only(t); got.auth != test.auth || got.path != test.path {
				t.Errorf("%v %v: %+v", test.environ, test.args, got)
			}
		}
	}
}

// TestNotifyReceipt_States shows receipts of all states through the API.
func TestNotifyReceipt_States(t *testing.T) {
	t.Parallel()
	for _, state := range receipt.States() {
		r := receipt.Receipt{RequestID: requestID, State: state, Chat: "it's #ops", Bot: "slack", CreatedAt: time.Now(), UpdatedAt: time.Now(), Attempts: 1}
		if state == receipt.Retrying {
			r.NextAt, r.Error, r.Code = time.Now().Add(time.Minute), "Slack answers\x1b 503", "unavailable"
		}
		body, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var api fakeAPI
		b := api.serve(t, fakeAnswer{200, string(body), nil})
		ran := b.run("notify", "receipt", requestID)
		code := map[receipt.State]int{receipt.Sent: 0, receipt.Superseded: 0, receipt.Unknown: 4, receipt.Failed: 4, receipt.Expired: 4}
		want, final := code[state]
		if !final {
			want = 3
		}
		again := map[receipt.State]string{
			receipt.Unknown: `gopherbot notify send --chat 'it'\''s #ops' TEXT`, receipt.Expired: "gopherbot notify send", receipt.Failed: "gopherbot queue dead replay send ID",
		}[state]
		if ran.code != want || !strings.Contains(ran.out, string(state)) || !strings.Contains(ran.out, again) || again == "" && strings.Contains(ran.out, "gopherbot") || strings.Contains(ran.out, "\x1b") {
			t.Errorf("%s: %+v", state, ran)
		}
		if got := api.only(t); got.method != "GET" || got.path != "/api/v1/receipts/"+requestID || got.auth != "Bearer "+notifyKey {
			t.Errorf("%+v", got)
		}
		var shown receipt.Receipt
		if ran := b.run("notify", "receipt", requestID, "--json"); ran.code != want || json.Unmarshal([]byte(ran.out), &shown) != nil || shown.State != state {
			t.Errorf("%s: %+v", state, ran)
		}
	}
	b := new(fakeAPI).serve(t, fakeAnswer{404, `{"ok":false,"error":"there is no such receipt","code":"not_found"}`, nil})
	if r := b.run("notify", "receipt", "x"); r.code != 1 || !strings.Contains(r.err, "read the receipt: there is no such receipt (not_found)") {
		t.Errorf("%+v", r)
	}
}

// TestNotifyReceipt_Redis reads a receipt with the operators' settings.
func TestNotifyReceipt_Redis(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	store := receipt.New(redistest.Dial(t, server.URL()), "gopherbot")
	if _, err := store.Create(t.Context(), requestID, "a1", receipt.Origin{KeyName: "ci", Chat: "#ops", Bot: "slack", CreatedAt: time.Now(), Open: time.Hour}); err != nil {
		t.Fatal(err)
	}
	b := bench{t: t, environ: []string{"REDIS_URL=" + server.URL(), "GOPHER_REDIS_INSECURE=true"}}
	if r := b.run("notify", "receipt", "--redis", requestID); r.code != 3 || !strings.Contains(r.out, "#ops") || !strings.Contains(r.out, "queued") {
		t.Errorf("%+v", r)
	}
	if r := b.run("notify", "receipt", "--redis", "other"); r.code != 1 || !strings.Contains(r.err, "no receipt of that request: it may be too old") {
		t.Errorf("%+v", r)
	}
}

const webhookBody = `{"version":"4","groupKey":"{}:{alertname=\"Disk\"}","status":"firing","receiver":"gopher","groupLabels":{"alertname":"Disk"},"alerts":[
 {"status":"firing","labels":{"alertname":"Disk","severity":"critical"},"annotations":{"summary":"db1 is full"},"startsAt":"2026-01-02T03:04:05Z","endsAt":"0001-01-01T00:00:00Z"}]}`

func TestNotifyRender(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	body, mine, broken, fails := write("body.json", webhookBody), write("mine.tmpl", "{{ .Status }} in {{ .Receiver }}"), write("broken.tmpl", "{{ .Status"), write("fails.tmpl", `{{ index .Alerts 7 }}`)
	document := "GOPHER_NOTIFY_YAML=server: {alertmanager: {template: 'mine: {{ .Status }}', error_severities: [none]}}"
	for _, test := range []struct {
		environ, args []string
		code          int
		says          string // in what it writes
	}{
		{nil, []string{"--alertmanager", body}, 0, "db1 is full"},
		{nil, []string{"--grafana", body}, 0, "db1 is full"},
		{nil, []string{"--alertmanager"}, 0, "db1 is full"}, // from the standard input
		{nil, []string{"--alertmanager", "--template-file", mine, body}, 0, "firing in gopher\n"},
		{[]string{document}, []string{"--alertmanager", body}, 0, "mine: firing\n"},
		{[]string{document}, []string{"--alertmanager", body, "--json"}, 0, `"status": "ok"`},
		{[]string{"GOPHER_NOTIFY_YAML=sever: {}"}, []string{"--alertmanager", body}, 1, "did you mean server?"},
		{nil, []string{"--alertmanager", "--template-file", broken, body}, 1, "parse the template: "},
		{nil, []string{"--alertmanager", "--template-file", fails, body}, 1, "fails.tmpl"},
		{nil, []string{"--alertmanager", mine}, 1, "read the webhook: "},
		{nil, []string{body}, 1, "want either --alertmanager or --grafana"},
		{nil, []string{"--alertmanager", "--grafana", body}, 1, "want either"},
	} {
		b := bench{t: t, environ: test.environ, in: strings.NewReader(webhookBody)}
		r := b.run(append([]string{"notify", "render"}, test.args...)...)
		if r.code != test.code || !strings.Contains(r.out+r.err, test.says) {
			t.Errorf("%v %v: %+v, want code %d, %q", test.environ, test.args, r, test.code, test.says)
		}
	}
}
