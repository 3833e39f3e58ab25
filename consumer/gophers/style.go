package gophers

import "github.com/gobridge/gopherbot/handler"

var idiomaticGo = handler.Command{
	Trigger:  "idiomatic go",
	Aliases:  []string{"idiomatic", "style guide", "code style"},
	Help:     "tells where to learn how Go is written well",
	Examples: []handler.Example{{Say: "idiomatic go", Want: "Code Review Comments"}},
	Text: lines(
		"*How Go is written well:*",
		"• <https://go.dev/doc/effective_go|Effective Go> – the foundation; older than modules and generics",
		"• <https://go.dev/wiki/CodeReviewComments|Go Code Review Comments> – what reviewers say again and again – and <https://go.dev/wiki/TestComments|Go Test Comments>",
		"• <https://google.github.io/styleguide/go/|Google's Go style guide> – long, current, and with reasons",
		"• <https://go.dev/doc/comment|Go Doc Comments> – so that <https://pkg.go.dev/|pkg.go.dev> shows your package well",
		"• <https://go-proverbs.github.io/|Go Proverbs> – Rob Pike's talk in short",
		"And let the tools do their part: `gofmt` settles the format, `go vet` and <https://staticcheck.dev/|staticcheck> find mistakes, `go fix` brings older code up to date. The best examples are in the <https://pkg.go.dev/std|standard library>: every name there links to its source.",
	),
}

var avoidGotchas = handler.Command{
	Trigger:  "avoid gotchas",
	Aliases:  []string{"gotchas", "gotcha", "common mistakes"},
	Help:     "warns of what surprises people",
	Examples: []handler.Example{{Say: "gotchas", Want: "nil"}},
	Text: lines(
		"*What surprises people:*",
		"• A `nil` pointer in an interface makes the interface <https://go.dev/doc/faq#nil_error|not nil>. Return `nil` itself where the result is an `error`.",
		"• Slices <https://go.dev/blog/slices-intro|share arrays>, and `append` may or may not write into the old one. `slices.Clone` makes a copy.",
		"• Writing to a `nil` map panics; `make` it first. `range` over a map comes in no order.",
		"• `range` over a slice yields copies of its elements: write to `s[i]`.",
		"• `:=` in an inner block declares a new variable; the outer one keeps its value.",
		"• A deferred call waits for the end of the function, not of the loop's iteration, and its arguments are evaluated at once.",
		"• A goroutine that nobody stops lives as long as the program. Know how each will end.",
		"• The oldest of them all is <https://go.dev/blog/loopvar-preview|fixed>: each iteration of a loop has its own variables, in modules whose `go.mod` says `go 1.22` or later.",
		"More, with the cures: <https://100go.co/|100go.co> and the <https://go.dev/doc/faq|FAQ>. `go vet` finds some of them, `go test -race` others.",
	),
}

var projectLayout = handler.Command{
	Trigger:  "project layout",
	Aliases:  []string{"project structure", "package layout", "package structure"},
	Help:     "tells how to lay out a project",
	Examples: []handler.Example{{Say: "project structure", Want: "Organizing a Go module"}},
	Text: lines(
		"Begin with one directory, one package and a `go.mod`, and divide it when it becomes hard to find things. <https://go.dev/doc/modules/layout|Organizing a Go module> shows the usual shapes:",
		"• a library: its packages at the root of the module",
		"• one command: `main.go` at the root",
		"• several: `cmd/&lt;name&gt;/main.go` for each",
		"• code that other modules must not import: `internal/`; the `go` command enforces it",
		"A package is named for what it provides, so rather not `util` or `models`. There is no official standard beyond that page; repositories that call themselves one are somebody's opinion.",
	),
}

var dependencyInjection = handler.Command{
	Trigger:  "dependency injection",
	Aliases:  []string{"di"},
	Help:     "tells how dependencies are passed in Go",
	Examples: []handler.Example{{Say: "di", Want: "NewServer"}},
	Text: lines(
		"In Go it takes no framework: what a type needs is an argument of the function that makes it, and `main` makes everything and hands it on.",
		"```",
		"type Mailer interface {",
		"\tSend(ctx context.Context, to, text string) error",
		"}",
		"",
		"func NewServer(db *sql.DB, mail Mailer) *Server {",
		"\treturn &amp;Server{db: db, mail: mail}",
		"}",
		"```",
		"• The package that uses an interface declares it, with only the methods it calls. A test passes a small type of its own.",
		"• Accept interfaces where there is more than one implementation; return concrete types.",
		"• No package-level variables that other packages set, and nothing of weight in `init`.",
		"When `main` grows long, divide it into functions before you reach for a library: the compiler then still finds what is missing.",
	),
}
