package slack

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/valyala/fastjson"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/slack/blockkit"
	slacktext "github.com/gobridge/gopherbot/internal/slack/text"
	"github.com/gobridge/gopherbot/workqueue"
)

// interaction decodes a slash command or an interaction. Those that no handler can be for,
// such as the press of a link, are a workqueue.Discard; those that are not as Slack
// documents them are a workqueue.Reject. No error quotes anything of them.
func (p *Platform) interaction(e workqueue.Event) (consumer.Interaction, error) {
	request, err := event.DecodeInteraction(e.Payload)
	if errors.Is(err, event.ErrVersion) {
		return consumer.Interaction{}, err // it waits for a release that reads it
	}
	if err != nil {
		return consumer.Interaction{}, workqueue.Reject(err)
	}
	body := e
	body.Payload = request.Body
	return decode(body, func(v *fastjson.Value) (consumer.Interaction, error) {
		from, err := originOf(v, e.Time)
		if errors.Is(err, errOrigin) {
			return consumer.Interaction{}, workqueue.Reject(err)
		}
		if err != nil {
			return consumer.Interaction{}, err
		}
		in := consumer.Interaction{
			AnswerTo: request.AnswerTo,
			Interaction: handler.Interaction{
				Platform:  e.Source,
				Workspace: p.workspaceOf(v),
				User:      cmp.Or(text(v.Get("user"), "id"), text(v, "user_id")),
				Channel:   from.channel(),
				Data:      from.Data,
				Time:      e.Time,
				Raw:       slices.Clone(request.Body),
			},
		}
		if in.User == "" {
			return consumer.Interaction{}, workqueue.Reject(errors.New("an interaction without a user"))
		}
		in.Message = p.messageOf(v, from, in.Interaction)
		if err := p.kindOf(&in, v); err != nil {
			return consumer.Interaction{}, err
		}
		if in.ID == "" {
			return consumer.Interaction{}, workqueue.Reject(fmt.Errorf("an interaction of the kind %s that names nothing", in.Kind))
		}
		return in, nil
	})
}

// workspaceOf returns the id of an interaction's workspace. An app that is installed for an
// organisation gets no team.
func (p *Platform) workspaceOf(v *fastjson.Value) string {
	return cmp.Or(text(v.Get("team"), "id"), text(v, "team_id"), text(v.Get("user"), "team_id"), p.bot.TeamID)
}

// kindOf fills in the kind of an interaction and the fields that depend on it.
// Source: https://docs.slack.dev/reference/interaction-payloads
func (p *Platform) kindOf(in *consumer.Interaction, v *fastjson.Value) error {
	view := v.Get("view")
	form := blockkit.ParseFormCallback(text(view, "callback_id"))
	values := blockkit.Values(view.Get("state", "values"))
	if text(view, "type") == "modal" {
		in.View, in.Shown = text(view, "id"), blockkit.Fields(view)
	}
	switch kind := text(v, "type"); kind {
	case "":
		return p.slash(in, v)
	case "block_actions":
		return blockAction(in, v, form, values)
	case "shortcut", "message_action":
		in.Kind, in.ID = consumer.Shortcut, text(v, "callback_id")
	case "view_submission":
		in.Kind, in.ID, in.Values = consumer.Submit, form, values
	case "view_closed":
		in.Kind, in.ID, in.Values = consumer.Close, form, values
	case "block_suggestion":
		if form == "" {
			return workqueue.Discard("somebody types into a menu that is no form's")
		}
		in.Kind, in.ID, in.Values = consumer.Lookup, form, values
		in.Field, in.Typed = blockkit.FieldName(text(v, "action_id")), text(v, "value")
	case "interactive_message", "dialog_submission", "dialog_cancellation", "dialog_suggestion":
		return workqueue.Discard("an interaction of a legacy type: " + kind)
	default:
		return workqueue.Discard("an interaction of an unknown type") // the type may be anything
	}
	return nil
}

// slash decodes a slash command.
// Source: https://docs.slack.dev/interactivity/implementing-slash-commands
func (p *Platform) slash(in *consumer.Interaction, v *fastjson.Value) error {
	name, ok := strings.CutPrefix(text(v, "command"), "/")
	if !ok {
		return workqueue.Reject(errors.New("an interaction without a type and without a command"))
	}
	in.Kind, in.ID, in.RawText = consumer.SlashCommand, name, text(v, "text")
	parsed := slacktext.Parse(in.RawText)
	in.Text = parsed.Plain
	in.Mentions = slices.DeleteFunc(parsed.Users, func(id string) bool { return id == p.bot.UserID })
	return nil
}

// blockAction decodes the press of a button, the choice in a menu, or the change of a field.
func blockAction(in *consumer.Interaction, v *fastjson.Value, form string, values handler.Values) error {
	action := v.Get("actions", "0")
	id := text(action, "action_id")
	if id == "" {
		return workqueue.Reject(errors.New("a press without an action id"))
	}
	if text(v.Get("view"), "type") == "modal" {
		in.Kind, in.ID, in.Field, in.Values = consumer.Refresh, form, blockkit.FieldName(id), values
		return nil
	}
	component, ok := blockkit.ComponentID(id)
	if !ok {
		return workqueue.Discard("the press of a link")
	}
	in.Kind, in.ID, in.Data = consumer.Action, component, text(action, "value")
	if text(action, "type") != "button" {
		_, in.Data = blockkit.ParseBlockID(text(action, "block_id"))
		in.Values = handler.Values{}
		if chosen := blockkit.Chosen(action); len(chosen) > 0 {
			in.Values[handler.MenuValue] = chosen
		}
	}
	return nil
}

// messageOf returns the message that an interaction is about, nil if there is none. That
// of a form is known by its place only.
func (p *Platform) messageOf(v *fastjson.Value, from origin, in handler.Interaction) *handler.Message {
	if from.Message == "" {
		return nil
	}
	m := &handler.Message{
		Platform: in.Platform, Workspace: in.Workspace, Channel: in.Channel,
		ID: from.Message, Thread: from.Thread, User: from.Author, Asker: from.Asker, Time: timeOf(from.Message),
	}
	p.describe(m, v.Get("message"))
	if from.Ephemeral && from.Pressed && m.Asker == "" {
		m.Asker = in.User // nobody else sees it
	}
	return m
}

// describe fills in what Slack's description of a message has.
func (p *Platform) describe(m *handler.Message, v *fastjson.Value) {
	if v == nil {
		return
	}
	m.Thread = cmp.Or(text(v, "thread_ts"), m.Thread)
	m.User = cmp.Or(text(v, "user"), m.User, text(v, "bot_id"))
	m.RawText = text(v, "text")
	parsed := slacktext.Parse(m.RawText)
	m.Text, m.Mentioned = parsed.Plain, slices.Contains(parsed.Users, p.bot.UserID)
	m.Mentions = slices.DeleteFunc(parsed.Users, func(id string) bool { return id == p.bot.UserID })
	m.Files = files(v, m.Time)
	if !p.ours(v) {
		return
	}
	var asker string
	m.Components, asker = blockkit.Components(v.GetArray("blocks"))
	if text(v.Get("metadata"), "event_type") == postEvent {
		asker = cmp.Or(text(v.Get("metadata", "event_payload"), postAsker), asker)
	}
	m.Asker = cmp.Or(asker, m.Asker)
}

// ours reports whether the bot has written a message.
func (p *Platform) ours(v *fastjson.Value) bool {
	return p.bot.UserID != "" && text(v, "user") == p.bot.UserID || p.bot.BotID != "" && text(v, "bot_id") == p.bot.BotID
}
