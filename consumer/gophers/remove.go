package gophers

import (
	"cmp"
	"context"
	"slices"

	"github.com/gobridge/gopherbot/handler"
)

// moderator is the role of people who look after the workspace.
const moderator handler.Role = "moderator"

const removeID = "remove"

// removeButton removes the answer to a person.
func removeButton(asker string) []handler.Component {
	return []handler.Component{{ID: removeID, Label: "Remove", Danger: true, Data: asker}}
}

// remove removes an answer by its button, if the person who asked or a moderator presses
// it.
var remove = handler.Action{
	ID: removeID, Help: "removes an answer of mine",
	Run: func(ctx context.Context, i handler.Interaction, r handler.Responder) error {
		if asker := cmp.Or(i.Data, asker(i.Message)); i.User != asker && !i.Has(moderator) {
			return r.ReplyEphemeral(ctx, handler.Text("Sorry, only the person I answered or a moderator can remove this."))
		}
		return r.Edit(ctx, handler.Reply{})
	},
}

// removeByReaction does the same for an emoji. Others who add it may mean something else by
// it, so they get no answer.
var removeByReaction = handler.ReactionAdded{
	Emoji: []string{"x"}, Help: "removes an answer of mine, for the person I answered",
	Run: func(ctx context.Context, i handler.Interaction, r handler.Responder) error {
		asker := asker(i.Message)
		if asker == "" || i.User != asker && !i.Has(moderator) {
			return nil
		}
		return r.Edit(ctx, handler.Reply{})
	},
}

// asker returns the person whom a message of the bot answers, "" if it is unknown or the
// message is somebody else's.
func asker(m *handler.Message) string {
	if m == nil {
		return ""
	}
	if button := slices.IndexFunc(m.Components, func(c handler.Component) bool { return c.ID == removeID }); button >= 0 {
		return cmp.Or(m.Asker, m.Components[button].Data)
	}
	return m.Asker
}
