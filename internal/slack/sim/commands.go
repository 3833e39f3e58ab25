package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/gobridge/gopherbot/internal/lazyregexp"
	"github.com/gobridge/gopherbot/internal/slack/sim/socket"
)

// Command is a slash command of the app, as its manifest declares it.
type Command struct {
	Name         string `json:"command"` // with the slash
	Description  string `json:"description"`
	UsageHint    string `json:"usage_hint"`
	ShouldEscape bool   `json:"should_escape"`
}

// SlashCommand has a person type a slash command in the composer of a channel, which cannot be one of a thread.
// The person joins the channel first; the bot need not be in it. It returns when the app has answered, at the latest
// after Options.Timeout. An error that the person sees is a Shown.
func (w *Workspace) SlashCommand(ctx context.Context, user, channel, name, text string) error {
	typed, err := w.typed(user, channel, name, text)
	if err != nil {
		return err
	}
	answer, err := w.ask(ctx, typed.interaction)
	if err != nil || answer == nil {
		return err
	}
	return w.answered(typed, answer)
}

// typedCommand is a slash command that somebody typed.
type typedCommand struct {
	interaction
	line     string
	response *responseURL
}

func (w *Workspace) typed(user, channel, name, text string) (typedCommand, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.join(user, channel); err != nil {
		return typedCommand{}, err
	}
	command, ok := w.command(name)
	if !ok {
		return typedCommand{}, w.show(user, channel, name, "invalid_command")
	}
	line := strings.TrimSpace(name + " " + w.plain(text))
	if text = w.plain(text); command.ShouldEscape {
		text = w.escape(text)
	}
	c, p := w.channel(channel), w.person(user)
	response := w.newResponse(user, channel, nil)
	response.threads = true
	fields := map[string]string{
		"token": "deprecated", "team_id": w.opts.TeamID, "team_domain": teamDomain, "channel_id": c.ID, "channel_name": c.nameForApps(),
		"user_id": p.ID, "user_name": p.Name, "command": name, "text": text, "api_app_id": w.opts.AppID,
		"is_enterprise_install": fmt.Sprint(w.opts.Organization), "response_url": w.responseAddress(response), "trigger_id": w.newTrigger(user, false),
	}
	if w.opts.Organization {
		fields["enterprise_id"], fields["enterprise_name"] = "E0SIMULATED", "Simulated"
	}
	form := url.Values{}
	for name, value := range fields {
		form.Set(name, value)
	}
	payload, err := json.Marshal(fields)
	if err != nil {
		return typedCommand{}, fmt.Errorf("encode a slash command: %w", err)
	}
	return typedCommand{interaction{kind: socket.SlashCommands, payload: payload, form: form, user: user, channel: channel, action: name}, line, response}, nil
}

// command returns a registered command. w.mu is held.
func (w *Workspace) command(name string) (Command, bool) {
	if !w.has("commands") || !strings.HasPrefix(name, "/") {
		return Command{}, false
	}
	if w.opts.Commands == nil {
		return Command{Name: name}, true
	}
	i := slices.IndexFunc(w.opts.Commands, func(c Command) bool { return c.Name == name })
	if i < 0 {
		return Command{}, false
	}
	return w.opts.Commands[i], true
}

// Commands returns the slash commands that people can type.
func (w *Workspace) Commands() []Command {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.has("commands") {
		return nil
	}
	return slices.Clone(w.opts.Commands)
}

// answered posts the immediate answer to a slash command, which is JSON as at a response_url, or text.
func (w *Workspace) answered(c typedCommand, answer []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var body response
	if err := json.Unmarshal(answer, &body); err != nil {
		body = response{Text: string(answer)}
	}
	if body.Text == "" && body.Blocks == nil && body.Attachments == nil {
		return nil // Bolt acknowledges with an empty object
	}
	if body.ResponseType == inChannel { // only then do others see what was typed
		w.post(Message{Channel: c.channel, User: c.user, Subtype: "slash_command", Text: c.line})
	}
	if _, code := w.respond(c.response, body); code != "" {
		return w.show(c.user, c.channel, c.action, code)
	}
	return nil
}

var (
	written  = lazyregexp.New(`<[@#]([A-Z0-9]+)(?:\|[^>]*)?>`)
	mentions = lazyregexp.New(`[@#][\p{L}\p{N}_.-]+`)
)

// plain writes the references of a text as people type them. w.mu is held.
func (w *Workspace) plain(text string) string {
	return written().ReplaceAllStringFunc(text, func(reference string) string {
		id := written().FindStringSubmatch(reference)[1]
		if p := w.person(id); p != nil && reference[1] == '@' {
			return "@" + p.Name
		}
		if c := w.channel(id); c != nil && reference[1] == '#' {
			return "#" + c.Name
		}
		return reference
	})
}

// escape writes the mentions in a text as should_escape does. w.mu is held.
func (w *Workspace) escape(text string) string {
	return mentions().ReplaceAllStringFunc(text, func(mention string) string {
		name := mention[1:]
		if mention[0] == '@' {
			if i := slices.IndexFunc(w.people, func(p Person) bool { return p.Name == name }); i >= 0 {
				return "<@" + w.people[i].ID + ">"
			}
			return mention
		}
		if i := slices.IndexFunc(w.channels, func(c Channel) bool { return c.Name == name && name != "" }); i >= 0 {
			return "<#" + w.channels[i].ID + "|" + name + ">"
		}
		return mention
	})
}
