// Package page serves the web page of a simulated workspace, on which a person chats with
// the bot as any of several people. It shows the workspace and passes clicks on to it.
package page

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"time"

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

// Handler serves the page of a workspace. publish adds an entry to a feed that the bot
// follows.
func Handler(w *slacksim.Workspace, publish func(context.Context) error) http.Handler {
	files, err := fs.Sub(static, "static")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(files))
	mux.HandleFunc("GET /dom.js", webui.Script)
	mux.HandleFunc("GET /theme.css", webui.Theme)
	mux.HandleFunc("GET /api/stream", stream(w))
	mux.HandleFunc("POST /api/say", action(func(_ context.Context, in struct {
		As, Channel, Text string
		ThreadTS          string `json:"thread_ts"`
		File              *struct{ Name, Content string }
	}) (any, error) {
		if in.File != nil {
			ts, err := w.Upload(in.As, in.Channel, in.Text, in.ThreadTS, in.File.Name, in.File.Content)
			return map[string]string{"ts": ts}, err
		}
		if in.Text == "" {
			return nil, errors.New("there is nothing to send")
		}
		ts, err := w.Say(in.As, in.Channel, in.Text, in.ThreadTS)
		return map[string]string{"ts": ts}, err
	}))
	mux.HandleFunc("POST /api/join/workspace", action(func(context.Context, struct{}) (any, error) {
		p, err := w.JoinWorkspace()
		return map[string]string{"id": p.ID}, err
	}))
	mux.HandleFunc("POST /api/join/channel", action(func(_ context.Context, in struct{ As, Channel string }) (any, error) {
		return map[string]string{}, w.JoinChannel(in.As, in.Channel)
	}))
	mux.HandleFunc("POST /api/publish", action(func(ctx context.Context, _ struct{}) (any, error) {
		return map[string]string{}, publish(ctx)
	}))
	// Other sites in the same browser must not send messages of the people here.
	protected := http.NewCrossOriginProtection().Handler(mux)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Security-Policy", policy)
		rw.Header().Set("X-Content-Type-Options", "nosniff")
		rw.Header().Set("Referrer-Policy", "no-referrer")
		protected.ServeHTTP(rw, r)
	})
}

// action answers a click: it decodes the request's JSON, calls do, and encodes its result or
// error.
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
			rw.WriteHeader(http.StatusBadRequest)
			answer = map[string]string{"error": err.Error()}
		}
		_ = json.NewEncoder(rw).Encode(answer) // the client may have closed the connection
	}
}

// keepAlive is the time between two comments in an idle stream. writeTimeout bounds each
// write to a page.
const (
	keepAlive    = 15 * time.Second
	writeTimeout = 3 * time.Second
)

// stream sends the workspace and then its updates as server-sent events.
func stream(w *slacksim.Workspace) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "text/event-stream")
		rw.Header().Set("Cache-Control", "no-store")
		control := http.NewResponseController(rw)
		write := func(format string, args ...any) error {
			// A page that does not read must not keep the server from stopping.
			if err := control.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
				return err
			}
			if _, err := fmt.Fprintf(rw, format, args...); err != nil {
				return err
			}
			return control.Flush()
		}
		send := func(event string, value any) error {
			data, err := json.Marshal(value)
			if err != nil {
				return err
			}
			return write("event: %s\ndata: %s\n\n", event, data)
		}

		snapshot, updates, stop := w.Watch()
		defer stop()
		if send("snapshot", snapshot) != nil {
			return
		}
		alive := time.NewTicker(keepAlive)
		defer alive.Stop()
		for {
			var err error
			select {
			case update, ok := <-updates:
				if !ok {
					return // too far behind; the browser connects again
				}
				err = send(update.Kind, update.Value)
			case <-alive.C:
				err = write(": alive\n\n")
			case <-r.Context().Done():
				return
			}
			if err != nil {
				return
			}
		}
	}
}
