package page

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// keepAlive is the time between two comments in an idle stream. writeTimeout bounds each
// write to a page.
const (
	keepAlive    = 15 * time.Second
	writeTimeout = 3 * time.Second
)

// stream sends the workspace and the demo, and then their updates, as server-sent events.
func stream(w Workspace, demo Demo) http.HandlerFunc {
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
		state, changed := demo.State()
		if errors.Join(send("abilities", w.Abilities()), send("demo", state), send("snapshot", snapshot)) != nil {
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
			case <-changed:
				state, changed = demo.State()
				err = send("demo", state)
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
