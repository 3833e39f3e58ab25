// Package slack is the way in from Slack: it verifies Slack's signatures and decides
// which event a request brings. The rest is gateway.Ingress's.
//
// It knows Slack's Events API and the queue's event. It must not know Slack's Web
// API, nor how an event is handled.
package slack

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/gateway"
)

// MaxBody is how many bytes the body of an event may have. Slack names no limit;
// a message has at most 40,000 characters, with its blocks some hundred kB.
const MaxBody = 1 << 20

// Options configures an Ingress. Bodies, Now, Log and Observe are optional.
type Options struct {
	// AppID and TeamID are the app and the workspace whose events are taken.
	AppID, TeamID string
	// SigningSecrets are what requests may be signed with: one, or two while
	// the secret is being rotated.
	SigningSecrets []string
	// The following are those of gateway.IngressOptions.
	Publisher gateway.Publisher
	Bodies    *gateway.Bodies
	Now       func() time.Time
	Log       zerolog.Logger
	Observe   func(context.Context, gateway.Meta) (context.Context, func(gateway.Result))
}

// New returns the ingress of Slack's Events API, or an error if a required option
// is missing.
func New(opts Options) (*gateway.Ingress, error) {
	if opts.AppID == "" || opts.TeamID == "" || len(opts.SigningSecrets) == 0 || opts.Publisher == nil {
		return nil, errors.New("the gateway for Slack needs an app id, a team id, a signing secret and a publisher")
	}
	var signers []*signer
	for _, secret := range opts.SigningSecrets {
		if secret == "" {
			return nil, errors.New("a signing secret is empty: anyone could sign with it")
		}
		signers = append(signers, newSigner(secret))
	}
	return gateway.NewIngress(gateway.IngressOptions{
		Name:    Source,
		MaxBody: MaxBody,
		Verify: func(header http.Header, now time.Time) (gateway.Verification, error) {
			return verify(header, signers, now)
		},
		Decode: func(body []byte) (gateway.Decoded, error) { return route(body, opts.AppID, opts.TeamID) },
		Meta: func(header http.Header) gateway.Meta {
			return gateway.Meta{Retry: header.Get("X-Slack-Retry-Num"), RetryReason: header.Get("X-Slack-Retry-Reason")}
		},
		Publisher: opts.Publisher, Bodies: opts.Bodies, Now: opts.Now, Log: opts.Log, Observe: opts.Observe,
	})
}
