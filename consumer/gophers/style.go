package gophers

import "github.com/gobridge/gopherbot/handler"

var idiomaticGo = handler.Command{
	Trigger:  "idiomatic go",
	Aliases:  []string{"idiomatic", "style guide", "code style"},
	Help:     "shows you where to learn how good Go is written",
	Examples: []handler.Example{{Say: "idiomatic go", Want: "Code Review Comments"}},
	Text: lines(
		"*How to write good Go:*",
		"• <https://go.dev/doc/effective_go|Effective Go> – the foundation; it's older than modules and generics",
		"• <https://go.dev/wiki/CodeReviewComments|Go Code Review Comments> and <https://go.dev/wiki/TestComments|Go Test Comments> – the things reviewers keep saying",
		"• <https://google.github.io/styleguide/go/|Google's Go style guide> – long and current, and it gives reasons",
		"• <https://go.dev/doc/comment|Go Doc Comments> – so your package looks good on <https://pkg.go.dev/|pkg.go.dev>",
		"• <https://go-proverbs.github.io/|Go Proverbs> – Rob Pike's talk in a nutshell",
		"And let the tools help: `gofmt` takes care of formatting, `go vet` and <https://staticcheck.dev/|staticcheck> find mistakes, and `go fix` brings older code up to date. For good examples, read the <https://pkg.go.dev/std|standard library>: every name there links to its source.",
	),
}

var avoidGotchas = handler.Command{
	Trigger:  "avoid gotchas",
	Aliases:  []string{"gotchas", "gotcha", "common mistakes"},
	Help:     "warns you about common mistakes",
	Examples: []handler.Example{{Say: "gotchas", Want: "nil"}},
	Text: lines(
		"*Things that trip people up:*",
		"• An interface that holds a `nil` pointer <https://go.dev/doc/faq#nil_error|isn't nil>. If the result is an `error`, return a plain `nil`.",
		"• Slices <https://go.dev/blog/slices-intro|share arrays>, and `append` may or may not write to the old one. `slices.Clone` gives you a copy.",
		"• Writing to a `nil` map panics, so `make` it first. And `range` visits a map in no particular order.",
		"• `range` over a slice gives you copies of its elements. To change one, write to `s[i]`.",
		"• `:=` in an inner block declares a new variable, and the outer one keeps its value.",
		"• A deferred call runs when the function ends, not when the loop's iteration does. Its arguments are evaluated right away.",
		"• A goroutine that nobody stops lives as long as the program. Know how each of yours will end.",
		"• The most famous one has been <https://go.dev/blog/loopvar-preview|fixed>: if your `go.mod` says `go 1.22` or later, each iteration of a loop has its own variables.",
		"You'll find more, with the fixes, at <https://100go.co/|100go.co> and in the <https://go.dev/doc/faq|FAQ>. `go vet` catches some of them, and `go test -race` catches others.",
	),
}

var projectLayout = handler.Command{
	Trigger:  "project layout",
	Aliases:  []string{"project structure", "package layout", "package structure"},
	Help:     "shows you how to lay out a project",
	Examples: []handler.Example{{Say: "project structure", Want: "Organizing a Go module"}},
	Text: lines(
		"Start with one directory, one package and a `go.mod`, and split it up when it gets hard to find things. <https://go.dev/doc/modules/layout|Organizing a Go module> shows the usual layouts:",
		"• a library: packages at the root of the module",
		"• one command: `main.go` at the root",
		"• several: `cmd/&lt;name&gt;/main.go` for each",
		"• code that other modules mustn't import: `internal/`; the `go` command makes sure they don't",
		"Name a package after what it provides, so try to avoid `util` or `models`. There's no official standard beyond that page; repositories that call themselves one are just somebody's opinion.",
	),
}

var dependencyInjection = handler.Command{
	Trigger:  "dependency injection",
	Aliases:  []string{"di"},
	Help:     "shows you how to pass dependencies in Go",
	Examples: []handler.Example{{Say: "di", Want: "NewServer"}},
	Text: lines(
		"You don't need a framework for this in Go. Whatever a type needs is an argument of the function that makes it, and `main` makes everything and hands it over.",
		"```",
		"type Mailer interface {",
		"\tSend(ctx context.Context, to, text string) error",
		"}",
		"",
		"func NewServer(db *sql.DB, mail Mailer) *Server {",
		"\treturn &amp;Server{db: db, mail: mail}",
		"}",
		"```",
		"• The package that uses an interface declares it, with only the methods it calls. A test can then pass a small type of its own.",
		"• Accept interfaces where there's more than one implementation, and return concrete types.",
		"• Avoid package-level variables that other packages set, and don't do anything big in `init`.",
		"When `main` gets long, split it into functions before you reach for a library. That way the compiler still tells you what's missing.",
	),
}
