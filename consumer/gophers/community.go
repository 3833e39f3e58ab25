package gophers

import "github.com/gobridge/gopherbot/handler"

var codeOfConduct = handler.Command{
	Trigger:  "code of conduct",
	Aliases:  []string{"coc", "conduct"},
	Help:     "links our code of conduct",
	Examples: []handler.Example{{Say: "coc", Want: "go.dev/conduct"}},
	Text: lines(
		"Our code of conduct is the Go community's: <https://go.dev/conduct|go.dev/conduct>. In short: be friendly, patient, thoughtful, respectful, charitable, constructive and responsible.",
		"Does something make you or others feel unwelcome? Please tell an admin of this workspace in a direct message.",
	),
}

var inviteLink = handler.Command{
	Trigger:  "invite link",
	Aliases:  []string{"invite", "slack invite", "workspace invite"},
	Help:     "tells how others can join this workspace",
	Examples: []handler.Example{{Say: "slack invite", Want: "invite.slack.golangbridge.org"}},
	Text: lines(
		"Everyone is welcome here: <https://invite.slack.golangbridge.org/|invite.slack.golangbridge.org> invites whoever asks. Please pass it on.",
		"The other places where gophers meet are on <https://go.dev/help|go.dev/help>.",
	),
}

var ossHelpWanted = handler.Command{
	Trigger:  "oss help wanted",
	Aliases:  []string{"help wanted", "oss help", "contribute"},
	Help:     "tells which open source projects could use your help",
	Examples: []handler.Example{{Say: "help wanted", Want: "contribute"}},
	Text: lines(
		"*Open source that could use your help:*",
		"• Go itself: the <https://go.dev/doc/contribute|contribution guide>, and the issues where <https://github.com/golang/go/issues?q=is%3Aopen+label%3A%22help+wanted%22|help is wanted>",
		"• Go projects on GitHub that have a <https://github.com/search?q=language%3Ago+label%3A%22good+first+issue%22+state%3Aopen&amp;type=issues|good first issue>",
		"• <https://github.com/gobridge/gopherbot|me>: a command or a definition is a few lines, and it is used here every day",
		"Projects look for people in #oss-help-wanted, too.",
		"Does your own project look for help? Label some issues `help wanted`, say in each what is to be done, and tell people about it.",
	),
}

var sourceCode = handler.Command{
	Trigger:  "source code",
	Aliases:  []string{"source", "report a bug", "report bug"},
	Help:     "links my source code",
	Examples: []handler.Example{{Say: "source", Want: "github.com/gobridge/gopherbot"}},
	Text: lines(
		"I am written in Go, what else: <https://github.com/gobridge/gopherbot|github.com/gobridge/gopherbot>. `go run ./cmd/gopherbot` lets you chat with a copy of me on your own machine.",
		"To teach me a new answer, see <https://github.com/gobridge/gopherbot/blob/main/CONTRIBUTING.md|CONTRIBUTING.md>: it takes a few lines and a test.",
	),
}
