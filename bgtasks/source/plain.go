package source

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// plain returns the text of a piece of HTML, on one line. "<T>" in "Why List<T>?" is
// no tag, and stays.
func plain(markup string) string {
	var text strings.Builder
	for tokens := html.NewTokenizer(strings.NewReader(markup)); ; {
		switch tokens.Next() {
		case html.ErrorToken: // the end
			return strings.Join(strings.Fields(text.String()), " ")
		case html.TextToken:
			text.Write(tokens.Text())
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			raw := string(tokens.Raw()) // TagName changes it
			switch name, _ := tokens.TagName(); atom.Lookup(name) {
			case 0:
				text.WriteString(raw)
			case atom.P, atom.Br:
				text.WriteByte(' ')
			}
		}
	}
}
