package slack

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gorilla/websocket"
	"github.com/rs/zerolog"
)

// Probed is the answer of Slack to an app token.
type Probed struct {
	// Refused is the reason why Slack refuses the token, "" if it does not.
	Refused string
	// AppID and Connections are those of Slack's greeting, if a socket was opened.
	// Connections counts the sockets of the app, that one included.
	AppID       string
	Connections int
}

// Probe asks Slack for a socket, as a gateway with these options would, and opens it if
// open is true. Slack gives each open socket a share of the envelopes, so it is closed at
// its greeting; what came in between was not acknowledged, and people get errors for what
// they pressed. The error is for an answer that did not come.
func Probe(ctx context.Context, opts SocketOptions, open bool) (Probed, error) {
	s, err := (&Gateway{opts: Options{Log: zerolog.Nop()}}).NewSockets(opts)
	if err != nil {
		return Probed{}, err
	}
	if !open {
		_, why := s.ticket(ctx)
		return probed(why)
	}
	ws, why := s.connect(ctx)
	if why != nil {
		return probed(why)
	}
	defer ws.Close()
	stop := context.AfterFunc(ctx, func() { ws.Close() })
	defer stop()
	_ = ws.SetReadDeadline(time.Now().Add(s.timings.hello)) // fails only on a closed connection, as the read will
	_, data, err := ws.ReadMessage()
	if err != nil {
		return Probed{}, fmt.Errorf("read the greeting of a socket: %w", err)
	}
	hello, err := parseFrame(data)
	if err != nil || hello.Type != helloFrame {
		return Probed{}, errors.New("the first frame of a socket is no greeting")
	}
	_ = ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(s.timings.write))
	return Probed{AppID: hello.Connection.AppID, Connections: hello.Connections}, nil
}

// probed returns the result of a socket that could not be opened because of why.
func probed(why *cause) (Probed, error) {
	switch {
	case why == nil:
		return Probed{}, nil
	case why.refused, why.reason == linkOff:
		return Probed{Refused: why.err.Error()}, nil
	default:
		return Probed{}, why.err
	}
}
