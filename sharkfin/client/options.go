package client

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/gorilla/websocket"
)

// Option configures a Client or a RESTClient.
type Option func(*clientOpts)

type clientOpts struct {
	key     string
	dialer  *websocket.Dialer
	http    *http.Client
	log     *slog.Logger
	backoff BackoffFunc
	buffer  int
	// bufferBytes is 0 for no bound.
	bufferBytes int
	overflow    Overflow
	echo        time.Duration
	maxAnswer   int64 // tests lower it
}

const (
	defaultBuffer = 64
	// httpTimeout limits an HTTP request if the caller has no HTTP client of its own.
	httpTimeout = 30 * time.Second
)

func newOpts(opts []Option) clientOpts {
	o := clientOpts{
		dialer: websocket.DefaultDialer, log: slog.New(slog.DiscardHandler), buffer: defaultBuffer, maxAnswer: maxAnswer,
	}
	for _, option := range opts {
		option(&o)
	}
	return o
}

// ownHTTP gives the options an HTTP client with a transport of its own, if the caller has none. The
// result closes the connections that it keeps.
func (o *clientOpts) ownHTTP() (closeIdle func()) {
	shared, ok := http.DefaultTransport.(*http.Transport)
	if o.http != nil || !ok {
		return func() {}
	}
	transport := shared.Clone()
	o.http = &http.Client{Timeout: httpTimeout, CheckRedirect: noRedirect, Transport: transport}
	return transport.CloseIdleConnections
}

// noRedirect makes a redirection an answer, which is then an error: a POST that is redirected
// would lose its body.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// WithAPIKey has the client identify itself with a key. The key appears in no error and no log
// line.
func WithAPIKey(key string) Option { return func(o *clientOpts) { o.key = key } }

// WithDialer sets the dialer of the WebSocket. Defaults to websocket.DefaultDialer. A RESTClient
// ignores it.
func WithDialer(dialer *websocket.Dialer) Option {
	return func(o *clientOpts) {
		if dialer != nil {
			o.dialer = dialer
		}
	}
}

// WithHTTPClient sets the HTTP client. Defaults to one with a timeout of 30 s that follows no
// redirections.
func WithHTTPClient(c *http.Client) Option { return func(o *clientOpts) { o.http = c } }

// WithLogger has the client log lost connections and frames that it cannot read. Defaults to no
// log. Texts of messages are not logged.
func WithLogger(log *slog.Logger) Option {
	return func(o *clientOpts) {
		if log != nil {
			o.log = log
		}
	}
}

// WithReconnect has the client dial again when its connection is lost, after the pauses that
// backoff returns; see Backoff. Attempts are counted from the last connection that lived for
// 10 s. The client gives up when a pause is negative, and for no other reason: a server that
// cannot reach its identity service refuses valid keys for a while. Without this option a lost
// connection ends the client. A RESTClient ignores it.
func WithReconnect(backoff BackoffFunc) Option { return func(o *clientOpts) { o.backoff = backoff } }

// WithBuffer sets how many events may wait to be received. Defaults to 64, at least 1. A
// RESTClient ignores it.
func WithBuffer(n int) Option { return func(o *clientOpts) { o.buffer = max(n, 1) } }

// WithBufferBytes sets how many bytes the data of the events may have that wait to be received,
// besides their number. A single event may have more. Defaults to no bound. With Block only the
// number counts. A RESTClient ignores it.
func WithBufferBytes(n int) Option { return func(o *clientOpts) { o.bufferBytes = max(n, 0) } }

// WithOverflow sets the handling of an event that comes while the buffer is full. Defaults to
// Drop. A RESTClient ignores it.
func WithOverflow(overflow Overflow) Option { return func(o *clientOpts) { o.overflow = overflow } }

// WithEcho has the client check that its connection still gets events. The server sends a
// message to its sender, too. A message of SendMessage that does not come back within d is an
// event of the type "deaf": another connection with the same identity has replaced this one, and
// no events will come over it any more. Close the client and dial again. Defaults to no check. A
// RESTClient ignores it.
func WithEcho(d time.Duration) Option { return func(o *clientOpts) { o.echo = d } }

// Overflow is the handling of an event that comes while the buffer is full.
type Overflow int

const (
	// Drop discards the event. The next event is one of the type "lost", whose data counts the
	// discarded.
	Drop Overflow = iota
	// Block stops reading until there is room. Replies to calls wait, too, and the server hangs
	// up on a client that reads nothing for 20 s.
	Block
	// Fail ends the client with ErrOverflow.
	Fail
)
