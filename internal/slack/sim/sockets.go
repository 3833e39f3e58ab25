package sim

import (
	"strings"

	"github.com/gobridge/gopherbot/internal/slack/sim/socket"
)

const (
	openMethod = "apps.connections.open"
	linkPath   = "link/" // the path of sockets below the Web API's address
)

// newSocket makes the Server of the workspace's sockets.
func (w *Workspace) newSocket() *socket.Server {
	opts := w.opts.Sockets
	opts.AppID, opts.Log, opts.Trace = w.opts.AppID, w.opts.Log, w.recordFrame
	opts.URL = strings.Replace(w.opts.APIURL, "http", "ws", 1) + linkPath // https → wss
	s := socket.New(opts)
	s.Switch(w.opts.SocketMode)
	return s
}

// Socket returns the Slack side of the app's sockets, for tests of what happens to them.
func (w *Workspace) Socket() *socket.Server { return w.socket }

// SetSocketMode turns Socket Mode on or off. While it is on, sockets alone are used, and
// the Request URLs are not. Off ends all sockets with link_disabled.
func (w *Workspace) SetSocketMode(on bool) {
	w.socket.Switch(on)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tell("transport", w.transport())
}

// openSocket answers apps.connections.open. Slack documents no error for Socket Mode being
// off; this one is made up, as one that no app can know.
func openSocket(w *Workspace, _ form) (map[string]any, string) {
	address, ok := w.socket.Open()
	if !ok {
		return nil, "socket_mode_off"
	}
	return map[string]any{"url": address}, ""
}
