package handler

import (
	"slices"
	"strconv"
	"time"
)

// Interaction is the use of a SlashCommand, Action, Shortcut or Form by a person, or a
// reaction that somebody added to a message.
type Interaction struct {
	// Platform, Workspace and User are as in Message.
	Platform, Workspace, User string
	// Roles are the roles of User that the operator has assigned.
	Roles []Role
	// Channel is the conversation that it happened in; the zero value where there is
	// none, as for a shortcut outside messages or on the bot's own page.
	Channel Channel
	// Message is the message that was pressed, chosen or reacted to, nil if there is
	// none. Fields that the platform does not send with it are empty.
	Message *Message
	// Text is the text after a slash command's name, without mentions and without the
	// platform's escapes. RawText is the same text as the platform sent it, and
	// Mentions are the ids of the people whom it mentions.
	Text, RawText string
	Mentions      []string
	// Values are the person's choices in a menu, or entries in a form.
	Values Values
	// Data is the Data of the Component that was pressed, or the data with which the
	// form was opened.
	Data string
	// Time is the time of the event, or of its receipt if the platform sends none.
	Time time.Time
	// Raw is the platform's payload. Its fields depend on the platform. It contains
	// secrets, so it must not be logged or shown.
	Raw []byte
}

// Has reports whether the person has a role.
func (i Interaction) Has(role Role) bool { return slices.Contains(i.Roles, role) }

// MenuValue is the key in Interaction.Values of the choice in a Component with Options.
const MenuValue = ""

// Values are chosen or written values, by the name of the field. A field that was left
// empty has no entry.
type Values map[string][]string

// First returns the first value of a field, "" if it has none.
func (v Values) First(name string) string { return first(v[name]) }

// Bool reports whether a field of kind Checkbox is checked.
func (v Values) Bool(name string) bool {
	checked, err := strconv.ParseBool(v.First(name))
	return err == nil && checked
}

// Time returns the value of a field of kind Date or DateTime, the zero time if it is
// empty. A Date is midnight in UTC.
func (v Values) Time(name string) time.Time {
	for _, layout := range [...]string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, v.First(name)); err == nil {
			return t
		}
	}
	return time.Time{}
}

// Role is a group of people who may do more than others, such as "moderator". The
// operator of a deployment lists the members of each. A declaration with the field Only
// runs for members of that role alone; others get a refusal that nobody else sees. ""
// is everybody.
type Role string

// Refusal is the answer to a person who lacks the role.
func (r Role) Refusal() Reply {
	return Text("Only people with the role " + code(string(r)) + " can do that.")
}

// Admits reports whether a person with these roles has the role.
func (r Role) Admits(roles []Role) bool { return r == "" || slices.Contains(roles, r) }
