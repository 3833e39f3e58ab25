package gophers

import (
	"testing"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/handlertest"
)

// TestRemove: the person who asked and moderators can remove an answer, others cannot.
func TestRemove(t *testing.T) {
	t.Parallel()
	r := handlertest.Registry(t, remove, removeByReaction)
	const refusal = "ephemeral: Sorry, only the person I answered or a moderator can remove this."
	moderators := []handler.Role{moderator}
	answer := &handler.Message{ID: "1", Asker: "UASKER"}
	withButton := &handler.Message{ID: "1", Components: removeButton("UASKER")}
	unknown := &handler.Message{ID: "1"}
	for name, c := range map[string]struct {
		user    string
		roles   []handler.Role
		message *handler.Message
		data    string

		button, emoji string
	}{
		"the asker":                                 {"UASKER", nil, answer, "UASKER", "edit: ", "edit: "},
		"the asker, without data":                   {"UASKER", nil, answer, "", "edit: ", "edit: "},
		"the asker, known by the button":            {"UASKER", nil, withButton, "UASKER", "edit: ", "edit: "},
		"somebody else":                             {"U2", nil, answer, "UASKER", refusal, ""},
		"somebody with another role":                {"U2", []handler.Role{"admin"}, withButton, "UASKER", refusal, ""},
		"a moderator":                               {"U2", moderators, answer, "UASKER", "edit: ", "edit: "},
		"a moderator, known by the button":          {"U2", moderators, withButton, "UASKER", "edit: ", "edit: "},
		"somebody, and a message of others":         {"U2", nil, unknown, "", refusal, ""},
		"a moderator, and a message of others":      {"U2", moderators, unknown, "UASKER", "edit: ", ""},
		"the asker, and a message that is gone":     {"UASKER", nil, nil, "UASKER", "edit: ", ""},
		"somebody else, and a message that is gone": {"U2", nil, nil, "", refusal, ""},
	} {
		i := handler.Interaction{User: c.user, Roles: c.roles, Message: c.message, Data: c.data}
		if got := handlertest.Action(t, r, removeID, i).String(); got != c.button {
			t.Errorf("%s, by the button: %q, want %q", name, got, c.button)
		}
		if got := handlertest.ReactionAdded(t, r, "x", i).String(); got != c.emoji {
			t.Errorf("%s, by the emoji: %q, want %q", name, got, c.emoji)
		}
	}
}

func TestRemove_ButtonIsBelowAnswers(t *testing.T) {
	t.Parallel()
	r := everything(t)
	for _, said := range []string{"define goroutine", code} {
		heard := handlertest.Send(t, r, handler.Message{Text: said, User: "UASKER"})
		if len(heard.Replies) != 1 || len(heard.Replies[0].Components) != 1 {
			t.Errorf("%.20s: %+v", said, heard)
			continue
		}
		button := heard.Replies[0].Components[0]
		if got := handlertest.Action(t, r, button.ID, handler.Interaction{User: "UASKER", Data: button.Data}); got.String() != "edit: " {
			t.Errorf("%.20s: pressed, its button does %s", said, got)
		}
	}
}
