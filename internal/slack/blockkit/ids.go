// Package blockkit renders controls, forms and texts as Slack's Block Kit, and reads
// people's interactions with them.
//
// Ids carry all that is needed to read an interaction, so nothing is kept between showing
// a control and its use: see ActionID, BlockID and FormCallback. The package knows no
// network.
//
// Source: https://docs.slack.dev/reference/block-kit
package blockkit

import (
	"strconv"
	"strings"
)

// waits marks the ids for which Slack, and so the gateway, waits for an answer: those of a field
// with Lookup, and of a form with Validate. The gateway knows no handlers: it reads the mark.
const waits = "?"

// reserved begins the action ids of elements that run nothing, such as links: Slack sends
// their presses, too. No id of a handler's can contain it.
const reserved = ":"

// ActionID returns the action id of the n-th element with a component's ID in a message,
// counted from 1. Slack wants it to be unique there.
func ActionID(component string, n int) string {
	if n == 1 {
		return component
	}
	return component + reserved + strconv.Itoa(n)
}

// ComponentID is the inverse of ActionID. ok is false for an element that runs nothing.
func ComponentID(actionID string) (component string, ok bool) {
	component, _, _ = strings.Cut(actionID, reserved)
	return component, component != ""
}

// linkID returns the action id of the n-th link of a message.
func linkID(n int) string { return reserved + "link" + reserved + strconv.Itoa(n) }

// BlockID returns the id of the n-th block with controls of a message. asker is the id of
// the person whom the message answers, maybe "", and data the Data of the menu in the
// block. A menu has no other place for it, and a post to a response_url has no
// metadata.
func BlockID(n int, asker, data string) string {
	return strconv.Itoa(n) + "|" + asker + "|" + data
}

// ParseBlockID is the inverse of BlockID. Another block id has neither asker nor data.
func ParseBlockID(id string) (asker, data string) {
	n, rest, ok := strings.Cut(id, "|")
	if _, err := strconv.Atoi(n); err != nil || !ok {
		return "", ""
	}
	asker, data, _ = strings.Cut(rest, "|")
	return asker, data
}

// FormCallback returns the callback id of a form.
func FormCallback(form string, validates bool) string { return marked(form, validates) }

// ParseFormCallback is the inverse of FormCallback. The form is "" for a view that is none.
func ParseFormCallback(id string) (form string) { return strings.TrimPrefix(id, waits) }

// FieldName returns the name of the field whose element has an action id.
func FieldName(actionID string) string { return strings.TrimPrefix(actionID, waits) }

func marked(id string, waited bool) string {
	if waited {
		return waits + id
	}
	return id
}
