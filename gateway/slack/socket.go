package slack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sync/semaphore"

	"github.com/gobridge/gopherbot/gateway"
)

// MaxSockets is how many sockets a gateway may open. Slack allows ten to an app, and
// during their replacement there are twice as many.
// Source: https://docs.slack.dev/apis/events-api/using-socket-mode
const MaxSockets = 4

// SocketOptions configures Sockets. AppToken is required.
type SocketOptions struct {
	// AppToken is the app-level token, xapp-…, with the scope connections:write.
	AppToken string
	// APIURL is the base of the Web API, with a slash at its end. Defaults to DefaultAPIURL.
	APIURL string
	// Count is how many sockets are open at a time, 1 to MaxSockets. Defaults to 1.
	Count int
	// Transport makes the calls of the Web API. Defaults to http.DefaultTransport.
	Transport http.RoundTripper

	// Of tests.
	timings *timings
	held    int64 // instead of maxHeld
}

// timings are the durations of a socket's life.
type timings struct {
	call     time.Duration // a call of the Web API, or a WebSocket's handshake
	hello    time.Duration // from the handshake to Slack's hello
	ping     time.Duration // between two pings of ours: NATs forget connections on which only the far side speaks
	silence  time.Duration // without any frame, after which a socket is dead
	write    time.Duration // of one frame
	drain    time.Duration // without an envelope, after which a replaced socket is closed
	closing  time.Duration // from our close frame to Slack's
	linger   time.Duration // of reading on when the process stops
	first    time.Duration // the wait after one failure; it doubles with each
	longest  time.Duration // such a wait at most
	polite   time.Duration // such a wait at most, after Slack asked for a replacement
	steady   time.Duration // of a connection that forgets earlier failures
	tooMany  time.Duration // the wait at least, when there are too many sockets
	disabled time.Duration // the wait while Socket Mode is off
}

var defaultTimings = timings{
	call: 10 * time.Second, hello: 10 * time.Second, ping: 10 * time.Second, silence: 35 * time.Second, write: 5 * time.Second,
	drain: 15 * time.Second, closing: time.Second, linger: 2 * time.Second,
	first: 200 * time.Millisecond, longest: 30 * time.Second, polite: time.Second, steady: time.Minute,
	tooMany: 30 * time.Second, disabled: time.Minute,
}

// Sockets is the way in over Slack's Socket Mode. It keeps a number of WebSockets open,
// each in a slot of its own, and gives what comes over them to the gateway. An envelope is
// acknowledged when its event is on the queue, over the socket that it came by, because
// Slack knows it on no other. It has no buffer between a socket and the queue.
type Sockets struct {
	gateway  *Gateway
	opts     SocketOptions
	timings  timings
	api      webAPI
	insecure bool // the Web API is an http:// address, so that a ws:// address is accepted
	log      zerolog.Logger
	stats    *socketStats
	held     *semaphore.Weighted // bytes of envelopes that are being handled

	refused  sync.Once   // logs why Slack refuses us
	disabled atomic.Bool // it was logged that Socket Mode is off
}

// NewSockets returns the sockets of the gateway, or an error if an option is invalid.
func (g *Gateway) NewSockets(opts SocketOptions) (*Sockets, error) {
	if opts.Count == 0 {
		opts.Count = 1
	}
	if opts.AppToken == "" || opts.Count < 1 || opts.Count > MaxSockets {
		return nil, fmt.Errorf("the sockets of Slack need an app token and a count of 1 to %d", MaxSockets)
	}
	if opts.APIURL == "" {
		opts.APIURL = DefaultAPIURL
	}
	base, err := url.Parse(opts.APIURL)
	if err != nil {
		return nil, errors.New("the address of Slack's Web API is invalid")
	}
	if opts.Transport == nil {
		opts.Transport = http.DefaultTransport
	}
	s := &Sockets{gateway: g, opts: opts, timings: defaultTimings, stats: newSocketStats(), held: semaphore.NewWeighted(maxHeld), insecure: base.Scheme == "http", log: g.opts.Log}
	if opts.held > 0 {
		s.held = semaphore.NewWeighted(opts.held)
	}
	if opts.timings != nil {
		s.timings = *opts.timings
	}
	s.api = webAPI{opts.APIURL, opts.AppToken, opts.Transport, s.timings.call}
	return s, nil
}

// Run keeps the sockets open until ctx ends. Then it dials no more, reads on for 2 s,
// closes each socket when what came is on the queue and acknowledged, and returns nil. A
// process that is killed before leaves sockets behind, to which Slack goes on giving a
// share of the envelopes. If Slack refuses the token it logs so and waits for ctx: a
// restart would change nothing.
func (s *Sockets) Run(ctx context.Context) error {
	var slots sync.WaitGroup
	for number := range s.opts.Count {
		slots.Go(func() { (&slot{sockets: s, log: s.log.With().Int("socket", number+1).Logger()}).run(ctx) })
	}
	<-ctx.Done()
	slots.Wait()
	return nil
}

// accept gives an envelope to the ingress of its type.
func (s *Sockets) accept(ctx context.Context, f frame) gateway.Result {
	return s.gateway.sockets[f.Type].Accept(ctx, f.Payload, f.meta())
}
