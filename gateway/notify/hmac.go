package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"

	"github.com/gobridge/gopherbot/gateway/notify/problem"
	"github.com/gobridge/gopherbot/internal/alert"
)

// maxSkew is how far the time of a signature may be from ours.
const maxSkew = 5 * time.Minute

// isSigned reports whether a request is one of Grafana with a signature, which then decides.
func (a *API) isSigned(c *call) bool {
	w := a.webhooks[c.endpoint.name]
	return w != nil && w.source == alert.Grafana && w.config.HMAC != nil && c.r.Header.Get(w.config.HMAC.Header) != ""
}

// verify checks the signature of a body, and takes a request from the bucket of signed ones.
// Source: https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/
func (a *API) verify(c *call, w *webhook, body []byte) *problem.Problem {
	by := w.config.HMAC
	mac := hmac.New(sha256.New, by.Secret)
	if by.TimestampHeader != "" {
		timestamp := c.r.Header.Get(by.TimestampHeader)
		seconds, err := strconv.ParseInt(timestamp, 10, 64)
		if age := a.opts.Now().Sub(time.Unix(seconds, 0)); err != nil || age.Abs() > maxSkew {
			return a.forbidden(c)
		}
		_, _ = mac.Write([]byte(timestamp + ":")) // a hash returns no error
	}
	_, _ = mac.Write(body)
	given, err := hex.DecodeString(c.r.Header.Get(by.Header))
	if err != nil || !hmac.Equal(given, mac.Sum(nil)) {
		return a.forbidden(c)
	}
	return a.admit(c, a.hmacKey)
}
