package gophers

import "github.com/gobridge/gopherbot/handler"

var recommendedChannels = handler.Command{
	Trigger:  "recommended channels",
	Aliases:  []string{"channels", "off topic", "offtopic"},
	Help:     "lists channels worth joining",
	Examples: []handler.Example{{Say: "recommended channels", Want: "reviews.* – show your code"}},
	Text: lines(
		"Here are some good channels to start with:",
		"• #general – announcements, and anything for everyone",
		"• #newbies – ask anything about Go; first questions are very welcome",
		"• #reviews – show your code and get feedback",
		"• #showandtell – show off what you've made",
		"• #performance – making Go faster, with numbers to prove it",
		"• #security – keeping Go programs safe",
		"• #jobs – job offers, and people looking for one",
		"• #random – everything else",
		"You can browse and search all of them in Slack's channel browser.",
	),
}
