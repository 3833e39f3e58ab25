package source

import (
	"strings"

	"golang.org/x/net/html"
)

// plain returns the text of a piece of HTML, on one line.
func plain(markup string) string {
	var text strings.Builder
	for tokens := html.NewTokenizer(strings.NewReader(markup)); ; {
		switch tokens.Next() {
		case html.ErrorToken: // the end
			return strings.Join(strings.Fields(text.String()), " ")
		case html.TextToken:
			text.Write(tokens.Text())
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			if name, _ := tokens.TagName(); string(name) == "p" || string(name) == "br" {
				text.WriteByte(' ')
			}
		}
	}
}
