// Package slack is the way in from Slack: it verifies who sent what comes, by Slack's
// signatures or because it came over a socket that Slack gave us, and decides which event
// it brings. The rest is gateway.Ingress's.
//
// It knows Slack's Events API, its slash commands and interactions as they arrive, its
// Socket Mode, and the queue's event. It must not know the rest of Slack's Web API, nor
// how an event is handled.
package slack

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/gateway"
)

// MaxBody is how many bytes the body of a request or a frame of a socket may have. Slack
// names no limit; a message has at most 40,000 characters, with its blocks some hundred kB.
const MaxBody = 1 << 20

// Options configures a Gateway. TeamID and Publisher are required.
type Options struct {
	// AppID and TeamID are the app and the workspace whose events are taken. Without
	// SigningSecrets AppID may be empty: it is then the app of the first socket.
	AppID, TeamID string
	// SigningSecrets are what requests may be signed with: one, or two while the secret
	// is being rotated. Without any there are no HTTP endpoints.
	SigningSecrets []string
	// The following are those of gateway.IngressOptions.
	Publisher gateway.Publisher
	Await     gateway.Awaiter
	Bodies    *gateway.Bodies
	Now       func() time.Time
	Log       zerolog.Logger
	Observe   func(context.Context, gateway.Meta) (context.Context, func(gateway.Result))
}

// Gateway takes what Slack sends for one app in one workspace. Events, slash commands and
// interactions are routed alike whether they come over HTTP or over a socket, and with the
// same keys, so what comes by both ways is queued once.
type Gateway struct {
	opts Options
	app  atomic.Pointer[string] // the app's id; nil while it is not known
	http map[string]http.Handler
	// sockets has the ingress of each type of envelope.
	sockets map[string]*gateway.Ingress
}

// New returns the gateway of a workspace, or an error if a required option is missing.
func New(opts Options) (*Gateway, error) {
	if opts.TeamID == "" || opts.Publisher == nil || opts.AppID == "" && len(opts.SigningSecrets) > 0 {
		return nil, errors.New("the gateway for Slack needs a team id and a publisher, and an app id for its HTTP endpoints")
	}
	var signers []*signer
	for _, secret := range opts.SigningSecrets {
		if secret == "" {
			return nil, errors.New("a signing secret is empty: anyone could sign with it")
		}
		signers = append(signers, newSigner(secret))
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Bodies == nil {
		opts.Bodies = gateway.NewBodies(gateway.DefaultBodyBudget) // for all endpoints together
	}
	g := &Gateway{opts: opts, http: map[string]http.Handler{}, sockets: map[string]*gateway.Ingress{}}
	if opts.AppID != "" {
		g.app.Store(&opts.AppID)
	}
	if err := g.addSockets(); err != nil {
		return nil, err
	}
	if len(signers) == 0 {
		return g, nil
	}
	return g, g.addHTTP(signers)
}

// Routes returns the handlers of Slack's HTTP requests by their patterns, none without
// SigningSecrets. The endpoint of interactions is the options URL of menus, too.
func (g *Gateway) Routes() map[string]http.Handler { return g.http }

// Patterns are the patterns of Routes, for net/http.ServeMux.
var Patterns = []string{"POST /slack/event", "POST /slack/events", "POST /slack/command", "POST /slack/interactive"}

const (
	formMedia = "application/x-www-form-urlencoded"

	overHTTP   = "http"
	overSocket = "socket"
)

func (g *Gateway) addHTTP(signers []*signer) error {
	events, err := g.ingress(signers, "", g.routeEvents)
	if err != nil {
		return err
	}
	commands, err := g.ingress(signers, formMedia, func(body []byte) (gateway.Decoded, error) {
		return g.routeForm(body, g.routeCommandForm)
	})
	if err != nil {
		return err
	}
	interactions, err := g.ingress(signers, formMedia, func(body []byte) (gateway.Decoded, error) {
		return g.routeForm(body, g.routeInteractionForm)
	})
	if err != nil {
		return err
	}
	g.http = map[string]http.Handler{
		"POST /slack/event":       events,
		"POST /slack/events":      events,
		"POST /slack/command":     sslCheck(commands),
		"POST /slack/interactive": sslCheck(interactions),
	}
	return nil
}

// addSockets makes the ingresses of envelopes. They have no signers: a socket is the proof.
func (g *Gateway) addSockets() error {
	for kind, decode := range map[string]func([]byte) (gateway.Decoded, error){
		eventsEnvelope:      g.routeEvents,
		commandEnvelope:     func(body []byte) (gateway.Decoded, error) { return g.routeCommand(body, overSocket) },
		interactiveEnvelope: func(body []byte) (gateway.Decoded, error) { return g.routeInteraction(body, overSocket) },
	} {
		in, err := g.ingress(nil, "", decode)
		if err != nil {
			return err
		}
		g.sockets[kind] = in
	}
	return nil
}

// ingress returns an ingress of requests that one of the signers signed, in a media type,
// "" for JSON.
func (g *Gateway) ingress(signers []*signer, media string, decode func([]byte) (gateway.Decoded, error)) (*gateway.Ingress, error) {
	opts := gateway.IngressOptions{
		Name: Source, MaxBody: MaxBody, Decode: decode, Publisher: g.opts.Publisher, Await: g.opts.Await,
		Bodies: g.opts.Bodies, Now: g.opts.Now, Log: g.opts.Log, Observe: g.opts.Observe,
		Meta: func(header http.Header) gateway.Meta {
			return gateway.Meta{Retry: header.Get("X-Slack-Retry-Num"), RetryReason: header.Get("X-Slack-Retry-Reason")}
		},
	}
	if media != "" {
		opts.MediaTypes = []string{media}
	}
	if len(signers) > 0 {
		opts.Verify = func(header http.Header, now time.Time) (gateway.Verification, error) {
			return verify(header, signers, now)
		}
	}
	return gateway.NewIngress(opts)
}

// appID returns the app's id, "" while it is not known.
func (g *Gateway) appID() string {
	if id := g.app.Load(); id != nil {
		return *id
	}
	return ""
}
