package gophers

import "github.com/gobridge/gopherbot/handler"

var ask = handler.Command{
	Trigger:  "ask",
	Aliases:  []string{"don't ask", "dont ask", "dontask", "just ask", "justask"},
	Help:     "invites somebody to ask their question right away",
	Examples: []handler.Example{{Say: "just ask", Want: "the question itself"}},
	Text: lines(
		"Just ask! You don't have to check whether you may, or whether anyone here knows the topic: people can only help once they see the question itself.",
		"Tell us what you're trying to do, what you did, and what happened instead. Then give it a little time: people here live all over the world, and some of them are asleep.",
	),
}

var doesntWork = handler.Command{
	Trigger:  "doesn't work",
	Aliases:  []string{"more context", "doesnt work", "doesntwork", "does not work"},
	Help:     "tells you what to include when you ask about a problem",
	Examples: []handler.Example{{Say: "more context", Want: "What happened instead"}},
	Text: lines(
		"Sorry to hear it! There are many ways not to work, so please tell us:",
		"• *What you did:* your code, and the command you ran. Best is the smallest program that shows the problem, on <https://go.dev/play/|the Go Playground> if it runs there.",
		"• *What you expected.*",
		"• *What happened instead:* the whole output or error message, copied as text.",
		"• What `go version` says, if it might matter.",
		"While you're making the program smaller, you'll often spot the mistake yourself.",
	),
}

var screenshots = handler.Command{
	Trigger:  "screenshots",
	Aliases:  []string{"screenshot"},
	Help:     "asks for text instead of a picture of it",
	Examples: []handler.Example{{Say: "screenshot", Want: "as text"}},
	Text: lines(
		"Please post code and errors as text, not as a picture. Text can be copied, run and searched, and it works on phones and with screen readers.",
		"• A few lines: put a line of three backticks before and after.",
		"• Anything longer: on <https://go.dev/play/|the Go Playground>, or as a text snippet (the *+* next to Slack's message box).",
	),
}

var crosspost = handler.Command{
	Trigger:  "crosspost",
	Aliases:  []string{"xpost", "crossposting", "cross post"},
	Help:     "asks to keep a question in one channel",
	Examples: []handler.Example{{Say: "xpost", Want: "in one channel"}},
	Text: lines(
		"Please ask in one channel, whichever fits best. When the same question is in several, people spend time on things that were already answered elsewhere, and no channel gets the whole answer.",
		"No answer after a day? Try another channel, and link to your first message. Say `recommended channels` and I'll show you some.",
	),
}
