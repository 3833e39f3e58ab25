package ops

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	cookieName = "gopherbot_ops"
	// sessionLength is for how long an operator stays logged in.
	sessionLength = 12 * time.Hour
)

// sessions decides who may come in. Nothing is kept of a session but its cookie,
// which says when it ends and is signed with a key made from the token: so it is
// good at every gateway, and ends when its token is rotated out.
type sessions struct{ tokens []string }

func newDoor(tokens []string) sessions { return sessions{tokens} }

// session returns the cookie of one who gave a token.
func (d sessions) session(token string, r *http.Request, now time.Time) *http.Cookie {
	ends := strconv.FormatInt(now.Add(sessionLength).Unix(), 10)
	return cookie(r, ends+"."+signature(token, ends), int(sessionLength.Seconds()))
}

// nothing returns what removes the cookie.
func (d sessions) nothing(r *http.Request) *http.Cookie { return cookie(r, "", -1) }

func cookie(r *http.Request, value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: cookieName, Value: value, Path: "/ops", MaxAge: maxAge, HttpOnly: true, SameSite: http.SameSiteStrictMode,
		// Heroku's router ends TLS and says so. A browser on a laptop has no TLS
		// and would not keep a secure cookie.
		Secure: r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https",
	}
}

// open reports whether a request comes from somebody who is logged in.
func (d sessions) open(r *http.Request, now time.Time) bool {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return false
	}
	ends, signed, _ := strings.Cut(c.Value, ".")
	genuine := false
	for _, t := range d.tokens {
		if hmac.Equal([]byte(signed), []byte(signature(t, ends))) {
			genuine = true
		}
	}
	seconds, err := strconv.ParseInt(ends, 10, 64)
	return genuine && err == nil && now.Before(time.Unix(seconds, 0))
}

// signature proves that a session that ends then was begun with the token.
func signature(token, ends string) string {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write([]byte("gopherbot /ops session until " + ends)) // a Hash never returns an error
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
