// Package page serves the web page of a simulated workspace, on which a person chats with
// the bot as any of several people. It shows the workspace and passes clicks on to it.
package page

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"

	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/webui"
)

//go:embed static
var static embed.FS

// policy lets the page load files from its own origin, and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// maxRequest bounds the bytes of a request. Slack cuts messages above
// 40,000 characters.
const maxRequest = 256 << 10

// Workspace is a simulated workspace: Slack's, which is a *slacksim.Workspace, or another
// platform's with fewer Abilities. Its methods are safe for concurrent use.
type Workspace interface {
	Abilities() slacksim.Abilities
	Watch() (now slacksim.Snapshot, updates <-chan slacksim.Update, stop func())
	// Say sends a person's message in a channel, in the thread of the message with the
	// timestamp thread unless that is "", and returns its timestamp.
	Say(user, channel, text, thread string) (ts string, err error)
	JoinChannel(user, channel string) error
}

// Handler serves the page of a workspace. demo is nil for a workspace without one: the page
// then has no controls for it.
func Handler(w Workspace, demo Demo) http.Handler {
	if demo == nil {
		demo = none{}
	}
	files, err := fs.Sub(static, "static")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(files))
	mux.HandleFunc("GET /dom.js", webui.Script)
	mux.HandleFunc("GET /theme.css", webui.Theme)
	mux.HandleFunc("GET /api/stream", stream(w, demo))
	talk(mux, w)
	control(mux, demo)
	if slack, ok := w.(*slacksim.Workspace); ok {
		change(mux, slack)
		interact(mux, slack)
	}
	// Other sites in the same browser must not send messages of the people here.
	protected := http.NewCrossOriginProtection().Handler(mux)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Security-Policy", policy)
		rw.Header().Set("X-Content-Type-Options", "nosniff")
		rw.Header().Set("Referrer-Policy", "no-referrer")
		protected.ServeHTTP(rw, r)
	})
}

// done is the result of an action that has no other.
var done = struct{}{}

// action answers a click: it decodes the request's JSON, calls do, and encodes its result or
// error. An error that Slack shows to the person is no error of the request.
func action[T any](do func(context.Context, T) (any, error)) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		var in T
		var answer any
		err := json.NewDecoder(http.MaxBytesReader(rw, r.Body, maxRequest)).Decode(&in)
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			err = errors.New("that is too long: Slack takes 40,000 characters")
		} else if err == nil {
			answer, err = do(r.Context(), in)
		}
		rw.Header().Set("Content-Type", "application/json")
		if err != nil {
			if _, shown := errors.AsType[slacksim.Shown](err); !shown {
				rw.WriteHeader(http.StatusBadRequest)
			}
			answer = map[string]string{"error": err.Error()}
		}
		_ = json.NewEncoder(rw).Encode(answer) // the client may have closed the connection
	}
}
