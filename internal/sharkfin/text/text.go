// Package text reads and writes the text of Sharkfin's messages. It is plain: the server's
// page shows it as it is, without marks and links. "@" and a name mention a user, or the
// users of a mention group.
//
// What the server does was measured at its version of April 2026.
package text

import (
	"slices"
	"strings"
)

// Names are the names that mention somebody. They are case-sensitive.
type Names struct {
	Users map[string]bool
	// Groups are the mention groups, with their members.
	Groups map[string][]string
}

// Has reports whether a name mentions somebody.
func (n Names) Has(name string) bool {
	_, group := n.Groups[name]
	return group || n.Users[name]
}

// Text is a parsed text.
type Text struct {
	// Plain is the text without the users and groups that it mentions.
	Plain string
	// Users are the users that it mentions by their own names, each once, in order, without
	// the bot.
	Users []string
	// Mentioned is true if it mentions the bot, by its name or a group's.
	Mentioned bool
}

// Parse reads the text of a message. It takes any string. bot is the bot's name, which names
// need not have. An "@" within a word is that of an e-mail address: the server takes what
// follows for a mention, but nobody speaks to somebody that way.
func Parse(raw, bot string, names Names) Text {
	var t Text
	var plain strings.Builder
	start, rest := strings.TrimSpace(raw), raw
	for before := byte(' '); ; {
		i := strings.IndexByte(rest, '@')
		if i < 0 {
			break
		}
		if i > 0 {
			before = rest[i-1]
		}
		name := nameAt(rest[i+1:])
		plain.WriteString(rest[:i])
		if inWord(before) || !t.mention(name, bot, names) {
			name = ""
			plain.WriteByte('@')
		}
		rest, before = rest[i+1+len(name):], '@'
	}
	plain.WriteString(rest)
	t.Plain = strings.TrimSpace(plain.String())
	if strings.HasPrefix(start, "@") && !strings.HasPrefix(t.Plain, "@") {
		// "@gopher: help" and "@gopher, help" are ways to speak to somebody.
		t.Plain = strings.TrimLeft(t.Plain, ":, ")
	}
	return t
}

// mention notes who a name mentions. It reports false if that is nobody.
func (t *Text) mention(name, bot string, names Names) bool {
	members, group := names.Groups[name]
	switch {
	case name == "":
		return false
	case name == bot:
		t.Mentioned = true
	case names.Users[name]:
		if !slices.Contains(t.Users, name) {
			t.Users = append(t.Users, name)
		}
	case group:
		t.Mentioned = t.Mentioned || slices.Contains(members, bot)
	default:
		return false
	}
	return true
}

// nameAt returns the name at the beginning of a text, "" if there is none.
func nameAt(text string) string {
	i := 0
	for i < len(text) && inName(text[i]) {
		i++
	}
	return text[:i]
}

func inName(c byte) bool { return inWord(c) || c == '_' || c == '-' }

func inWord(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
