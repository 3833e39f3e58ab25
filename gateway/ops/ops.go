// Package ops is the operations page of a deployment. It shows the queue over the last
// ten minutes, the gateways with their sockets, the consumers, the latest failures, the notification API, the
// background jobs and the dead letters, which operators replay or drop, and what they did so far. Any number of
// gateways may serve it: each reads Redis by itself, and a session is valid at all of them.
//
// Each act is recorded in the audit before it is done.
//
// It knows the queue and the reports of consumers. It must not know a chat platform or
// bgtasks: Options.Jobs returns the state of background jobs.
package ops

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/internal/audit"
	"github.com/gobridge/gopherbot/internal/control"
	"github.com/gobridge/gopherbot/internal/login"
	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/internal/webui"
	"github.com/gobridge/gopherbot/workqueue"
)

// Queue reads the queue and decides about dead letters. *workqueue.Inspector implements
// it.
type Queue interface {
	Stats(ctx context.Context, eventTypes ...string) ([]workqueue.Stats, error)
	ListDeadLetters(ctx context.Context, eventType, after string, n int) ([]workqueue.DeadLetter, error)
	DeadLetter(ctx context.Context, eventType, id string) (workqueue.DeadLetter, error)
	Replay(ctx context.Context, eventType, id string) error
	Drop(ctx context.Context, eventType, id string) error
	ReplayMany(ctx context.Context, list ...workqueue.DeadLetter) (int, error)
	DropMany(ctx context.Context, list ...workqueue.DeadLetter) (int, error)
	ListWaiting(ctx context.Context, eventType string, n int) ([]workqueue.QueuedEvent, error)
	ListDelayed(ctx context.Context, eventType string, n int) ([]workqueue.QueuedEvent, error)
	WaitingEvent(ctx context.Context, eventType, id string) (workqueue.QueuedEvent, error)
	DelayedEvent(ctx context.Context, eventType, id string) (workqueue.QueuedEvent, error)
	RetryNow(ctx context.Context, list ...workqueue.QueuedEvent) (int, error)
	DropQueued(ctx context.Context, list ...workqueue.QueuedEvent) (int, error)
	DropWaiting(ctx context.Context, eventType string) (workqueue.Dropped, error)
	Find(ctx context.Context, match func(workqueue.Event) bool, eventTypes ...string) ([]workqueue.FoundEvent, error)
	FindOutcomes(ctx context.Context, match func(workqueue.OutcomeRecord) bool, eventTypes ...string) ([]workqueue.OutcomeRecord, error)
	Outcomes(fromNow bool, eventTypes ...string) *workqueue.OutcomeReader
}

// Presence reads the reports of processes. *presence.Reader implements it.
type Presence interface {
	Instances(ctx context.Context) ([]presence.Instance, error)
	Consumers(ctx context.Context) ([]presence.Consumer, error)
	Failures(ctx context.Context, n int) ([]presence.Failure, error)
	Unanswered(ctx context.Context) ([]presence.Unanswered, error)
	Notifications(ctx context.Context, n int) (presence.Notifications, error)
}

// Jobs is the state of the background jobs.
type Jobs struct {
	// Leader is the process that runs them, "" if none does.
	Leader string `json:"leader"`
	Jobs   []Job  `json:"jobs"`
}

// Job is a background job. Its times are zero before its first run.
type Job struct {
	Name     string    `json:"name"`
	Next     time.Time `json:"next,omitzero"`
	Last     time.Time `json:"last,omitzero"`
	Result   string    `json:"result"` // "ok" or the error of the last run
	Runs     int64     `json:"runs"`
	Failures int64     `json:"failures"`
	Failing  int64     `json:"failing"` // failed runs since the last success
}

// Options configures a Page. All but Speech, Proxies, Version, Notifications, Every and Log are required.
type Options struct {
	// Tokens are the tokens with which operators log in: one, or during a rotation two.
	Tokens []string
	// Login keeps their sessions, and limits guesses at the tokens.
	Login *login.Store
	// Audit keeps what they did.
	Audit *audit.Log
	// Controls are what they have paused, silenced and ignored, and Targets what they can.
	Controls *control.Store
	Targets  Targets
	Speech   Speech
	// Proxies is how many proxies append to X-Forwarded-For: see gateway.ClientAddress.
	Proxies int
	// Version describes the gateway's build in one line.
	Version string
	// App is the deployment's name, for the title.
	App string
	// Types are the types of events, in the order in which they are shown.
	Types    []string
	Queue    Queue
	Presence Presence
	Jobs     func(context.Context) (Jobs, error)
	// Notifications shows the messages of the notification API and the callback rules.
	Notifications bool
	// Every is the time between two samples of the queue. Defaults to 2 s.
	Every time.Duration
	Log   zerolog.Logger
}

// Page is the operations page. Serve it at /ops/, and call Run meanwhile.
type Page struct {
	opts    Options
	form    loginForm
	history *history
	tail    *tail
	handler http.Handler
}

//go:embed static
var static embed.FS

// policy lets the page load files, send requests and submit forms to its own origin,
// and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// New returns a Page, or an error when a required option is missing.
func New(opts Options) (*Page, error) {
	if len(opts.Tokens) == 0 || opts.Login == nil || opts.Audit == nil || opts.Controls == nil || opts.Targets.Handlers == nil || opts.Targets.Find == nil || opts.Targets.Event == nil || opts.App == "" || len(opts.Types) == 0 ||
		opts.Queue == nil || opts.Presence == nil || opts.Jobs == nil {
		return nil, errors.New("the operations page needs Tokens, Login, Audit, Controls, Targets, App, Types, Queue, Presence and Jobs")
	}
	for _, token := range opts.Tokens {
		if token == "" {
			return nil, errors.New("a token of the operations page is empty: anyone could log in with it")
		}
	}
	if opts.Every == 0 {
		opts.Every = 2 * time.Second
	}
	p := &Page{opts: opts, form: loginForm{opts.App}, history: newHistory(opts), tail: &tail{opts: opts}}
	p.handler = p.routes()
	return p, nil
}

// Run takes samples of the queue until ctx ends, also while nobody has the page open:
// an operator opens it to see the minutes before.
func (p *Page) Run(ctx context.Context) { p.history.run(ctx) }

// ServeHTTP answers one request below /ops/.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.handler.ServeHTTP(w, r) }

func (p *Page) routes() http.Handler {
	files, err := fs.Sub(static, "static")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ops/{file}", func(w http.ResponseWriter, r *http.Request) { // public: they have no secrets
		if name := r.PathValue("file"); strings.HasSuffix(name, ".js") || strings.HasSuffix(name, ".css") {
			http.ServeFileFS(w, r, files, name)
			return
		}
		http.NotFound(w, r)
	})
	mux.HandleFunc("GET /ops/dom.js", webui.Script)
	mux.HandleFunc("GET /ops/theme.css", webui.Theme)
	mux.HandleFunc("POST /ops/login", p.logIn)
	mux.HandleFunc("POST /ops/logout", p.logOut)
	mux.HandleFunc("GET /ops/{$}", func(w http.ResponseWriter, r *http.Request) {
		switch _, err := p.operator(r); {
		case errors.Is(err, login.ErrNoSession):
			p.form.show(w, http.StatusOK, "", "")
		case err != nil:
			p.noLogin(w, r, "", err)
		default:
			http.ServeFileFS(w, r, files, "index.html")
		}
	})
	mux.Handle("GET /ops/api/state", p.loggedIn(p.state))
	mux.Handle("GET /ops/api/audit", p.loggedIn(p.audit))
	mux.Handle("GET /ops/api/dead", p.loggedIn(p.dead))
	mux.Handle("GET /ops/api/dead/text", p.loggedIn(p.deadText))
	mux.Handle("POST /ops/api/dead/replay", p.loggedIn(p.decide(audit.Replay, p.opts.Queue.Replay)))
	mux.Handle("POST /ops/api/dead/drop", p.loggedIn(p.decide(audit.Drop, p.opts.Queue.Drop)))
	mux.Handle("POST /ops/api/dead/count", p.loggedIn(p.countDead))
	mux.Handle("POST /ops/api/dead/replay-many", p.loggedIn(p.decideMany(audit.Replay, p.opts.Queue.ReplayMany)))
	mux.Handle("POST /ops/api/dead/drop-many", p.loggedIn(p.decideMany(audit.Drop, p.opts.Queue.DropMany)))
	mux.Handle("GET /ops/api/queued", p.loggedIn(p.queued))
	mux.Handle("POST /ops/api/delayed/retry", p.loggedIn(p.retryDelayed))
	mux.Handle("POST /ops/api/delayed/drop", p.loggedIn(p.dropDelayed))
	mux.Handle("POST /ops/api/waiting/drop", p.loggedIn(p.dropWaiting))
	mux.Handle("POST /ops/api/purge", p.loggedIn(p.purge))
	mux.Handle("POST /ops/api/say", p.loggedIn(p.say))
	mux.Handle("POST /ops/api/unsay", p.loggedIn(p.unsay))
	mux.Handle("GET /ops/api/controls", p.loggedIn(p.controls))
	mux.Handle("POST /ops/api/controls/set", p.loggedIn(p.setControl))
	mux.Handle("POST /ops/api/controls/end", p.loggedIn(p.endControl))
	mux.Handle("GET /ops/api/outcomes", p.loggedIn(p.outcomes))
	mux.Handle("GET /ops/api/event", p.loggedIn(p.event))

	// Another site in the operator's browser must not send requests in their name.
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.log(r).Warn().Str("path", r.URL.Path).Msg("refused a request to the operations page: it came from another site")
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

func (p *Page) log(r *http.Request) *zerolog.Logger {
	log := p.opts.Log.With().Str("request_id", r.Header.Get(gateway.RequestIDHeader)).Logger()
	return &log
}
