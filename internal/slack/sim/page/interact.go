package page

import (
	"context"
	"fmt"
	"net/http"

	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/slack/sim/blockkit"
)

// The places of elements.
const (
	inMessage = "message"
	inModal   = "modal"
	inHome    = "home"
)

// element names an element on the page, and who uses it.
type element struct {
	As, Place     string
	Channel, TS   string // of a message
	Block, Action string
}

// interact adds what people do with the app.
func interact(mux *http.ServeMux, w *slacksim.Workspace) {
	mux.HandleFunc("POST /api/command", action(func(ctx context.Context, in struct{ As, Channel, Name, Text string }) (any, error) {
		return done, w.SlashCommand(ctx, in.As, in.Channel, in.Name, in.Text)
	}))
	mux.HandleFunc("POST /api/shortcut", action(func(ctx context.Context, in struct{ As, Channel, TS, ID string }) (any, error) {
		if in.TS != "" {
			return done, w.MessageShortcut(ctx, in.As, in.Channel, in.TS, in.ID)
		}
		return done, w.GlobalShortcut(ctx, in.As, in.ID)
	}))
	mux.HandleFunc("POST /api/home", action(func(_ context.Context, in struct{ As string }) (any, error) {
		return done, w.OpenHome(in.As)
	}))
	mux.HandleFunc("POST /api/use", action(func(ctx context.Context, in struct {
		element
		Values []string
	}) (any, error) {
		return done, use(ctx, w, in.element, in.Values)
	}))
	mux.HandleFunc("POST /api/suggest", action(func(ctx context.Context, in struct {
		element
		Typed string
	}) (any, error) {
		options, err := suggest(ctx, w, in.element, in.Typed)
		return map[string]any{"options": append([]blockkit.Object{}, options...)}, err
	}))
	for name, do := range map[string]func(context.Context, string) error{"submit": w.Submit, "cancel": w.Cancel, "close": w.Close} {
		mux.HandleFunc("POST /api/modal/"+name, action(func(ctx context.Context, in struct{ As string }) (any, error) {
			return done, do(ctx, in.As)
		}))
	}
}

func use(ctx context.Context, w *slacksim.Workspace, e element, values []string) error {
	switch e.Place {
	case inMessage:
		return w.PressIn(ctx, e.As, e.Channel, e.TS, e.Block, e.Action, values...)
	case inModal:
		return w.Fill(ctx, e.As, e.Block, e.Action, values...)
	case inHome:
		return w.PressHome(ctx, e.As, e.Block, e.Action, values...)
	}
	return fmt.Errorf("there are no elements in %q", e.Place)
}

func suggest(ctx context.Context, w *slacksim.Workspace, e element, typed string) ([]blockkit.Object, error) {
	switch e.Place {
	case inMessage:
		return w.SuggestIn(ctx, e.As, e.Channel, e.TS, e.Block, e.Action, typed)
	case inModal:
		return w.Suggest(ctx, e.As, e.Block, e.Action, typed)
	case inHome:
		return w.SuggestHome(ctx, e.As, e.Block, e.Action, typed)
	}
	return nil, fmt.Errorf("there are no elements in %q", e.Place)
}
