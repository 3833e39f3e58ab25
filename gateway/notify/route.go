package notify

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/gobridge/gopherbot/gateway/notify/problem"
	"github.com/gobridge/gopherbot/internal/notifyconfig"
)

// endpoint is one of the API's.
type endpoint struct {
	// name is for logs and metrics, and methods for the header Allow.
	name    string
	methods []string
	// open needs no key. Otherwise scope says which keys may call it, "" for all.
	open  bool
	scope notifyconfig.Endpoint
	// webhook is called by a monitoring system, which takes 4xx for final: it is told to come
	// again where others are told that they are too fast.
	webhook bool
	serve   func(*API, context.Context, *call) (reply, *problem.Problem)
}

var (
	get  = []string{http.MethodGet, http.MethodHead}
	post = []string{http.MethodPost}
)

// The endpoints, by their paths below the base path.
var endpoints = map[string]endpoint{
	"/send":             {name: "send", methods: post, scope: notifyconfig.Send, serve: (*API).send},
	"/alertmanager":     {name: "alertmanager", methods: post, scope: notifyconfig.Alertmanager, webhook: true, serve: (*API).alertmanager},
	"/grafana":          {name: "grafana", methods: []string{http.MethodPost, http.MethodPut}, scope: notifyconfig.Grafana, webhook: true, serve: (*API).grafana},
	"/bot/list":         {name: "bots", methods: get, scope: notifyconfig.Lists, serve: (*API).listBots},
	"/chats/alias/list": {name: "chats", methods: get, scope: notifyconfig.Lists, serve: (*API).listChats},
	"/healthz":          {name: "healthz", methods: get, open: true, serve: (*API).healthz},
	receiptsPath:        {name: "receipts", methods: get, serve: (*API).receipt},
}

// receiptsPath is followed by a request's id.
const receiptsPath = "/receipts/"

// unknownEndpoint is the name of requests for paths that are none.
const unknownEndpoint = "unknown"

// Endpoints returns the names of all endpoints, as Options.Observe gets them.
func Endpoints() []string {
	names := []string{unknownEndpoint}
	for _, e := range endpoints {
		names = append(names, e.name)
	}
	slices.Sort(names)
	return names
}

// find returns the endpoint of a path. The webhooks exist if they are configured.
func (a *API) find(path string) (endpoint, bool) {
	rest, below := strings.CutPrefix(path, a.opts.Config.BasePath)
	if !below {
		return endpoint{}, false
	}
	if id, ok := strings.CutPrefix(rest, receiptsPath); ok {
		return endpoints[receiptsPath], id != "" && !strings.Contains(id, "/")
	}
	e, ok := endpoints[rest]
	if e.webhook && a.webhooks[e.name] == nil {
		return endpoint{}, false
	}
	return e, ok
}

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := a.begin(w, r)
	answer, p := a.dispatch(r.Context(), c)
	if p != nil {
		answer = failed(p, c.notification)
		c.problem = p
	}
	a.finish(c, answer)
}

// dispatch finds the endpoint, authenticates, and serves.
func (a *API) dispatch(ctx context.Context, c *call) (reply, *problem.Problem) {
	e, ok := a.find(c.r.URL.Path)
	if !ok {
		return reply{}, notFound()
	}
	c.endpoint = e
	if !slices.Contains(e.methods, c.r.Method) {
		c.w.Header().Set("Allow", strings.Join(e.methods, ", "))
		return reply{}, problem.New(problem.MethodNotAllowed, "want %s", strings.Join(e.methods, " or "))
	}
	if !e.open {
		if p := a.authenticate(c); p != nil {
			return reply{}, p
		}
	}
	return e.serve(a, ctx, c)
}

func notFound() *problem.Problem {
	return problem.New(problem.NotFound, "there is nothing at this path, or not for this key")
}

func (a *API) healthz(context.Context, *call) (reply, *problem.Problem) {
	return reply{status: http.StatusOK, body: struct {
		OK bool `json:"ok"`
	}{true}}, nil
}
