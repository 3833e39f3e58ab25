package gophers

import "github.com/gobridge/gopherbot/handler"

// gopher runs every command where the bot is no member of the channel, and shows nothing to
// others but the answer.
var gopher = handler.SlashCommand{
	Command: "gopher", Usage: "[anything that I answer to]", Commands: true,
	Help: "says something to me, wherever you are",
	Examples: []handler.Example{
		{Say: "/gopher help", Want: "flip a coin"},
		{Say: "/gopher define goroutine", Want: `^\*goroutine\*`},
		{Say: "/gopher", Want: "flip a coin"},
	},
}
