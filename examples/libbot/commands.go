package main

import (
	"context"

	"github.com/gobridge/gopherbot/handler"
)

var openingHours = handler.Command{
	Trigger:  "opening hours",
	Aliases:  []string{"hours", "when are you open"},
	Help:     "tells when the library is open",
	Examples: []handler.Example{{Say: "hours", Want: "Tuesday to Saturday"}},
	Text:     "We are open from Tuesday to Saturday, 10:00 to 19:00. The book return at the entrance never closes.",
}

var renew = handler.Command{
	Trigger:  "renew",
	Aliases:  []string{"extend my loan"},
	Help:     "tells how to keep a book for longer",
	Examples: []handler.Example{{Say: "extend my loan", Want: "twice"}},
	Text:     "You may renew a loan twice, for three weeks each, unless somebody waits for the book: <https://library.example/account|library.example/account>.",
}

// library runs all of the bot's commands, where the bot is no member, too.
var library = handler.SlashCommand{
	Command:  "library",
	Usage:    "[question]",
	Help:     "asks me anything that I answer to",
	Commands: true,
	Examples: []handler.Example{{Say: "/library hours", Want: "Tuesday to Saturday"}, {Say: "/library", Want: "opening hours"}},
}

// catalogue is the command that searches the catalogue at an address.
func catalogue(address string) handler.Prefix {
	return handler.Prefix{
		Prefix:   "find ",
		Argument: "title",
		Help:     "searches the catalogue",
		Examples: []handler.Example{{Say: "find Moby-Dick", Want: `\?q=Moby-Dick`}},
		Run: func(ctx context.Context, m handler.Message, title string, r handler.Responder) error {
			if title == "" {
				return r.ReplyEphemeral(ctx, handler.Text("Say `find` and a title, such as `find Moby-Dick`."))
			}
			return r.Reply(ctx, handler.Text(search(address, title)))
		},
	}
}
