package text

import (
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/yuin/goldmark-emoji/definition"

	"github.com/gobridge/gopherbot/handler/markup"
)

// Characters of the private use area, which stand for others until a text is written.
const (
	mentionMark = '\ue000' // the "@" of somebody who is to be mentioned
	endMark     = '\ue001' // the end of that name
	linkMark    = '\ue002' // an "@" in an address
)

const zeroWidthSpace = "\u200b"

// Plain writes a text for Sharkfin. Marks and code keep the characters around them, a link is
// its label and its address, and an emoji with a character of its own is that character.
//
// The result mentions nobody but the people in the text's Mentions. A zero-width space
// follows the "@" of any other name that mentions somebody, as mentions reports, and in an
// address the "@" is escaped. Without mentions, that is done for every name. A command such
// as go install example.org/x@latest so stays as it is, unless somebody is called "latest".
func Plain(d markup.Doc, mentions func(name string) bool) string {
	if mentions == nil {
		mentions = func(string) bool { return true }
	}
	return quiet(markup.Plain(d.Map(node)), mentions)
}

// node returns a node as Plain writes it, with marks.
func node(n markup.Node) markup.Node {
	valid := n.Valid()
	n.Text, n.Target = unmarked.Replace(n.Text), unmarked.Replace(n.Target)
	switch {
	case n.Kind == markup.Mention && valid && nameAt(n.Target) == n.Target:
		return markup.Node{Kind: markup.Text, Text: string(mentionMark) + n.Target + string(endMark)}
	case n.Kind == markup.Link:
		n.Target = strings.ReplaceAll(n.Target, "@", string(linkMark))
		if strings.ReplaceAll(n.Text, "@", string(linkMark)) == n.Target {
			n.Text = "" // the address is its own label
		}
	case n.Kind == markup.Emoji:
		if e, ok := emoji().Get(n.Text); ok && e.IsUnicode() {
			return markup.Node{Kind: markup.Text, Text: string(e.Unicode)}
		}
	}
	return n
}

// emoji are the names of emoji, of which Slack's are the same but for a few.
var emoji = sync.OnceValue(func() definition.Emojis { return definition.Github() })

var unmarked = strings.NewReplacer(string(mentionMark), "\ufffd", string(endMark), "\ufffd", string(linkMark), "\ufffd")

// quiet replaces the marks in a text, and has all other names mention nobody.
func quiet(text string, mentions func(name string) bool) string {
	if !strings.ContainsAny(text, "@"+string(mentionMark)+string(linkMark)) {
		return text
	}
	var b strings.Builder
	for i, r := range text {
		name := "" // the one that follows; to look for it at each character would take long in a long word
		if r == '@' || r == endMark || r == linkMark {
			name = nameAt(text[i+utf8.RuneLen(r):])
		}
		switch {
		case r == mentionMark:
			b.WriteByte('@')
		case r == endMark:
			if name != "" { // it would be a part of the name before
				b.WriteString(zeroWidthSpace)
			}
		case r == linkMark && name != "" && mentions(name):
			b.WriteString("%40")
		case r == linkMark:
			b.WriteByte('@')
		case r == '@' && name != "" && mentions(name):
			b.WriteString("@" + zeroWidthSpace)
		default:
			b.WriteString(text[i : i+utf8.RuneLen(r)])
		}
	}
	return b.String()
}
