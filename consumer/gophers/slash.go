package gophers

import "github.com/gobridge/gopherbot/handler"

// gopher runs every command where the bot is no member of the channel, and shows nothing to
// others but the answer.
var gopher = handler.SlashCommand{
	Command: "gopher", Usage: "[anything you'd say to me]", Commands: true,
	Help: "asks me anything, wherever you are",
	Examples: []handler.Example{
		{Say: "/gopher help", Want: "flip a coin"},
		{Say: "/gopher define goroutine", Want: `^\*goroutine\*`},
		{Say: "/gopher", Want: "flip a coin"},
	},
}
