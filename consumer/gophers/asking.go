package gophers

import "github.com/gobridge/gopherbot/handler"

var ask = handler.Command{
	Trigger:  "ask",
	Aliases:  []string{"don't ask", "dont ask", "dontask", "just ask", "justask"},
	Help:     "invites somebody to ask their question right away",
	Examples: []handler.Example{{Say: "just ask", Want: "the question itself"}},
	Text: lines(
		"Just ask! There is no need to ask whether you may ask, or whether anybody here knows about something: those who can help need to see the question itself.",
		"Say what you want to do, what you did, and what happened instead. Then give people a little time: they are all over the world, and some are asleep.",
	),
}

var doesntWork = handler.Command{
	Trigger:  "doesn't work",
	Aliases:  []string{"more context", "doesnt work", "doesntwork", "does not work"},
	Help:     "tells what people need to know to help with a problem",
	Examples: []handler.Example{{Say: "more context", Want: "What happened instead"}},
	Text: lines(
		"A program can fail to work in many ways. So that people can help, please say:",
		"• *What you did:* the code, best as the smallest program that shows it, on <https://go.dev/play/|the Go Playground> if it runs there; and the command that you ran.",
		"• *What you expected.*",
		"• *What happened instead:* all of the output or error message, copied as text.",
		"• If it may matter: what `go version` says.",
		"Making the program smaller often shows the mistake on the way.",
	),
}

var screenshots = handler.Command{
	Trigger:  "screenshots",
	Aliases:  []string{"screenshot"},
	Help:     "asks for text rather than pictures of text",
	Examples: []handler.Example{{Say: "screenshot", Want: "as text"}},
	Text: lines(
		"Please post code and errors as text rather than as a picture. Text can be copied, run, searched, read on a phone, and read aloud by a screen reader.",
		"• A few lines: between two lines of three backticks.",
		"• More: <https://go.dev/play/|the Go Playground>, or a text snippet (the *+* beside Slack's message field).",
	),
}

var crosspost = handler.Command{
	Trigger:  "crosspost",
	Aliases:  []string{"xpost", "crossposting", "cross post"},
	Help:     "asks to keep a question in one channel",
	Examples: []handler.Example{{Say: "xpost", Want: "in one channel"}},
	Text: lines(
		"Please ask in one channel, the one that fits best. When the same question is in several, people spend their time on what was answered elsewhere, and no channel has the whole answer.",
		"If nobody has answered after a day, try another channel, and link to your first message there. Say `recommended channels` to me to see some.",
	),
}
