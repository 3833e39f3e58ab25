package demo

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
)

const (
	maxTraffic      = 8 << 10 // bytes of one body
	rememberTraffic = 500     // entries
)

// ServeHTTP implements http.Handler: it is the server, and notes what goes over the wire. The key
// is in a header, so that no body has a secret.
func (r *room) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	if request.Header.Get("Upgrade") != "" { // to a socket: see frame
		r.server.ServeHTTP(w, request)
		return
	}
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return // the bot is gone
	}
	request.Body = io.NopCloser(bytes.NewReader(body))
	t := slacksim.Traffic{Way: "rest", FromApp: true, Name: request.Method + " " + request.URL.RequestURI(), Body: string(body)}
	if request.URL.Path == "/mcp" {
		t.Way = "mcp"
		r.called(request, &t, body)
	}
	r.record(t)
	answer := &tee{ResponseWriter: w, status: http.StatusOK}
	r.server.ServeHTTP(answer, request)
	t.FromApp, t.Status, t.Body = false, answer.status, answer.body.String()
	r.record(t)
}

// called notes a call of a tool. One that is caught in the trap does not end before its connection
// is cut.
func (r *room) called(request *http.Request, t *slacksim.Traffic, body []byte) {
	var call struct {
		Method string
		Params struct {
			Name      string
			Arguments struct{ Channel string }
		}
	}
	t.Name = "initialize"
	if json.Unmarshal(body, &call) != nil || call.Method != "tools/call" {
		return
	}
	t.Name = call.Params.Name
	id, posts, caught := "", t.Name == "send_message", false
	r.mu.Lock()
	id = r.requests[request.Header.Get("X-Request-ID")]
	if m := r.byID[id]; m != nil {
		t.About = m.TS
	}
	if posts && r.armed.caught != nil && r.armed.channel == call.Params.Arguments.Channel {
		r.armed.caught <- struct{}{}
		r.armed, caught = trap{}, true
	}
	r.mu.Unlock()
	switch {
	case caught:
		<-request.Context().Done()
		panic(http.ErrAbortHandler)
	case posts:
		r.Step(id, slacksim.Replied, time.Now())
	}
}

// setTrap sets a trap for the next message of the bot in a channel.
func (r *room) setTrap(channel string) (<-chan struct{}, func()) {
	set := func(t trap) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.armed = t
	}
	caught := make(chan struct{}, 1)
	set(trap{channel, caught})
	return caught, func() { set(trap{}) }
}

// frame notes a frame of the bot's sockets.
func (r *room) frame(user string, fromClient bool, frame []byte) {
	if user != r.bot.ID {
		return
	}
	r.record(slacksim.Traffic{Way: "socket", FromApp: fromClient, Name: "frame", Body: string(frame)})
}

// record remembers traffic.
func (r *room) record(t slacksim.Traffic) {
	t.At = time.Now()
	if len(t.Body) > maxTraffic {
		t.Body = strings.ToValidUTF8(t.Body[:maxTraffic], "") + "…"
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.feed.Tell("traffic", t)
	r.traffic = append(r.traffic, t)
	if len(r.traffic) > rememberTraffic {
		r.traffic = r.traffic[len(r.traffic)-rememberTraffic:]
	}
}

// tee is a ResponseWriter that keeps the answer.
type tee struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (t *tee) WriteHeader(status int) {
	t.status = status
	t.ResponseWriter.WriteHeader(status)
}

func (t *tee) Write(p []byte) (int, error) {
	if room := maxTraffic + 1 - t.body.Len(); room > 0 {
		t.body.Write(p[:min(room, len(p))])
	}
	return t.ResponseWriter.Write(p)
}
