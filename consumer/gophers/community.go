package gophers

import "github.com/gobridge/gopherbot/handler"

var codeOfConduct = handler.Command{
	Trigger:  "code of conduct",
	Aliases:  []string{"coc", "conduct"},
	Help:     "links our code of conduct",
	Examples: []handler.Example{{Say: "coc", Want: "go.dev/conduct"}},
	Text: lines(
		"We follow the Go community's code of conduct: <https://go.dev/conduct|go.dev/conduct>. In short: be friendly, patient, thoughtful, respectful, charitable, constructive and responsible.",
		"If something makes you or someone else feel unwelcome, please send a direct message to one of this workspace's admins. You don't have to deal with it alone.",
	),
}

var inviteLink = handler.Command{
	Trigger:  "invite link",
	Aliases:  []string{"invite", "slack invite", "workspace invite"},
	Help:     "tells you how to invite someone to this workspace",
	Examples: []handler.Example{{Say: "slack invite", Want: "invite.slack.golangbridge.org"}},
	Text: lines(
		"Everyone's welcome! You can get an invite at <https://invite.slack.golangbridge.org/|invite.slack.golangbridge.org>. Please pass it on.",
		"You'll find more places where gophers meet at <https://go.dev/help|go.dev/help>.",
	),
}

var ossHelpWanted = handler.Command{
	Trigger:  "oss help wanted",
	Aliases:  []string{"help wanted", "oss help", "contribute"},
	Help:     "lists open source projects that could use your help",
	Examples: []handler.Example{{Say: "help wanted", Want: "contribute"}},
	Text: lines(
		"*Open source that could use your help:*",
		"• Go itself: start with the <https://go.dev/doc/contribute|contribution guide> and the issues labelled <https://github.com/golang/go/issues?q=is%3Aopen+label%3A%22help+wanted%22|help wanted>",
		"• Go projects on GitHub with a <https://github.com/search?q=language%3Ago+label%3A%22good+first+issue%22+state%3Aopen&amp;type=issues|good first issue>",
		"• <https://github.com/gobridge/gopherbot|Me>! A command or a definition takes just a few lines, and people here will use it every day",
		"Projects also ask for help in #oss-help-wanted.",
		"Need help with a project of your own? Label some issues `help wanted`, say in each what needs doing, and tell people about it.",
	),
}

var sourceCode = handler.Command{
	Trigger:  "source code",
	Aliases:  []string{"source", "report a bug", "report bug"},
	Help:     "links my source code",
	Examples: []handler.Example{{Say: "source", Want: "github.com/gobridge/gopherbot"}},
	Text: lines(
		"I'm written in Go, of course: <https://github.com/gobridge/gopherbot|github.com/gobridge/gopherbot>. Run `go run ./cmd/gopherbot` to chat with a copy of me on your own machine.",
		"Want to teach me a new answer? It takes a few lines and a test: <https://github.com/gobridge/gopherbot/blob/main/CONTRIBUTING.md|CONTRIBUTING.md> shows you how.",
	),
}
