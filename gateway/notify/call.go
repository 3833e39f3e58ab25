package notify

import (
	"net/http"
	"net/url"
	"time"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/gateway/notify/apikey"
	"github.com/gobridge/gopherbot/gateway/notify/problem"
)

// call is a request that is being answered, with all that its log line has.
type call struct {
	w        http.ResponseWriter
	r        *http.Request
	query    url.Values // nil if it cannot be read
	began    time.Time
	endpoint endpoint
	remote   string
	// key is the authentic one, nil if there is none.
	key *apikey.Key
	// unauthentic has the request logged at most once a minute for its address.
	unauthentic bool
	// bot and chat are where the message goes, and notification is its request id.
	bot, chat, notification string
	problem                 *problem.Problem
}

func (a *API) begin(w http.ResponseWriter, r *http.Request) *call {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		query = nil
	}
	return &call{
		w: w, r: r, query: query, began: a.opts.Now(), endpoint: endpoint{name: unknownEndpoint},
		remote: gateway.ClientAddress(r, a.opts.Config.TrustedProxies),
	}
}

// requestID is the HTTP request's id.
func (c *call) requestID() string { return c.r.Header.Get(gateway.RequestIDHeader) }

// queryOf checks that a query has known parameters only, each once at most.
func (c *call) queryOf(known ...string) *problem.Problem {
	if c.query == nil {
		return problem.New(problem.InvalidOption, "the query of the address cannot be read")
	}
	seen := 0
	for _, name := range known {
		values := c.query[name]
		if len(values) > 1 {
			return problem.New(problem.InvalidOption, "the query has %s more than once", name)
		}
		seen += min(len(values), 1)
	}
	if seen != len(c.query) {
		return problem.New(problem.InvalidOption, "the query has an unknown parameter: want %v", known)
	}
	return nil
}
