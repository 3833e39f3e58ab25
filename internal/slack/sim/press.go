package sim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/gobridge/gopherbot/internal/slack/sim/blockkit"
)

// surface is a place with elements, as one person sees it. It is valid while w.mu is held.
type surface struct {
	blocks    []blockkit.Object
	state     blockkit.State
	suggested map[string][]blockkit.Object
	// fields are those that an interaction with an element has besides the common ones.
	fields  map[string]any
	channel string // "" in a view
	modal   bool
	changed func()
	// respond makes a response_url, nil where there is none.
	respond func() *responseURL
}

// onMessage returns the surface of a message of the bot's. w.mu is held.
func (w *Workspace) onMessage(user, channel, ts string) (surface, error) {
	m := w.message(channel, ts)
	switch p := w.person(user); {
	case p == nil, p.Bot, m == nil, m.User != BotUserID, m.EphemeralFor != "" && m.EphemeralFor != user:
		return surface{}, fmt.Errorf("person %q, or message %s in %s: %w", user, ts, channel, ErrNotFound)
	case m.controls == nil:
		m.controls = &controls{}
	}
	if m.controls.states == nil {
		m.controls.states, m.controls.suggested = map[string]blockkit.State{}, map[string][]blockkit.Object{}
	}
	state := m.controls.states[user]
	if state == nil {
		state = blockkit.NewState(m.Blocks, nil)
		m.controls.states[user] = state
	}
	container := map[string]any{"type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": m.EphemeralFor != ""}
	if m.ThreadTS != "" {
		container["thread_ts"] = m.ThreadTS
	}
	fields := map[string]any{"container": container, "channel": w.channelField(channel)}
	if m.EphemeralFor == "" { // Slack keeps no copy of an ephemeral message
		fields["message"] = w.stored(m, false)
	}
	return surface{
		blocks: m.Blocks, state: state, suggested: m.controls.suggested, fields: fields, channel: channel,
		changed: func() {}, respond: func() *responseURL { return w.newResponse(user, channel, m) },
	}, nil
}

// channelField returns a channel as interactions show it. w.mu is held.
func (w *Workspace) channelField(id string) map[string]any {
	c := w.channel(id)
	return map[string]any{"id": id, "name": c.nameForApps()}
}

// onView returns the surface of a view. w.mu is held.
func (w *Workspace) onView(v *View) surface {
	if v.suggested == nil {
		v.suggested = map[string][]blockkit.Object{}
	}
	return surface{
		blocks: blockkit.Blocks(v.Content), state: v.State, suggested: v.suggested, modal: v.Type == "modal",
		fields:  map[string]any{"container": map[string]any{"type": "view", "view_id": v.ID}, "view": w.object(v)},
		changed: func() { w.tellView(v) },
	}
}

// onModal returns the surface of the modal that a person sees. w.mu is held.
func (w *Workspace) onModal(user string) (surface, error) {
	stack := w.modals[user]
	if len(stack) == 0 {
		return surface{}, fmt.Errorf("a modal of %s: %w", user, ErrNotFound)
	}
	return w.onView(stack[len(stack)-1]), nil
}

// onHome returns the surface of a person's home. w.mu is held.
func (w *Workspace) onHome(user string) (surface, error) {
	v := w.homes[user]
	if v == nil {
		return surface{}, fmt.Errorf("the home of %s: %w", user, ErrNotFound)
	}
	return w.onView(v), nil
}

// Press has a person press the first button with an action id in a message of the bot's, or pick values from the
// menu with that id, ephemeral messages included. It returns when the app has answered. An error that the person
// sees is a Shown.
func (w *Workspace) Press(ctx context.Context, user, channel, ts, actionID string, values ...string) error {
	return w.PressIn(ctx, user, channel, ts, "", actionID, values...)
}

// PressIn is Press for an element in a certain block.
func (w *Workspace) PressIn(ctx context.Context, user, channel, ts, blockID, actionID string, values ...string) error {
	return w.use(ctx, user, blockID, actionID, values, func() (surface, error) { return w.onMessage(user, channel, ts) })
}

// Fill has a person type a text or choose values in the modal on top, or press a button there. An empty block or action id
// is any. The app hears of it only if the element is in no input block, or has dispatch_action.
func (w *Workspace) Fill(ctx context.Context, user, blockID, actionID string, values ...string) error {
	return w.use(ctx, user, blockID, actionID, values, func() (surface, error) { return w.onModal(user) })
}

// PressHome is Press for an element of the person's home.
func (w *Workspace) PressHome(ctx context.Context, user, blockID, actionID string, values ...string) error {
	return w.use(ctx, user, blockID, actionID, values, func() (surface, error) { return w.onHome(user) })
}

// use gives an element a value, and tells the app if it has to.
func (w *Workspace) use(ctx context.Context, user, blockID, actionID string, values []string, where func() (surface, error)) error {
	i, tell, err := w.prepare(user, blockID, actionID, values, where)
	if err != nil || !tell {
		return err
	}
	_, err = w.ask(ctx, i) // a payload has no effect
	return err
}

func (w *Workspace) prepare(user, blockID, actionID string, values []string, where func() (surface, error)) (i interaction, tell bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s, err := where()
	if err != nil {
		return i, false, err
	}
	e, ok := blockkit.Find(s.blocks, blockID, actionID)
	if !ok {
		return i, false, fmt.Errorf("element %q: %w", actionID, ErrNotFound)
	}
	value, err := e.Value(s.suggested[suggestKey(e)], values...)
	if err != nil {
		return i, false, fmt.Errorf("use %q: %w", actionID, err)
	}
	s.state.Set(e, value)
	s.changed()
	if !e.Dispatches() {
		return i, false, nil
	}
	payload := w.common("block_actions", user)
	for name, field := range s.fields {
		payload[name] = field
	}
	if view, ok := payload["view"].(map[string]any); ok {
		view["state"] = map[string]any{"values": s.state.Clone()}
	} else {
		payload["state"] = map[string]any{"values": s.state.Clone()}
	}
	action := blockkit.Object{"action_id": e.ActionID, "block_id": e.BlockID, "action_ts": stamp(w.opts.Now())}
	for name, field := range value {
		action[name] = field
	}
	payload["actions"] = []any{action}
	payload["trigger_id"] = w.newTrigger(user, s.modal)
	if s.respond != nil {
		payload["response_url"] = w.responseAddress(s.respond())
	}
	i, err = w.interactive(payload, user, s.channel, label(e))
	return i, err == nil, err
}

// label returns the name of an element for the errors that a person sees.
func label(e blockkit.Element) string {
	if text, ok := e.Object["text"].(blockkit.Object); ok {
		if s, ok := text["text"].(string); ok {
			return s
		}
	}
	return e.ActionID
}

func suggestKey(e blockkit.Element) string { return e.BlockID + "/" + e.ActionID }

// Suggest has a person type in a menu of the modal on top whose options come from the app, and returns those.
func (w *Workspace) Suggest(ctx context.Context, user, blockID, actionID, typed string) ([]blockkit.Object, error) {
	return w.suggest(ctx, user, blockID, actionID, typed, func() (surface, error) { return w.onModal(user) })
}

// SuggestHome is Suggest for a menu of the person's home.
func (w *Workspace) SuggestHome(ctx context.Context, user, blockID, actionID, typed string) ([]blockkit.Object, error) {
	return w.suggest(ctx, user, blockID, actionID, typed, func() (surface, error) { return w.onHome(user) })
}

// SuggestIn is Suggest for a menu of a message.
func (w *Workspace) SuggestIn(ctx context.Context, user, channel, ts, blockID, actionID, typed string) ([]blockkit.Object, error) {
	return w.suggest(ctx, user, blockID, actionID, typed, func() (surface, error) { return w.onMessage(user, channel, ts) })
}

// errTooShort is returned for less than a menu's min_query_length, which is 3 by default.
var errTooShort = errors.New("the text is too short to ask the app")

func (w *Workspace) suggest(ctx context.Context, user, blockID, actionID, typed string, where func() (surface, error)) ([]blockkit.Object, error) {
	i, err := w.query(user, blockID, actionID, typed, where)
	if err != nil {
		return nil, err
	}
	answer, err := w.ask(ctx, i)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	var given blockkit.Object
	options, err := []blockkit.Object(nil), json.Unmarshal(answer, &given)
	if err == nil {
		options, err = blockkit.Suggestions(given)
	}
	if err != nil {
		w.mistake("the answer to a block_suggestion of %s has no valid options: %v", actionID, err)
		return nil, nil
	}
	s, err := where()
	if err != nil {
		return nil, err // it was closed meanwhile
	}
	if e, ok := blockkit.Find(s.blocks, blockID, actionID); ok {
		s.suggested[suggestKey(e)] = options
	}
	return options, nil
}

// query makes the interaction that asks for options.
func (w *Workspace) query(user, blockID, actionID, typed string, where func() (surface, error)) (interaction, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s, err := where()
	if err != nil {
		return interaction{}, err
	}
	e, ok := blockkit.Find(s.blocks, blockID, actionID)
	if !ok || !e.External() {
		return interaction{}, fmt.Errorf("external menu %q: %w", actionID, ErrNotFound)
	}
	least := 3.0
	if n, ok := e.Object["min_query_length"].(float64); ok {
		least = n
	}
	if float64(len([]rune(typed))) < least {
		return interaction{}, errTooShort
	}
	payload := w.common("block_suggestion", user)
	for name, field := range s.fields {
		payload[name] = field
	}
	payload["block_id"], payload["action_id"], payload["value"] = e.BlockID, e.ActionID, typed
	return w.interactive(payload, user, s.channel, e.ActionID)
}
