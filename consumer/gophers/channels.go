package gophers

import "github.com/gobridge/gopherbot/handler"

var recommendedChannels = handler.Command{
	Trigger:  "recommended channels",
	Aliases:  []string{"channels"},
	Help:     "lists channels that are worth joining",
	Examples: []handler.Example{{Say: "recommended channels", Want: "reviews.* – show your code"}},
	Text: lines(
		"Here are some channels to begin with:",
		"• #general – announcements and whatever concerns everyone",
		"• #newbies – any question about Go, above all the first ones",
		"• #reviews – show your code and hear what others think of it",
		"• #showandtell – what you made, for others to admire",
		"• #performance – making Go programs faster, with numbers",
		"• #security – keeping Go programs safe",
		"• #jobs – offers and requests for work",
		"• #random – everything else",
		"Slack's channel browser has them all, with a search.",
	),
}
