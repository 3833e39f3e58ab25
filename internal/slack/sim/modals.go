package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/gobridge/gopherbot/internal/slack/sim/blockkit"
)

// Submit has a person submit the modal on top. Lines at its inputs are in Modal afterwards: those of Slack's client, which
// then sends nothing, and those of the app. A modal stays open, with what was typed, if the app does not take it. An error
// that the person sees is a Shown.
func (w *Workspace) Submit(ctx context.Context, user string) error {
	i, id, err := w.submission(user)
	if err != nil || id == "" {
		return err
	}
	answer, err := w.ask(ctx, i)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.verdict(user, id, answer)
}

// submission makes the interaction of a submission. id is "" if the client refuses it.
func (w *Workspace) submission(user string) (i interaction, id string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	stack := w.modals[user]
	if len(stack) == 0 {
		return i, "", fmt.Errorf("submit a modal of %s: %w", user, ErrNotFound)
	}
	v := stack[len(stack)-1]
	if v.Content["submit"] == nil {
		return i, "", fmt.Errorf("the modal %s has no button that submits it: %w", v.ID, ErrNotFound)
	}
	v.Errors = v.State.Complain(blockkit.Blocks(v.Content))
	w.tellView(v)
	if len(v.Errors) > 0 {
		return i, "", nil
	}
	payload := w.common("view_submission", user)
	payload["trigger_id"], payload["view"], payload["response_urls"] = w.newTrigger(user, true), w.object(v), w.responseURLs(v)
	i, err = w.interactive(payload, user, "", v.title())
	return i, v.ID, err
}

// title returns a view's title.
func (v *View) title() string {
	title, _ := v.Content["title"].(blockkit.Object)
	s, _ := title["text"].(string)
	return s
}

// responseURLs returns those that menus of channels with response_url_enabled ask for. w.mu is held.
func (w *Workspace) responseURLs(v *View) []any {
	list := []any{}
	for _, e := range blockkit.Elements(blockkit.Blocks(v.Content)) {
		value := v.State[e.BlockID][e.ActionID]
		channel, _ := value["selected_channel"].(string)
		if conversation, ok := value["selected_conversation"].(string); ok {
			channel = conversation
		}
		if e.Object["response_url_enabled"] == true && w.channel(channel) != nil {
			list = append(list, map[string]any{
				"block_id": e.BlockID, "action_id": e.ActionID, "channel_id": channel, "response_url": w.responseAddress(w.newResponse(v.User, channel, nil)),
			})
		}
	}
	return list
}

// verdict does what the app answered to the submission of a view. w.mu is held.
func (w *Workspace) verdict(user, id string, answer []byte) error {
	var said struct {
		Action string            `json:"response_action"`
		Errors map[string]string `json:"errors"`
		View   json.RawMessage   `json:"view"`
	}
	if len(answer) > 0 {
		if err := json.Unmarshal(answer, &said); err != nil {
			w.mistake("the answer to a view_submission is no JSON object: %v", err)
			return w.show(user, "", "the form", "trouble_connecting")
		}
	}
	stack := w.modals[user]
	at := slices.IndexFunc(stack, func(v *View) bool { return v.ID == id })
	if at < 0 {
		return nil // it was closed meanwhile
	}
	v := stack[at]
	switch said.Action {
	case "":
		w.closeViews(user, at)
	case "clear":
		w.closeViews(user, 0)
	case "errors":
		w.putErrors(v, said.Errors)
	case "update", "push":
		before := v
		if said.Action == "push" {
			before = nil
		}
		content, explained, code := w.parseView(string(said.View), "modal", before)
		if code == "" && said.Action == "push" && len(stack) >= maxStack {
			code = "push_limit_reached"
		}
		if code != "" {
			w.mistake("the view in the answer to a view_submission: %s %v", code, explained)
			return w.show(user, "", v.title(), "trouble_connecting")
		}
		if said.Action == "push" {
			w.addView(user, content)
		} else {
			w.changeView(v, content)
		}
	default:
		w.mistake("the answer to a view_submission has the response_action %q", said.Action)
		return w.show(user, "", v.title(), "trouble_connecting")
	}
	return nil
}

// putErrors shows the app's lines at the inputs of a view. Others show nothing. w.mu is held.
func (w *Workspace) putErrors(v *View, lines map[string]string) {
	v.Errors = map[string]string{}
	for blockID, line := range lines {
		if !slices.ContainsFunc(blockkit.Blocks(v.Content), func(b blockkit.Object) bool { return b["type"] == "input" && b["block_id"] == blockID }) {
			w.mistake("errors name %q, which is no input block of the view %q", blockID, v.text("callback_id"))
			continue
		}
		v.Errors[blockID] = line
	}
	if len(lines) == 0 {
		w.mistake("errors without a line for the view %q", v.text("callback_id"))
	}
	w.tellView(v)
}

// closeViews closes the modals of a person from a place of the stack on. w.mu is held.
func (w *Workspace) closeViews(user string, from int) {
	if w.modals[user] = w.modals[user][:from]; from == 0 {
		delete(w.modals, user)
	}
	w.tell("modal", w.modal(user))
}

// Cancel has a person close the modal on top with its button. Those below stay, unless it has clear_on_close. The app
// gets view_closed if it asked for it with notify_on_close. Its failure shows nothing.
func (w *Workspace) Cancel(ctx context.Context, user string) error { return w.close(ctx, user, false) }

// Close has a person close all modals, with the × of that on top. The app gets view_closed for the root.
func (w *Workspace) Close(ctx context.Context, user string) error { return w.close(ctx, user, true) }

func (w *Workspace) close(ctx context.Context, user string, all bool) error {
	i, tell, err := w.closing(user, all)
	if err != nil || !tell {
		return err
	}
	var code string
	if w.socket.On() {
		_, code = w.askSocket(ctx, i)
	} else {
		_, code = w.askHTTP(ctx, i)
	}
	if code != "" {
		w.opts.Log.Warn().Str("error", code).Msg("the app did not take a view_closed")
	}
	return nil
}

func (w *Workspace) closing(user string, all bool) (i interaction, tell bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	stack := w.modals[user]
	if len(stack) == 0 {
		return i, false, fmt.Errorf("close a modal of %s: %w", user, ErrNotFound)
	}
	at := len(stack) - 1
	cleared := all && at > 0
	if stack[at].Content["clear_on_close"] == true {
		all, cleared = true, true
	}
	if all {
		at = 0
	}
	v := stack[at]
	payload := w.common("view_closed", user)
	payload["view"], payload["is_cleared"] = w.object(v), cleared
	w.closeViews(user, at)
	if v.Content["notify_on_close"] != true || w.opts.NoInteractivity {
		return i, false, nil
	}
	i, err = w.interactive(payload, user, "", v.title())
	return i, err == nil, err
}
