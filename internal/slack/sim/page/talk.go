package page

import (
	"context"
	"errors"
	"net/http"

	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
)

// talk adds what people do on every platform.
func talk(mux *http.ServeMux, w Workspace) {
	mux.HandleFunc("POST /api/say", action(func(_ context.Context, in struct {
		As, Channel, Text string
		ThreadTS          string `json:"thread_ts"`
		File              *struct{ Name, Content string }
	}) (any, error) {
		if in.File != nil {
			slack, ok := w.(*slacksim.Workspace)
			if !ok {
				return nil, errors.New("there are no files here")
			}
			ts, err := slack.Upload(in.As, in.Channel, in.Text, in.ThreadTS, in.File.Name, in.File.Content)
			return map[string]string{"ts": ts}, err
		}
		if in.Text == "" {
			return nil, errors.New("there is nothing to send")
		}
		ts, err := w.Say(in.As, in.Channel, in.Text, in.ThreadTS)
		return map[string]string{"ts": ts}, err
	}))
	mux.HandleFunc("POST /api/join/channel", action(func(_ context.Context, in struct{ As, Channel string }) (any, error) {
		return done, w.JoinChannel(in.As, in.Channel)
	}))
}

// change adds what people do with messages and in the workspace on Slack alone.
func change(mux *http.ServeMux, w *slacksim.Workspace) {
	mux.HandleFunc("POST /api/join/workspace", action(func(context.Context, struct{}) (any, error) {
		p, err := w.JoinWorkspace()
		return map[string]string{"id": p.ID}, err
	}))
	mux.HandleFunc("POST /api/transport", action(func(_ context.Context, in struct{ Sockets bool }) (any, error) {
		w.SetSocketMode(in.Sockets)
		return done, nil
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
