// Package text reads and writes the text of Slack's messages: three characters are
// escaped, and angle brackets enclose a reference to a person, a channel, a group or a
// link.
//
// Source: https://docs.slack.dev/messaging/formatting-message-text
package text

import (
	"slices"
	"strings"
)

// Text is a parsed text.
type Text struct {
	// Plain is the text as its author saw it, without the people and groups
	// mentioned.
	Plain string
	// Users are the ids of the people mentioned, each once, in order.
	Users []string
}

// Parse reads the text of a message. It takes any string: everything that is no
// reference is text.
func Parse(raw string) Text {
	var t Text
	var plain strings.Builder
	start := strings.TrimSpace(raw)
	for raw != "" {
		text, rest, found := strings.Cut(raw, "<")
		plain.WriteString(unescape(text))
		if !found {
			break
		}
		reference, after, closed := strings.Cut(rest, ">")
		if !closed {
			plain.WriteString("<" + unescape(rest)) // a bracket that nothing closes is text
			break
		}
		if i := strings.LastIndexByte(reference, '<'); i >= 0 {
			plain.WriteString("<" + unescape(reference[:i]))
			reference = reference[i+1:]
		}
		plain.WriteString(t.reference(reference))
		raw = after
	}
	t.Plain = strings.TrimSpace(plain.String())
	if strings.HasPrefix(start, "<@") {
		// "@gopher: help" and "@gopher, help" are ways to speak to somebody.
		t.Plain = strings.TrimLeft(t.Plain, ":, ")
	}
	return t
}

// reference parses the inside of a pair of angle brackets: it adds a person to t.Users
// and returns the text that replaces the reference.
func (t *Text) reference(inside string) string {
	target, label, _ := strings.Cut(inside, "|")
	if target == "" {
		return "<" + unescape(inside) + ">"
	}
	switch target[0] {
	case '@':
		if id := target[1:]; id != "" && !slices.Contains(t.Users, id) {
			t.Users = append(t.Users, id)
		}
		return ""
	case '#':
		return "#" + unescape(firstOf(label, target[1:]))
	case '!':
		return unescape(special(target[1:], label))
	default:
		return unescape(firstOf(label, target))
	}
}

// special returns the text that replaces <!…>: for a date its fallback, and for a
// group, @here, @channel and @everyone nothing, as for a person.
func special(target, label string) string {
	switch kind, _, _ := strings.Cut(target, "^"); kind {
	case "subteam", "here", "channel", "everyone":
		return ""
	case "date":
		return label
	default:
		return "@" + strings.TrimPrefix(firstOf(label, kind), "@")
	}
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// unescape is the inverse of markup.EscapeReferences.
func unescape(text string) string { return unescaper.Replace(text) }

var unescaper = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">")

// Mention returns the reference to a person, and notifies them.
func Mention(user string) string { return "<@" + user + ">" }
