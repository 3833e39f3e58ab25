package sim

import (
	"context"
	"fmt"
	"slices"
)

// Shortcut is a shortcut of the app, as its manifest declares it.
type Shortcut struct {
	Name        string `json:"name"`
	Type        string `json:"type"` // "global" or "message"
	CallbackID  string `json:"callback_id"`
	Description string `json:"description"`
}

// shortcut returns the name of a registered shortcut. w.mu is held.
func (w *Workspace) shortcut(kind, callbackID string) (name string, err error) {
	if w.opts.Shortcuts == nil {
		return callbackID, nil
	}
	i := slices.IndexFunc(w.opts.Shortcuts, func(s Shortcut) bool { return s.Type == kind && s.CallbackID == callbackID })
	if i < 0 || !w.has("commands") {
		return "", fmt.Errorf("%s shortcut %q: %w", kind, callbackID, ErrNotFound)
	}
	return w.opts.Shortcuts[i].Name, nil
}

// Shortcuts returns the shortcuts that people can choose.
func (w *Workspace) Shortcuts() []Shortcut {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.has("commands") {
		return nil
	}
	return slices.Clone(w.opts.Shortcuts)
}

// GlobalShortcut has a person choose a shortcut that belongs to no message.
func (w *Workspace) GlobalShortcut(ctx context.Context, user, callbackID string) error {
	i, err := func() (interaction, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if p := w.person(user); p == nil || p.Bot {
			return interaction{}, fmt.Errorf("person %q: %w", user, ErrNotFound)
		}
		name, err := w.shortcut("global", callbackID)
		if err != nil {
			return interaction{}, err
		}
		payload := w.common("shortcut", user)
		payload["callback_id"], payload["action_ts"], payload["trigger_id"] = callbackID, stamp(w.opts.Now()), w.newTrigger(user, false)
		i, err := w.interactive(payload, user, "", name)
		i.noAnswer = true
		return i, err
	}()
	if err != nil {
		return err
	}
	_, err = w.ask(ctx, i)
	return err
}

// MessageShortcut has a person choose a shortcut in the menu of a message. Ephemeral messages have none.
func (w *Workspace) MessageShortcut(ctx context.Context, user, channel, ts, callbackID string) error {
	i, err := func() (interaction, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		m := w.message(channel, ts)
		if p := w.person(user); p == nil || p.Bot || m == nil || m.EphemeralFor != "" {
			return interaction{}, fmt.Errorf("person %q, or message %s in %s: %w", user, ts, channel, ErrNotFound)
		}
		name, err := w.shortcut("message", callbackID)
		if err != nil {
			return interaction{}, err
		}
		response := w.newResponse(user, channel, nil) // it can neither replace the message nor answer in its thread
		payload := w.common("message_action", user)
		payload["callback_id"], payload["action_ts"], payload["trigger_id"] = callbackID, stamp(w.opts.Now()), w.newTrigger(user, false)
		payload["message"], payload["channel"], payload["message_ts"] = w.stored(m, false), w.channelField(channel), ts
		payload["response_url"] = w.responseAddress(response)
		return w.interactive(payload, user, channel, name)
	}()
	if err != nil {
		return err
	}
	_, err = w.ask(ctx, i)
	return err
}
