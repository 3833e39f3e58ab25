package main

import (
	"net/url"

	"github.com/gobridge/gopherbot/handler/markup"
)

// search returns a link to the catalogue's results for a title. The reader's text is
// escaped, so that it neither links nor notifies.
func search(address, title string) string {
	query := url.Values{"q": {title}}
	return "In the catalogue: <" + markup.Escape(address+"?"+query.Encode()) + "|" + markup.Escape(title) + ">"
}
