package notify

import (
	"time"

	"github.com/gobridge/gopherbot/gateway/notify/apikey"
	"github.com/gobridge/gopherbot/gateway/notify/problem"
)

// authenticate finds the key of a request, checks that it may call the endpoint, and takes a
// request from its bucket. A request of Grafana with a signature has no key yet: its body
// must be read first.
func (a *API) authenticate(c *call) *problem.Problem {
	if c.query != nil && a.keys.InQuery(c.query) {
		c.unauthentic = true
		return problem.New(problem.KeyInURL, "a key in the address ends up in the logs of proxies: give it in the header Authorization or X-API-Key")
	}
	if a.isSigned(c) {
		return nil
	}
	given := apikey.Given(c.r)
	if given == "" {
		c.unauthentic = true
		c.w.Header().Set("WWW-Authenticate", "Bearer")
		return problem.New(problem.Unauthorized, "give a key: Authorization: Bearer <key>, or X-API-Key: <key>")
	}
	key := a.keys.Match(given)
	if key == nil {
		return a.forbidden(c)
	}
	return a.admit(c, key)
}

// forbidden does not say what is wrong.
func (a *API) forbidden(c *call) *problem.Problem {
	c.unauthentic = true
	return problem.New(problem.Forbidden, "the request is not authentic")
}

// admit takes a request of an authentic key.
func (a *API) admit(c *call, key *apikey.Key) *problem.Problem {
	c.key = key
	if c.endpoint.scope != "" && !key.MayCall(c.endpoint.scope) {
		return problem.New(problem.Forbidden, "this key may not call %s", c.endpoint.name)
	}
	wait, ok := key.Allow(a.opts.Now())
	if ok {
		return nil
	}
	code := problem.RateLimited
	if c.endpoint.webhook {
		code = problem.Overloaded
	}
	p := problem.New(code, "this key makes more than %v requests a second", key.Rate)
	p.RetryAfter = max(wait, time.Second)
	return p
}
