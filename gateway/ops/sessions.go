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
	// sessionLength is how long an operator stays logged in.
	sessionLength = 12 * time.Hour
)

// sessions authenticates operators. A session is stored only in its cookie, which has
// its end and a signature with the token as the key. So it is valid at every gateway,
// and ends when its token is removed.
type sessions struct{ tokens []string }

// cookie returns the cookie of a new session that was opened with token.
func (s sessions) cookie(token string, r *http.Request, now time.Time) *http.Cookie {
	ends := strconv.FormatInt(now.Add(sessionLength).Unix(), 10)
	return newCookie(r, ends+"."+signature(token, ends), int(sessionLength.Seconds()))
}

// removal returns a cookie that removes the session's.
func (s sessions) removal(r *http.Request) *http.Cookie { return newCookie(r, "", -1) }

func newCookie(r *http.Request, value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: cookieName, Value: value, Path: "/ops", MaxAge: maxAge, HttpOnly: true, SameSite: http.SameSiteStrictMode,
		// Heroku's router terminates TLS and sets the header. A browser without TLS, as
		// on a laptop, would not store a secure cookie.
		Secure: r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https",
	}
}

// valid reports whether a request has a valid session.
func (s sessions) valid(r *http.Request, now time.Time) bool {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return false
	}
	ends, signed, _ := strings.Cut(c.Value, ".")
	authentic := false
	for _, t := range s.tokens {
		if hmac.Equal([]byte(signed), []byte(signature(t, ends))) {
			authentic = true
		}
	}
	seconds, err := strconv.ParseInt(ends, 10, 64)
	return authentic && err == nil && now.Before(time.Unix(seconds, 0))
}

// signature returns the signature of a session that ends at ends and was opened with
// token.
func signature(token, ends string) string {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write([]byte("gopherbot /ops session until " + ends)) // a Hash never returns an error
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
