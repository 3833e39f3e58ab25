package ops

import (
	_ "embed"
	"html"
	"net/http"
	"strings"
	"time"

	"github.com/gobridge/gopherbot/internal/bearer"
)

// loginHTML is the login page, in which {app} stands for the deployment's name, {invalid} for
// whether the token was wrong, and {hidden} for the attribute that hides the alert about it.
//
//go:embed static/login.html
var loginHTML string

// loginForm is the login page. It is no template: a template may call any method by its
// name, so a program with html/template has all methods of all its types, which is 3 MB of
// an idle gateway's memory.
type loginForm struct{ empty, wrong []byte }

func newLoginForm(app string) loginForm {
	page := func(invalid, hidden string) []byte {
		return []byte(strings.NewReplacer("{app}", html.EscapeString(app), "{invalid}", invalid, "{hidden}", hidden).Replace(loginHTML))
	}
	return loginForm{empty: page("false", " hidden"), wrong: page("true", "")}
}

// show answers with the form; with 401 it says that the token was wrong.
func (f loginForm) show(w http.ResponseWriter, status int) {
	page := f.empty
	if status == http.StatusUnauthorized {
		page = f.wrong
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(page) // the client may have closed the connection
}

// maxForm bounds the bytes of a request's body, which has a token or an id.
const maxForm = 4 << 10

func (p *Page) logIn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	known := bearer.Match(p.sessions.tokens, r.PostFormValue("token"))
	if known == "" {
		p.log(r).Warn().Str("from", r.RemoteAddr).Msg("refused a login to the operations page: wrong token")
		p.login.show(w, http.StatusUnauthorized)
		return
	}
	http.SetCookie(w, p.sessions.cookie(known, r, time.Now()))
	p.log(r).Info().Str("from", r.RemoteAddr).Msg("an operator logged in")
	http.Redirect(w, r, "/ops/", http.StatusSeeOther)
}

func (p *Page) logOut(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, p.sessions.removal(r))
	http.Redirect(w, r, "/ops/", http.StatusSeeOther)
}
