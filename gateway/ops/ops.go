// Package ops is the operator's page of a deployment: what is on the queue and
// how it went over the last minutes, who works on it, what failed, and the dead
// letters, which can be replayed and dropped. Any number of gateways may serve
// it: each looks at Redis by itself, and a session is good at all of them.
//
// It knows the queue, and what consumers tell of themselves. It must not know a
// chat platform; what it is shown of background jobs it is given.
package ops

import (
	"context"
	"embed"
	"errors"
	"html/template"
	"io/fs"
	"net/http"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/internal/bearer"
	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/internal/webui"
	"github.com/gobridge/gopherbot/workqueue"
)

// Queue is what the page needs of the queue; a *workqueue.Inspector has it.
type Queue interface {
	Stats(ctx context.Context, eventTypes ...string) ([]workqueue.Stats, error)
	ListDeadLetters(ctx context.Context, eventType, after string, n int) ([]workqueue.DeadLetter, error)
	DeadLetter(ctx context.Context, eventType, id string) (workqueue.DeadLetter, error)
	Replay(ctx context.Context, eventType, id string) error
	Drop(ctx context.Context, eventType, id string) error
}

// Presence is what the processes tell; a *presence.Reader has it.
type Presence interface {
	Consumers(ctx context.Context) ([]presence.Consumer, error)
	Failures(ctx context.Context, n int) ([]presence.Failure, error)
	Unanswered(ctx context.Context) ([]presence.Unanswered, error)
}

// Jobs is what is known of the background jobs.
type Jobs struct {
	// Leader is the process that runs them, "" when none does.
	Leader string `json:"leader"`
	Jobs   []Job  `json:"jobs"`
}

// Job is a background job. Its times are zero before its first run.
type Job struct {
	Name     string    `json:"name"`
	Next     time.Time `json:"next,omitzero"`
	Last     time.Time `json:"last,omitzero"`
	Result   string    `json:"result"` // "ok" or what went wrong
	Runs     int64     `json:"runs"`
	Failures int64     `json:"failures"`
	Failing  int64     `json:"failing"` // of the latest runs, in a row
}

// Options configures a Page. All but Every and Log are required.
type Options struct {
	// Tokens are what operators log in with: one, or two while it is rotated.
	Tokens []string
	// App is the deployment's name, for the title.
	App string
	// Types are the types of events, in the order in which they are shown.
	Types    []string
	Queue    Queue
	Presence Presence
	Jobs     func(context.Context) (Jobs, error)
	// Every is how often the page looks at the queue; 2 s by default.
	Every time.Duration
	Log   zerolog.Logger
}

// Page is the operator's page. Serve it at /ops/, and Run it meanwhile.
type Page struct {
	opts    Options
	door    sessions
	history *history
	handler http.Handler
}

//go:embed static
var static embed.FS

var loginPage = template.Must(template.ParseFS(static, "static/login.html"))

// policy lets the page load what comes from here, and send what is typed there,
// and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// New returns a Page, or an error when a required option is missing.
func New(opts Options) (*Page, error) {
	if len(opts.Tokens) == 0 || opts.App == "" || len(opts.Types) == 0 || opts.Queue == nil || opts.Presence == nil || opts.Jobs == nil {
		return nil, errors.New("the operator's page needs a token, the app's name, types of events, a queue, vitals and the background jobs")
	}
	for _, token := range opts.Tokens {
		if token == "" {
			return nil, errors.New("a token for the operator's page is empty: anyone could log in with it")
		}
	}
	if opts.Every == 0 {
		opts.Every = 2 * time.Second
	}
	p := &Page{opts: opts, door: newDoor(opts.Tokens), history: newHistory(opts)}
	p.handler = p.routes()
	return p, nil
}

// Run looks at the queue until ctx ends, whether or not somebody looks at the
// page: what happened before somebody came is what they came for.
func (p *Page) Run(ctx context.Context) { p.history.run(ctx) }

// ServeHTTP answers one request below /ops/.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.handler.ServeHTTP(w, r) }

func (p *Page) routes() http.Handler {
	files, err := fs.Sub(static, "static")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	file := func(name string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, files, name) }
	}
	mux := http.NewServeMux()
	for _, name := range []string{"app.js", "chart.js", "view.js", "style.css"} { // there is nothing secret in them
		mux.Handle("GET /ops/"+name, file(name))
	}
	mux.HandleFunc("GET /ops/dom.js", webui.Script)
	mux.HandleFunc("POST /ops/login", p.login)
	mux.HandleFunc("POST /ops/logout", p.logout)
	mux.HandleFunc("GET /ops/{$}", func(w http.ResponseWriter, r *http.Request) {
		if !p.door.open(r, time.Now()) {
			p.showLogin(w, http.StatusOK, false)
			return
		}
		http.ServeFileFS(w, r, files, "index.html")
	})
	mux.Handle("GET /ops/api/state", p.inside(p.state))
	mux.Handle("GET /ops/api/dead", p.inside(p.dead))
	mux.Handle("GET /ops/api/dead/text", p.inside(p.deadText))
	mux.Handle("POST /ops/api/dead/replay", p.inside(p.decide("replayed", p.opts.Queue.Replay)))
	mux.Handle("POST /ops/api/dead/drop", p.inside(p.decide("dropped", p.opts.Queue.Drop)))

	// Another site that is open in the operator's browser must not act for them.
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.log(r).Warn().Str("path", r.URL.Path).Msg("a request to the operator's page came from another site, and was refused")
		http.Error(w, "refused: the request came from another site", http.StatusForbidden)
	}))
	protected := protection.Handler(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		protected.ServeHTTP(w, r)
	})
}

func (p *Page) showLogin(w http.ResponseWriter, status int, wrong bool) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_ = loginPage.Execute(w, struct { // whoever asked may have gone
		App   string
		Wrong bool
	}{p.opts.App, wrong})
}

// maxForm is how many bytes of a request are read: a token, or an id.
const maxForm = 4 << 10

func (p *Page) login(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	known := bearer.Match(p.door.tokens, r.PostFormValue("token"))
	if known == "" {
		p.log(r).Warn().Str("from", r.RemoteAddr).Msg("somebody tried to log in to the operator's page with a wrong token")
		p.showLogin(w, http.StatusUnauthorized, true)
		return
	}
	http.SetCookie(w, p.door.session(known, r, time.Now()))
	p.log(r).Info().Str("from", r.RemoteAddr).Msg("an operator logged in")
	http.Redirect(w, r, "/ops/", http.StatusSeeOther)
}

func (p *Page) logout(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, p.door.nothing(r))
	http.Redirect(w, r, "/ops/", http.StatusSeeOther)
}

// inside answers those who are logged in.
func (p *Page) inside(answer http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !p.door.open(r, time.Now()) {
			http.Error(w, "log in at /ops/", http.StatusUnauthorized)
			return
		}
		answer(w, r)
	})
}

func (p *Page) log(r *http.Request) *zerolog.Logger {
	log := p.opts.Log.With().Str("request_id", r.Header.Get(gateway.RequestIDHeader)).Logger()
	return &log
}
