package ops

import (
	"context"
	"errors"
	"net/http"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/internal/audit"
	"github.com/gobridge/gopherbot/internal/login"
)

const cookieName = "gopherbot_ops"

// newCookie returns the cookie of a session, or with a negative maxAge one that removes it.
func newCookie(r *http.Request, id string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: cookieName, Value: id, Path: "/ops", MaxAge: maxAge, HttpOnly: true, SameSite: http.SameSiteStrictMode,
		// Heroku's router terminates TLS and sets the header. A browser without TLS, as
		// on a laptop, would not store a secure cookie.
		Secure: r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https",
	}
}

// operator is somebody who is logged in, and the address of their request.
type operator struct {
	login.Session
	address string
}

// does returns the audit's entry of an act.
func (o operator) does(action audit.Action, on string) audit.Entry {
	return audit.Entry{Who: o.Who, From: o.address, Via: audit.Page, Action: action, On: on}
}

// operator returns who sends a request, or login.ErrNoSession. Another error says that Redis
// does not answer.
func (p *Page) operator(r *http.Request) (operator, error) {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return operator{}, login.ErrNoSession
	}
	ctx, cancel := context.WithTimeout(r.Context(), redisTimeout)
	defer cancel()
	session, err := p.opts.Login.Find(ctx, c.Value)
	return operator{session, p.address(r)}, err
}

func (p *Page) address(r *http.Request) string { return gateway.ClientAddress(r, p.opts.Proxies) }

// loggedIn refuses requests without a session.
func (p *Page) loggedIn(answer func(http.ResponseWriter, *http.Request, operator)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch o, err := p.operator(r); {
		case errors.Is(err, login.ErrNoSession):
			refuse(w, http.StatusUnauthorized, "log in at /ops/")
		case err != nil:
			p.unavailable(w, r, err)
		default:
			answer(w, r, o)
		}
	})
}
