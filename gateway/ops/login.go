package ops

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"html"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gobridge/gopherbot/internal/audit"
	"github.com/gobridge/gopherbot/internal/bearer"
	"github.com/gobridge/gopherbot/internal/login"
)

// loginHTML is the login page. {app} stands for the deployment's name, {name} for the name
// that was given, {problem} for what was wrong, {hidden} for the attribute that hides it if
// nothing was, and {wrong-name} and {wrong-token} for whether that was it.
//
//go:embed static/login.html
var loginHTML string

// loginForm is the login page. It is no template: a template may call any method by its
// name, so a program with html/template has all methods of all its types, which is 3 MB of
// an idle gateway's memory.
type loginForm struct{ app string }

// The problems of a login.
const (
	wrongToken = "That is not the token."
	wrongName  = "Give your name: at most 64 letters, digits, spaces and signs."
	noRedis    = "Redis does not answer, so nobody can log in. Try again, and meanwhile look at the gateway's log."
)

// page returns the page with a problem, "" if there is none.
func (f loginForm) page(name, problem string) string {
	hidden := ""
	if problem == "" {
		hidden = " hidden"
	}
	return strings.NewReplacer(
		"{app}", html.EscapeString(f.app), "{name}", html.EscapeString(name), "{problem}", html.EscapeString(problem), "{hidden}", hidden,
		"{wrong-name}", strconv.FormatBool(problem == wrongName), "{wrong-token}", strconv.FormatBool(problem == wrongToken),
	).Replace(loginHTML)
}

// show answers with the form, the name that was given, and a problem.
func (f loginForm) show(w http.ResponseWriter, status int, name, problem string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(f.page(name, problem))) // the client may have closed the connection
}

// maxForm bounds the bytes of a request's body, which has a name and a token, or an id.
const maxForm = 4 << 10

// logIn opens a session for whoever has a token. The attempt is counted before the token is
// looked at, and the login is recorded before it is done.
func (p *Page) logIn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	name, token := strings.TrimSpace(r.PostFormValue("name")), r.PostFormValue("token")
	if !audit.ValidName(name) {
		p.form.show(w, http.StatusBadRequest, "", wrongName)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), redisTimeout)
	defer cancel()
	left, err := p.opts.Login.Attempt(ctx, p.address(r))
	if limited, ok := errors.AsType[*login.LimitedError](err); ok {
		p.tooMany(w, r, name, limited)
		return
	}
	if err != nil {
		p.noLogin(w, r, name, err)
		return
	}
	known := bearer.Match(p.opts.Tokens, token)
	if known == "" {
		p.refuseLogin(ctx, w, r, name, left)
		return
	}
	var id string
	err = p.opts.Audit.Do(ctx, p.visitor(r, name).does(audit.Login, ""), func(ctx context.Context) (_ int64, err error) {
		id, err = p.opts.Login.Open(ctx, name, p.address(r), known)
		return 0, err
	})
	if id == "" {
		p.noLogin(w, r, name, err)
		return
	}
	if err := errors.Join(err, p.opts.Login.Succeeded(ctx, p.address(r))); err != nil {
		p.log(r).Warn().Err(err).Msg("record a login to the operations page: Redis does not answer")
	}
	http.SetCookie(w, newCookie(r, id, int(login.SessionLength.Seconds())))
	p.log(r).Info().Str("operator", name).Str("from", p.address(r)).Msg("an operator logged in")
	http.Redirect(w, r, "/ops/", http.StatusSeeOther)
}

// visitor returns somebody who is not logged in.
func (p *Page) visitor(r *http.Request, name string) operator {
	return operator{login.Session{Who: name}, p.address(r)}
}

// refuseLogin answers to a wrong token. The audit has the name as a detail: nobody knows
// whether it is theirs.
func (p *Page) refuseLogin(ctx context.Context, w http.ResponseWriter, r *http.Request, name string, left int) {
	e := p.visitor(r, "-").does(audit.LoginRefused, "")
	e.Detail, e.Outcome = "as "+name, "wrong token"
	if left == 0 {
		e.Outcome += fmt.Sprintf("; no more attempts from this address within %v", login.Window)
	}
	if err := p.opts.Audit.Record(ctx, e); err != nil {
		p.log(r).Warn().Err(err).Msg("record a refused login: Redis does not answer")
	}
	p.log(r).Warn().Str("from", p.address(r)).Msg("refused a login to the operations page: wrong token")
	p.form.show(w, http.StatusUnauthorized, name, wrongToken)
}

// tooMany answers to an attempt that is not allowed. It is not recorded: the wrong tokens
// before it are.
func (p *Page) tooMany(w http.ResponseWriter, r *http.Request, name string, limited *login.LimitedError) {
	p.log(r).Debug().Str("from", p.address(r)).Err(limited).Msg("refused a login to the operations page")
	w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(limited.Wait.Seconds()))))
	minutes := int(math.Ceil(limited.Wait.Minutes()))
	again := fmt.Sprintf("Try again in %d minutes, at %s UTC.", minutes, time.Now().UTC().Add(limited.Wait).Add(time.Minute).Format("15:04"))
	if minutes == 1 {
		again = "Try again in a minute."
	}
	text := "Your address tried too many wrong tokens. " + again
	if limited.Overall {
		text = "Too many wrong tokens were tried, from many addresses. " + again +
			" Until then one can log in only from an address from which somebody did so in the last 30 days. The command-line tool works, too."
	}
	p.form.show(w, http.StatusTooManyRequests, name, text)
}

func (p *Page) noLogin(w http.ResponseWriter, r *http.Request, name string, err error) {
	p.log(r).Warn().Err(err).Msg("log an operator in: Redis does not answer")
	p.form.show(w, http.StatusServiceUnavailable, name, noRedis)
}

// logOut ends the session at all gateways. If Redis does not answer, that is impossible: the
// page says so, and the browser forgets the session all the same.
func (p *Page) logOut(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, newCookie(r, "", -1))
	err := p.endSession(r)
	if err != nil {
		p.log(r).Warn().Err(err).Msg("end a session of the operations page: Redis does not answer")
		p.form.show(w, http.StatusServiceUnavailable, "", "Redis does not answer, so your session could not be ended, but this browser has forgotten it. It ends by itself 12 hours after it began.")
		return
	}
	http.Redirect(w, r, "/ops/", http.StatusSeeOther)
}

// endSession ends the session of a request, if it has one, and records that. The record is
// no condition: nobody must be kept logged in.
func (p *Page) endSession(r *http.Request) error {
	o, err := p.operator(r)
	if errors.Is(err, login.ErrNoSession) {
		return nil
	}
	if err != nil {
		return err
	}
	c, err := r.Cookie(cookieName)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), redisTimeout)
	defer cancel()
	if err := p.opts.Login.End(ctx, c.Value); err != nil {
		return err
	}
	if err := p.opts.Audit.Record(ctx, o.does(audit.Logout, "")); err != nil {
		p.log(r).Warn().Err(err).Msg("record a logout: Redis does not answer")
	}
	p.log(r).Info().Str("operator", o.Who).Str("from", o.address).Msg("an operator logged out")
	return nil
}
