package client

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

const (
	// writeTimeout limits the writing of a frame.
	writeTimeout = 10 * time.Second
	// closeTimeout limits the writing of the close frame, which is a courtesy.
	closeTimeout = 100 * time.Millisecond
	// askAfter is the silence after which the client sends a ping. The server pings every 10 s.
	askAfter = 12 * time.Second
	// giveTime is the time that the server then has to send anything.
	giveTime = 5 * time.Second
	// maxDiscarded is how many bytes of a frame that is too large are passed over. A larger frame
	// ends the connection.
	maxDiscarded = 64 << 20
	// tailLength is how many bytes of its end are kept.
	tailLength = 256
)

var (
	errSilent = errors.New("the server sent nothing in time, not even an answer to a ping")
	errHuge   = errors.New("the server sent a frame of more than 72 MiB")
)

// connection is an open WebSocket: a goroutine that reads it and one that writes it. The owner of
// the client owns it.
type connection struct {
	ws     *websocket.Conn
	hangUp func() error // closes ws
	log    *slog.Logger
	max    int64 // bytes of a frame
	opened time.Time

	frames chan frame // from the reader, which closes it at the end
	calls  chan *call // to the writer
	stop   chan struct{}
	failed sync.Once
	cause  error // why it ended; it is set before frames is closed

	heard   atomic.Int64 // when a byte came, as nanoseconds since opened
	reading atomic.Bool  // the reader waits for the server, not for the owner
}

// connect starts the goroutines of a connection. They are done when running is.
func connect(ws *websocket.Conn, o clientOpts, running *sync.WaitGroup) *connection {
	c := &connection{
		ws: ws, hangUp: ws.Close, log: o.log, max: o.maxAnswer, opened: time.Now(),
		frames: make(chan frame), calls: make(chan *call), stop: make(chan struct{}),
	}
	c.alive()
	ws.SetPongHandler(func(string) error { c.alive(); return nil })
	ws.SetPingHandler(func(data string) error {
		c.alive()
		err := ws.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(writeTimeout))
		if err != nil && !errors.Is(err, websocket.ErrCloseSent) {
			c.fail(err)
		}
		return nil
	})
	running.Go(c.read)
	running.Go(c.write)
	return c
}

func (c *connection) alive() { c.heard.Store(int64(time.Since(c.opened))) }

// fail ends the connection. The first cause counts.
func (c *connection) fail(cause error) {
	c.failed.Do(func() {
		c.cause = cause
		close(c.stop)
		_ = c.hangUp() // it is gone either way
	})
}

// close ends the connection with a close frame.
func (c *connection) close() {
	message := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	_ = c.ws.WriteControl(websocket.CloseMessage, message, time.Now().Add(closeTimeout)) // a courtesy
	c.fail(ErrClosed)
}

// read reads frames until the connection ends.
func (c *connection) read() {
	defer close(c.frames)
	for {
		c.alive() // reading may have paused
		c.reading.Store(true)
		data, f, err := c.next()
		c.reading.Store(false)
		if err != nil {
			c.fail(err)
			return
		}
		if !f.tooLarge {
			if f, err = parseFrame(data); err != nil {
				c.log.Warn("sharkfin: a frame of the server is not understood", "error", err, "bytes", len(data))
				continue
			}
		}
		select {
		case c.frames <- f:
		case <-c.stop:
			return
		}
	}
}

// next reads a frame, or passes over one that is too large.
func (c *connection) next() ([]byte, frame, error) {
	_, r, err := c.ws.NextReader()
	if err != nil {
		return nil, frame{}, err
	}
	heard := &hearing{r, c}
	data, err := io.ReadAll(io.LimitReader(heard, c.max+1))
	if err != nil || int64(len(data)) <= c.max {
		return data, frame{}, err
	}
	tail := &tailWriter{kept: bytes.Clone(data[len(data)-tailLength:])}
	n, err := io.Copy(tail, io.LimitReader(heard, maxDiscarded+1))
	if err == nil && n > maxDiscarded {
		err = errHuge
	}
	c.log.Warn("sharkfin: a frame of the server is too large", "bytes", int64(len(data))+n)
	return nil, largeFrame(data[:tailLength], tail.kept), err
}

// hearing notes that bytes come.
type hearing struct {
	r io.Reader
	c *connection
}

func (h *hearing) Read(p []byte) (int, error) {
	n, err := h.r.Read(p)
	if n > 0 {
		h.c.alive()
	}
	return n, err
}

// tailWriter keeps the last bytes that are written.
type tailWriter struct{ kept []byte }

func (w *tailWriter) Write(p []byte) (int, error) {
	w.kept = append(w.kept, p[max(0, len(p)-tailLength):]...)
	w.kept = append(w.kept[:0], w.kept[max(0, len(w.kept)-tailLength):]...)
	return len(p), nil
}

// write writes requests until the connection ends, and asks a silent server for a sign of life.
func (c *connection) write() {
	ticker := time.NewTicker(giveTime / 4)
	defer ticker.Stop()
	asked := int64(-1) // the value of heard at the last ping
	for {
		select {
		case call := <-c.calls:
			if err := c.put(call.frame); err != nil {
				c.fail(err)
				return
			}
		case now := <-ticker.C:
			heard := c.heard.Load()
			silence := now.Sub(c.opened) - time.Duration(heard)
			switch {
			case !c.reading.Load() || silence < askAfter:
			case silence >= askAfter+giveTime:
				c.fail(errSilent)
				return
			case asked != heard:
				asked = heard
				if err := c.ws.WriteControl(websocket.PingMessage, nil, now.Add(writeTimeout)); err != nil {
					c.fail(err)
					return
				}
			}
		case <-c.stop:
			return
		}
	}
}

func (c *connection) put(data []byte) error {
	if err := c.ws.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	return c.ws.WriteMessage(websocket.TextMessage, data)
}
