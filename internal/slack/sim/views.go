package sim

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/gobridge/gopherbot/internal/slack/sim/blockkit"
)

// View is a modal, or a person's home of the app.
type View struct {
	ID   string `json:"id"`
	User string `json:"user"`
	Type string `json:"type"` // "modal" or "home"
	Hash string `json:"hash"`
	// Root and Previous are the ids of the first view of the stack, and of that below.
	Root     string `json:"root_view_id"`
	Previous string `json:"previous_view_id"`
	// Content is as the app gave it: title, submit, close, blocks, callback_id and so on.
	Content blockkit.Object `json:"content"`
	// State has the values of its elements as they are now.
	State blockkit.State `json:"state"`
	// Errors are the lines below its inputs, by block id.
	Errors map[string]string `json:"errors"`

	suggested map[string][]blockkit.Object // by element, see suggestKey
}

// Modal is the stack of modals that a person sees. The last one is on top. It is empty if there is none.
type Modal struct {
	User  string `json:"user"`
	Views []View `json:"views"`
}

// maxStack is the number of views in a stack.
const maxStack = 3

func (v *View) text(key string) string {
	s, _ := v.Content[key].(string)
	return s
}

// clone returns a copy that stays as it is.
func (v *View) clone() View {
	c := *v
	c.State, c.Errors, c.suggested = v.State.Clone(), maps.Clone(v.Errors), nil
	return c
}

// Modal returns the modals that a person sees.
func (w *Workspace) Modal(user string) Modal {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.modal(user)
}

// Home returns the home that the app has published for a person.
func (w *Workspace) Home(user string) (View, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	v := w.homes[user]
	if v == nil {
		return View{}, false
	}
	return v.clone(), true
}

func (w *Workspace) modal(user string) Modal {
	m := Modal{User: user, Views: []View{}}
	for _, v := range w.modals[user] {
		m.Views = append(m.Views, v.clone())
	}
	return m
}

// tellView tells watchers that a view changed. w.mu is held.
func (w *Workspace) tellView(v *View) {
	if v.Type == "home" {
		w.tell("home", v.clone())
		return
	}
	w.tell("modal", w.modal(v.User))
}

// object returns a view as payloads and answers show it. w.mu is held.
func (w *Workspace) object(v *View) map[string]any {
	previous := any(nil)
	if v.Previous != "" {
		previous = v.Previous
	}
	return map[string]any{
		"id": v.ID, "team_id": w.opts.TeamID, "type": v.Type, "hash": v.Hash, "root_view_id": v.Root, "previous_view_id": previous,
		"blocks": blockkit.Blocks(v.Content), "title": v.Content["title"], "submit": v.Content["submit"], "close": v.Content["close"],
		"private_metadata": v.text("private_metadata"), "callback_id": v.text("callback_id"), "external_id": v.text("external_id"),
		"clear_on_close": v.Content["clear_on_close"] == true, "notify_on_close": v.Content["notify_on_close"] == true,
		"state": map[string]any{"values": v.State.Clone()}, "app_id": w.opts.AppID, "bot_id": BotID, "app_installed_team_id": w.opts.TeamID,
	}
}

// newHash changes with each change of a view by the app.
func (w *Workspace) newHash() string {
	return fmt.Sprintf("%d.%s", w.opts.Now().Unix(), rand.Text()[:8])
}

// parseView reads and checks the view in a call. kind is the type that it must have. before is the view that it
// replaces, nil for none.
func (w *Workspace) parseView(raw, kind string, before *View) (content blockkit.Object, answer map[string]any, code string) {
	if err := json.Unmarshal([]byte(raw), &content); err != nil || content == nil {
		return nil, explain(errors.New("[ERROR] the view is no JSON object")), "invalid_arguments"
	}
	tooLarge, err := blockkit.View(content)
	switch {
	case tooLarge:
		return nil, nil, "view_too_large"
	case err == nil && content["type"] != kind:
		err = fmt.Errorf("[ERROR] the type must be %s [json-pointer:/view/type]", kind)
	}
	if err != nil {
		return nil, explain(err), "invalid_arguments"
	}
	if id, _ := content["external_id"].(string); id != "" {
		if other := w.view("", id); other != nil && other != before {
			return nil, nil, "duplicate_external_id"
		}
	}
	return content, nil, ""
}

// view returns the open view with an id, or else with an external id. w.mu is held.
func (w *Workspace) view(id, externalID string) *View {
	matches := func(v *View) bool {
		return id != "" && v.ID == id || id == "" && externalID != "" && v.text("external_id") == externalID
	}
	for _, stack := range w.modals {
		if i := slices.IndexFunc(stack, matches); i >= 0 {
			return stack[i]
		}
	}
	for _, v := range w.homes {
		if matches(v) {
			return v
		}
	}
	return nil
}

// add puts a new modal on the stack of a person. w.mu is held.
func (w *Workspace) addView(user string, content blockkit.Object) *View {
	v := &View{ID: "V" + rand.Text()[:10], User: user, Type: "modal", Hash: w.newHash(), Content: content}
	v.Root = v.ID
	if stack := w.modals[user]; len(stack) > 0 {
		v.Root, v.Previous = stack[0].ID, stack[len(stack)-1].ID
	}
	v.State = blockkit.NewState(blockkit.Blocks(content), nil)
	w.modals[user] = append(w.modals[user], v)
	w.tellView(v)
	return v
}

// change gives a view other content. Inputs keep their values where ids stay the same. w.mu is held.
func (w *Workspace) changeView(v *View, content blockkit.Object) {
	v.Content, v.Hash, v.Errors = content, w.newHash(), nil
	v.State = blockkit.NewState(blockkit.Blocks(content), v.State)
	w.tellView(v)
}

// openView answers views.open. A modal that is open already is replaced.
func openView(w *Workspace, f form) (map[string]any, string) {
	t, code := w.trigger(f["trigger_id"])
	if code != "" {
		return nil, code
	}
	content, answer, code := w.parseView(f["view"], "modal", nil)
	if code != "" {
		return answer, code
	}
	t.used = true
	delete(w.modals, t.user)
	return map[string]any{"view": w.object(w.addView(t.user, content))}, ""
}

// pushView answers views.push, whose trigger comes from a modal.
func pushView(w *Workspace, f form) (map[string]any, string) {
	t, code := w.trigger(f["trigger_id"])
	switch {
	case code != "":
		return nil, code
	case !t.modal, len(w.modals[t.user]) == 0:
		return nil, "invalid_trigger_id"
	case len(w.modals[t.user]) >= maxStack:
		return nil, "push_limit_reached"
	}
	content, answer, code := w.parseView(f["view"], "modal", nil)
	if code != "" {
		return answer, code
	}
	t.used = true
	return map[string]any{"view": w.object(w.addView(t.user, content))}, ""
}

// updateView answers views.update.
func updateView(w *Workspace, f form) (map[string]any, string) {
	v := w.view(f["view_id"], f["external_id"])
	switch {
	case v == nil:
		return nil, "not_found"
	case f["hash"] != "" && f["hash"] != v.Hash:
		return nil, "hash_conflict"
	}
	content, answer, code := w.parseView(f["view"], v.Type, v)
	if code != "" {
		return answer, code
	}
	w.changeView(v, content)
	return map[string]any{"view": w.object(v)}, ""
}

// publishView answers views.publish.
func publishView(w *Workspace, f form) (map[string]any, string) {
	p := w.person(f["user_id"])
	switch {
	case w.opts.NoHome:
		return nil, "not_enabled"
	case p == nil || p.Bot:
		return nil, "user_not_found"
	}
	v := w.homes[p.ID]
	if f["hash"] != "" && (v == nil || f["hash"] != v.Hash) {
		return nil, "hash_conflict"
	}
	content, answer, code := w.parseView(f["view"], "home", v)
	if code != "" {
		return answer, code
	}
	if v == nil {
		v = &View{ID: "V" + rand.Text()[:10], User: p.ID, Type: "home"}
		v.Root = v.ID
		w.homes[p.ID] = v
	}
	w.changeView(v, content)
	return map[string]any{"view": w.object(v)}, ""
}

// OpenHome has a person open the home of the app. The app gets the event app_home_opened, with the view that it
// has published.
func (w *Workspace) OpenHome(user string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if p := w.person(user); p == nil || p.Bot {
		return fmt.Errorf("open the home of %s: %w", user, ErrNotFound)
	}
	// Source: https://docs.slack.dev/reference/events/app_home_opened
	event := map[string]any{"type": "app_home_opened", "user": user, "channel": "D" + user[1:], "tab": "home", "event_ts": stamp(w.opts.Now())}
	if v := w.homes[user]; v != nil {
		event["view"] = w.object(v)
	}
	return w.send(event, nil)
}
