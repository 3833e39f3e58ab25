// Package sharkfin is the way in from a Sharkfin server.
//
// The server pushes messages over a socket, drops those for which it has no room, pushes
// none that are posted by REST, and silently stops pushing when another connection with the
// same key opens. So a push makes things fast, and reading makes them complete. One gateway
// at a time, which has the lease, holds the sockets and reads every channel that the bot is
// in: after each push and each hint, and once in a while. A cursor for each channel, in
// Redis, is the id of the last message that was read and is on the queue. Only reading moves
// it. Pushes and reading use the same keys, so each message is queued once.
//
// Gateways that stand by take over within about the length of the lease, and read on from
// the cursors.
//
// It knows Sharkfin's client library and the queue's event. It must not know how an event is
// handled, nor how the bot answers.
package sharkfin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/internal/leader"
	"github.com/gobridge/gopherbot/internal/sharkfin"
	"github.com/gobridge/gopherbot/internal/sharkfin/mcp"
	"github.com/gobridge/gopherbot/sharkfin/client"
)

// DefaultReadInterval is how often each channel is read.
const DefaultReadInterval = time.Minute

// Options configures a Gateway. URL, Key, App, Instance, Redis and Publisher are required.
type Options struct {
	// URL is the server's address, http or https. Its host is a part of keys.
	URL string
	// Key is the API key of the bot's identity. No other program may use it.
	Key string
	// Channels are the names of channels to join.
	Channels []string
	// ReadInterval is how often each channel is read although nothing says that there are new
	// messages. It is a quarter of that while the server gives no hints of messages that it
	// does not push. Defaults to DefaultReadInterval.
	ReadInterval time.Duration
	// App is the prefix of keys in Redis, and Instance names this process for operators.
	App, Instance string
	// Redis has the lease and the cursors. The caller closes it.
	Redis redis.UniversalClient
	// Transport makes the HTTP requests. Defaults to http.DefaultTransport.
	Transport http.RoundTripper
	// The following are those of gateway.IngressOptions.
	Publisher gateway.Publisher
	Now       func() time.Time
	Log       zerolog.Logger
	Observe   func(context.Context, gateway.Meta) (context.Context, func(gateway.Result))

	timings *timings // of tests
}

// timings are the durations of a gateway's work.
type timings struct {
	lease    time.Duration // after the death of the gateway that leads until another does
	call     time.Duration // a request, or a WebSocket's handshake
	gap      time.Duration // between two readings of a channel at least
	list     time.Duration // between two listings of the channels
	relist   time.Duration // between two listings at least
	echo     time.Duration // from the reading of an own message to its push at most
	proofs   time.Duration // in which maxProofs prove that another client uses the key
	first    time.Duration // the pause after one failure; it doubles with each
	longest  time.Duration // such a pause at most
	steady   time.Duration // of a connection that forgets earlier failures
	answered time.Duration // without an answer, after which the gateway is not ready
}

var defaultTimings = timings{
	lease: 10 * time.Second, call: 30 * time.Second, gap: 2 * time.Second, list: time.Minute, relist: time.Second,
	echo: 5 * time.Second, proofs: 10 * time.Minute,
	first: time.Second, longest: 30 * time.Second, steady: 10 * time.Second, answered: time.Minute,
}

// Gateway takes the messages of the channels that the bot is in on one server.
type Gateway struct {
	opts    Options
	timings timings
	host    string
	// The addresses of /ws and /presence.
	socketURL, hintsURL string
	ingress             *gateway.Ingress
	http                *http.Client
	rest                *client.RESTClient
	tools               *mcp.Client
	lease               *leader.Lease
	stats               stats
	log                 zerolog.Logger
}

// New returns the gateway of a server, or an error if an option is missing or invalid. It
// calls nobody.
func New(opts Options) (*Gateway, error) {
	if opts.URL == "" || opts.Key == "" || opts.App == "" || opts.Instance == "" || opts.Redis == nil || opts.Publisher == nil {
		return nil, errors.New("the gateway for Sharkfin needs a URL, a key, an app, an instance, Redis and a publisher")
	}
	host, err := sharkfin.Host(opts.URL)
	if err != nil {
		return nil, err
	}
	if opts.ReadInterval == 0 {
		opts.ReadInterval = DefaultReadInterval
	}
	if opts.Transport == nil {
		opts.Transport = http.DefaultTransport
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	g := &Gateway{opts: opts, timings: defaultTimings, host: host, log: opts.Log.With().Str("platform", sharkfin.Source).Logger()}
	if opts.timings != nil {
		g.timings = *opts.timings
	}
	if g.socketURL, err = socketAddress(opts.URL, "ws"); err != nil {
		return nil, err
	}
	if g.hintsURL, err = socketAddress(opts.URL, "presence"); err != nil {
		return nil, err
	}
	g.ingress, err = gateway.NewIngress(gateway.IngressOptions{
		Name: sharkfin.Source, MaxBody: MaxMessage, Decode: g.decode, Publisher: opts.Publisher, Now: opts.Now, Log: opts.Log, Observe: opts.Observe,
	})
	if err != nil {
		return nil, err
	}
	g.http = &http.Client{Timeout: g.timings.call, Transport: opts.Transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // the key is for this server
	}}
	g.rest = client.NewRESTClient(opts.URL, client.WithAPIKey(opts.Key), client.WithHTTPClient(g.http))
	g.tools = mcp.New(opts.URL, opts.Key, g.http)
	prefix := opts.App + ":{" + sharkfin.Source + "." + host + "}:"
	g.lease = leader.NewLease(opts.Redis, leader.Options{
		Key: prefix + "lease", TokenKey: prefix + "token", Instance: opts.Instance, Length: g.timings.lease,
	})
	g.stats.begin(opts.Now)
	return g, nil
}

// cursorsKey is the hash of the cursors: see cursors.
func (g *Gateway) cursorsKey() string {
	return g.opts.App + ":{" + sharkfin.Source + "." + g.host + "}:cursors"
}

// socketAddress returns the address of one of the server's WebSockets.
func socketAddress(server, name string) (string, error) {
	u, err := url.Parse(server)
	if err != nil {
		return "", errors.New("GOPHER_SHARKFIN_URL is no address")
	}
	switch u.Scheme {
	case "http":
		u.Scheme = "ws"
	case "https":
		u.Scheme = "wss"
	default:
		return "", fmt.Errorf("GOPHER_SHARKFIN_URL begins with %s: want http:// or https://", gateway.Truncate(u.Scheme))
	}
	return u.JoinPath(name).String(), nil
}

// Run takes the server's messages while this process has the lease, and otherwise stands
// by. It calls opened once, when it stands by or takes messages. When ctx ends it closes
// its sockets, releases the lease and returns nil. A server that does not answer, or refuses
// the key, is asked again for as long as it takes.
func (g *Gateway) Run(ctx context.Context, opened func()) error {
	opened = sync.OnceFunc(opened)
	leader.Candidate{
		Lease: g.lease, StandBy: opened, Log: g.log,
		Lead: func(ctx context.Context, term *leader.Term) error { return g.lead(ctx, term, opened) },
	}.Run(ctx)
	return nil
}

// Ready returns why no messages come in, nil if they do, or if another process takes them.
// It calls nobody.
func (g *Gateway) Ready() error {
	answered := g.Stats().Answered
	if silent := g.opts.Now().Sub(answered); !answered.IsZero() && silent > g.timings.answered {
		return fmt.Errorf("the Sharkfin server has not answered for %v: see the log for the reason", silent.Round(time.Second))
	}
	return nil
}
