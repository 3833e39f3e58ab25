package slack

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/gobridge/gopherbot/gateway"
)

// sslCheckField is the field, set to "1", of the request by which Slack checks the
// certificate of an endpoint of slash commands now and then.
// Source: https://docs.slack.dev/interactivity/implementing-slash-commands
const sslCheckField = "ssl_check"

// maxSSLCheck is how many bytes such a request has at most: its only other field is a token
// of 24 letters. Slash commands and interactions are longer, so only strangers' bodies are
// read before the header of the signature is checked, and little memory is taken.
const maxSSLCheck = 256

// routeForm routes the fields of a form, unless it is a check of our certificate.
func (g *Gateway) routeForm(body []byte, route func(url.Values) (gateway.Decoded, error)) (gateway.Decoded, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		// The parser's error quotes what it could not parse, maybe a message.
		return gateway.Decoded{}, fmt.Errorf("%d bytes that are not a form", len(body))
	}
	if form.Get(sslCheckField) == "1" {
		return gateway.Decoded{Outcome: gateway.Challenge}, nil
	}
	return route(form)
}

// sslCheck answers 200 to Slack's checks of our certificate, whatever their signature, and
// passes on all other requests as they came.
func sslCheck(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength < 1 || r.ContentLength > maxSSLCheck {
			next.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(io.LimitReader(r.Body, maxSSLCheck))
		if form, _ := url.ParseQuery(string(body)); err == nil && form.Get(sslCheckField) == "1" {
			w.WriteHeader(http.StatusOK)
			return
		}
		r.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(bytes.NewReader(body), r.Body), r.Body}
		next.ServeHTTP(w, r)
	})
}
