package client

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"sync/atomic"
)

// Client is a connection to the server's WebSocket, with the REST interface of the same host. It
// is safe for concurrent use.
//
// One goroutine owns the connection, one reads it and one writes it. All have ended when Close
// returns.
//
// Events are hints, and no record of all messages: the server drops events when too many wait, it
// sends none for messages that are posted by REST, and another connection with the same identity
// silently takes them all. To miss nothing, remember the id of the last message that was read, and
// read with All.
type Client struct {
	api     *api
	opts    clientOpts
	address *url.URL

	events  chan Event
	calls   chan *call // to the owner
	forget  chan *call // calls whose context has ended, to the owner
	life    context.Context
	stop    context.CancelFunc // ends life: Close was called
	ended   chan struct{}      // closed when no calls are taken any more
	cause   error              // why it ended; it is set before ended is closed
	done    chan struct{}      // closed when all goroutines have ended
	refs    atomic.Uint64
	dropped atomic.Uint64

	closeIdle func() // closes the HTTP connections that are kept
}

// call is a request on its way.
type call struct {
	kind    string
	channel string // of send_message
	ref     string
	frame   []byte
	result  chan result // has room for the result
}

// result is the answer to a call.
type result struct {
	data []byte
	err  error
}

// Dial connects to the server's WebSocket, such as "ws://localhost:16000/ws". ctx limits the
// dial; the client lives until Close, or until its connection is lost, unless WithReconnect is
// given. An identity should have one connection: a second silently takes the events of the first.
//
// If the server refuses the connection, the error is a ServerError: ErrUnauthorized for a key
// that it does not accept. The first dial is not repeated.
func Dial(ctx context.Context, address string, opts ...Option) (*Client, error) {
	o := newOpts(opts)
	closeIdle := o.ownHTTP()
	rest := newAPI(address, o)
	if rest.err != nil {
		return nil, fmt.Errorf("client: dial: %w", rest.err)
	}
	u, err := socketAddress(address)
	if err != nil {
		return nil, fmt.Errorf("client: dial: %w", err)
	}
	ws, err := dial(ctx, u, o)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	c := &Client{
		api: rest, opts: o, address: u, events: make(chan Event, o.buffer), calls: make(chan *call), forget: make(chan *call),
		ended: make(chan struct{}), done: make(chan struct{}), closeIdle: closeIdle,
	}
	c.life, c.stop = context.WithCancel(context.WithoutCancel(ctx))
	go newOwner(c).run(ws)
	return c, nil
}

// Events returns the channel of events. It is closed when the client ends. A program must receive
// from it all the time; WithOverflow says how a full channel is handled. There is one channel:
// several receivers share its events.
func (c *Client) Events() <-chan Event { return c.events }

// Dropped returns how many events were discarded because the buffer was full, or because they
// were larger than 8 MiB.
func (c *Client) Dropped() uint64 { return c.dropped.Load() }

// Err returns why the client ended: ErrClosed after Close, ErrOverflow, or the error of the
// connection. It returns nil while the client has not ended.
func (c *Client) Err() error {
	select {
	case <-c.ended:
		return c.cause
	default:
		return nil
	}
}

// Close ends the client: its calls return ErrClosed, Events is closed, and its goroutines have
// ended when it returns. Close may be repeated. It returns nil.
func (c *Client) Close() error {
	c.stop()
	<-c.done
	c.closeIdle()
	return nil
}

// request makes a request and decodes the data of its reply into out, if it is not nil.
func (c *Client) request(ctx context.Context, kind string, d map[string]any, out any) error {
	data, err := c.exchange(ctx, kind, d)
	if err != nil {
		return fmt.Errorf("client: %s: %w", kind, err)
	}
	if out == nil || len(data) == 0 {
		return nil
	}
	if err := decodeReply(data, out); err != nil {
		return fmt.Errorf("client: %s: decode the reply: %w", kind, err)
	}
	return nil
}

// exchange makes a request and returns the data of its reply. Without a connection it waits for
// one.
func (c *Client) exchange(ctx context.Context, kind string, d map[string]any) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, ended(err)
	}
	one := &call{kind: kind, ref: strconv.FormatUint(c.refs.Add(1), 10), result: make(chan result, 1)}
	one.channel, _ = d["channel"].(string)
	var content any
	if d != nil {
		content = d
	}
	var err error
	if one.frame, err = encodeRequest(kind, one.ref, content); err != nil {
		return nil, fmt.Errorf("encode the request: %w", err)
	}
	select {
	case c.calls <- one:
	case <-c.ended:
		return nil, c.endError()
	case <-ctx.Done():
		return nil, ended(ctx.Err())
	}
	select {
	case r := <-one.result:
		return r.data, r.err
	case <-ctx.Done():
	}
	select {
	case c.forget <- one:
	case <-c.ended:
	}
	select {
	case r := <-one.result: // it came just in time
		return r.data, r.err
	default:
		return nil, ended(ctx.Err())
	}
}

// endError returns the error of calls after the client's end.
func (c *Client) endError() error {
	if c.life.Err() != nil {
		return closedError{}
	}
	return &lostError{cause: c.cause}
}
