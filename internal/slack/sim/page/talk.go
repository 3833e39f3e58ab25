package page

import (
	"context"
	"errors"
	"net/http"

	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
)

// talk adds what people do with messages.
func talk(mux *http.ServeMux, w *slacksim.Workspace) {
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
	mux.HandleFunc("POST /api/edit", action(func(_ context.Context, in struct{ As, Channel, TS, Text string }) (any, error) {
		if in.Text == "" {
			return nil, errors.New("there is no text: delete the message instead")
		}
		return done, w.Edit(in.As, in.Channel, in.TS, in.Text)
	}))
	mux.HandleFunc("POST /api/delete", action(func(_ context.Context, in struct{ As, Channel, TS string }) (any, error) {
		return done, w.Delete(in.As, in.Channel, in.TS)
	}))
	type reaction struct{ As, Channel, TS, Name string }
	mux.HandleFunc("POST /api/react", action(func(_ context.Context, in reaction) (any, error) {
		return done, w.React(in.As, in.Channel, in.TS, in.Name)
	}))
	mux.HandleFunc("POST /api/unreact", action(func(_ context.Context, in reaction) (any, error) {
		return done, w.Unreact(in.As, in.Channel, in.TS, in.Name)
	}))
}
