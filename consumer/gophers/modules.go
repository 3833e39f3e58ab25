package gophers

import "github.com/gobridge/gopherbot/handler"

var modules = handler.Command{
	Trigger:  "modules",
	Aliases:  []string{"module", "go modules", "go mod", "go.mod", "dependencies"},
	Help:     "tells how to begin a module and how to keep its dependencies",
	Examples: []handler.Example{{Say: "go mod", Want: "go mod init"}},
	Text: lines(
		"A module is a tree of packages with a `go.mod` at its root, which says what it is called and what it needs.",
		"• `go mod init example.com/you/thing` begins one, in any directory",
		"• `go get example.com/lib@latest` adds a dependency or updates it, `go get -u ./...` all of them",
		"• `go mod tidy` adds what is missing and drops what is not used",
		"• `go mod why -m example.com/lib` says what needs it; `go list -m -u all` what has a newer version",
		"• `go get -tool example.com/cmd/gen` remembers a tool, and `go tool gen` runs it",
		"• `go install example.com/cmd/gen@latest` installs a command, outside of any module",
		"Commit `go.mod` and `go.sum`. From version 2 on the path ends in `/v2`. To work on several modules at once, there are <https://go.dev/doc/tutorial/workspaces|workspaces>; for private ones, <https://go.dev/ref/mod#private-modules|GOPRIVATE>.",
		"More: <https://go.dev/doc/tutorial/create-module|the tutorial>, <https://go.dev/doc/modules/managing-dependencies|Managing dependencies>, <https://go.dev/ref/mod|the reference>.",
	),
}

var workWithForks = handler.Command{
	Trigger:  "work with forks",
	Aliases:  []string{"working with forks", "forks", "fork"},
	Help:     "tells how to work on a fork of a module, and how to use one",
	Examples: []handler.Example{{Say: "working with forks", Want: "-replace"}},
	Text: lines(
		"A fork keeps the module path of the original, so leave `go.mod` and the imports as they are.",
		"*To contribute:* clone your fork into any directory, make a branch, change, test, push, and open the pull request.",
		"*To try your changes in another module:* point it to your clone,",
		"```",
		"go work init . ../their-module",
		"```",
		"or, to share that with others until the pull request is merged, to your fork:",
		"```",
		"go mod edit -replace=example.com/their/module=github.com/you/module@your-branch",
		"go mod tidy",
		"```",
		"`go mod tidy` turns the branch into a fixed version. Do not commit `go.work`, and mind that `replace` counts only in the main module: whoever imports yours does not see it.",
		"More: <https://go.dev/doc/modules/managing-dependencies#external_fork|Managing dependencies>.",
	),
}

var gopath = handler.Command{
	Trigger:  "gopath",
	Aliases:  []string{"gopath problem", "issue with gopath", "help with gopath"},
	Help:     "tells what GOPATH still is",
	Examples: []handler.Example{{Say: "help with gopath", Want: "go mod init"}},
	Text: lines(
		"Your code need not be in GOPATH, and there is no need to set it: keep a project wherever you like and run `go mod init example.com/you/thing` in it. A guide that tells you to set GOPATH, or `GO111MODULE`, is from before 2021.",
		"GOPATH, by default `go` in your home directory, is where Go keeps downloaded modules (`pkg/mod`) and what `go install` builds (`bin`). Have that `bin` in your `PATH`, and your shell finds it.",
		"• `go.mod file not found`: you are outside of a module. Run `go mod init`, or change into its directory.",
		"• `package … is not in std`: the import path lacks your module's path, or there is a typo in it.",
		"• It still behaves strangely: `go env -u GO111MODULE GOPATH` takes back what `go env -w` set; look for both in your shell's settings, too. `go env -changed` shows what is not the default.",
		"More: say `modules` to me, or follow <https://go.dev/doc/tutorial/create-module|the tutorial>.",
	),
}
