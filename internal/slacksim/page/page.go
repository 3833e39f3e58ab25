// Package page is the web page of a simulated workspace, on which a person
// chats with the bot as any of several people. It shows a workspace and passes
// on what is clicked; what that leads to is the workspace's business.
package page

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"time"

	"github.com/gobridge/gopherbot/internal/slacksim"
)

//go:embed static
var static embed.FS

// policy lets the page load what comes from here and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// maxRequest is how many bytes of a request are read. Slack cuts messages above
// 40,000 characters.
const maxRequest = 256 << 10

// Handler serves the page of a workspace.
func Handler(w *slacksim.Workspace) http.Handler {
	files, err := fs.Sub(static, "static")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(files))
	mux.HandleFunc("GET /api/stream", stream(w))
	mux.HandleFunc("POST /api/say", action(func(in struct {
		As, Channel, Text string
		ThreadTS          string `json:"thread_ts"`
	}) (any, error) {
		if in.Text == "" {
			return nil, errors.New("there is nothing to send")
		}
		ts, err := w.Say(in.As, in.Channel, in.Text, in.ThreadTS)
		return map[string]string{"ts": ts}, err
	}))
	mux.HandleFunc("POST /api/join/workspace", action(func(struct{}) (any, error) {
		p, err := w.JoinWorkspace()
		return map[string]string{"id": p.ID}, err
	}))
	mux.HandleFunc("POST /api/join/channel", action(func(in struct{ As, Channel string }) (any, error) {
		return map[string]string{}, w.JoinChannel(in.As, in.Channel)
	}))
	// Other pages in the same browser must not speak for the people here.
	protected := http.NewCrossOriginProtection().Handler(mux)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Security-Policy", policy)
		rw.Header().Set("X-Content-Type-Options", "nosniff")
		rw.Header().Set("Referrer-Policy", "no-referrer")
		protected.ServeHTTP(rw, r)
	})
}

// action answers a click: it decodes the request's JSON for do and encodes what
// that returns, or its error.
func action[T any](do func(T) (any, error)) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		var in T
		var answer any
		err := json.NewDecoder(http.MaxBytesReader(rw, r.Body, maxRequest)).Decode(&in)
		if err == nil {
			answer, err = do(in)
		}
		rw.Header().Set("Content-Type", "application/json")
		if err != nil {
			rw.WriteHeader(http.StatusBadRequest)
			answer = map[string]string{"error": err.Error()}
		}
		_ = json.NewEncoder(rw).Encode(answer) // whoever clicked may have gone
	}
}

// keepAlive is how often a silent stream says that it is alive.
const keepAlive = 15 * time.Second

// stream sends the workspace, and then what changes, as server-sent events.
func stream(w *slacksim.Workspace) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "text/event-stream")
		rw.Header().Set("Cache-Control", "no-store")
		flush := http.NewResponseController(rw).Flush

		snapshot, updates, stop := w.Watch()
		defer stop()
		if send(rw, "snapshot", snapshot) != nil || flush() != nil {
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
				err = send(rw, update.Kind, update.Value)
			case <-alive.C:
				_, err = fmt.Fprint(rw, ": alive\n\n")
			case <-r.Context().Done():
				return
			}
			if err != nil || flush() != nil {
				return
			}
		}
	}
}

func send(rw http.ResponseWriter, event string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(rw, "event: %s\ndata: %s\n\n", event, data)
	return err
}
