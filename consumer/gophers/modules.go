package gophers

import "github.com/gobridge/gopherbot/handler"

var modules = handler.Command{
	Trigger:  "modules",
	Aliases:  []string{"module", "go modules", "go mod", "go.mod", "dependencies"},
	Help:     "shows you how to start a module and manage its dependencies",
	Examples: []handler.Example{{Say: "go mod", Want: "go mod init"}},
	Text: lines(
		"A module is a tree of packages with a `go.mod` at its root, which says what it's called and what it needs.",
		"• `go mod init example.com/you/thing` starts one, in any directory",
		"• `go get example.com/lib@latest` adds or updates a dependency; `go get -u ./...` updates them all",
		"• `go mod tidy` adds what's missing and drops what's unused",
		"• `go mod why -m example.com/lib` tells you who needs it; `go list -m -u all` lists newer versions",
		"• `go get -tool example.com/cmd/gen` adds a tool to your module, and `go tool gen` runs it",
		"• `go install example.com/cmd/gen@latest` installs a command, whatever module you're in",
		"Commit both `go.mod` and `go.sum`. From version 2 on, the path ends in `/v2` (or `/v3`, and so on). For several modules at once there are <https://go.dev/doc/tutorial/workspaces|workspaces>, and for private ones there's <https://go.dev/ref/mod#private-modules|GOPRIVATE>.",
		"More: <https://go.dev/doc/tutorial/create-module|the tutorial>, <https://go.dev/doc/modules/managing-dependencies|Managing dependencies>, <https://go.dev/ref/mod|the reference>.",
	),
}

var workWithForks = handler.Command{
	Trigger:  "work with forks",
	Aliases:  []string{"working with forks", "forks", "fork"},
	Help:     "shows you how to work on a fork, and how to use one",
	Examples: []handler.Example{{Say: "working with forks", Want: "-replace"}},
	Text: lines(
		"A fork keeps the original's module path, so leave `go.mod` and the imports as they are.",
		"*To contribute:* clone your fork anywhere, make a branch, change and test it, push, and open the pull request.",
		"*To try your changes in another module,* point it to your clone:",
		"```",
		"go work init . ../their-module",
		"```",
		"Or, to share that with others until the pull request is merged, point it to your fork:",
		"```",
		"go mod edit -replace=example.com/their/module=github.com/you/module@your-branch",
		"go mod tidy",
		"```",
		"`go mod tidy` turns the branch into a fixed version. Don't commit `go.work`, and note that `replace` only counts in the main module: people who import yours won't get it.",
		"More: <https://go.dev/doc/modules/managing-dependencies#external_fork|Managing dependencies>.",
	),
}

var gopath = handler.Command{
	Trigger:  "gopath",
	Aliases:  []string{"gopath problem", "issue with gopath", "help with gopath"},
	Help:     "explains what GOPATH is still for",
	Examples: []handler.Example{{Say: "help with gopath", Want: "go mod init"}},
	Text: lines(
		"You don't need to set GOPATH, and your code doesn't have to be in it: put a project wherever you like and run `go mod init example.com/you/thing` there. If a guide tells you to set GOPATH or `GO111MODULE`, it's from before 2021.",
		"GOPATH, by default `go` in your home directory, is where Go keeps downloaded modules (`pkg/mod`) and the commands you `go install` (`bin`). Add that `bin` to your `PATH`, so your shell finds them.",
		"• `go.mod file not found`: you're not in a module. Run `go mod init`, or change to the module's directory.",
		"• `package … is not in std`: your module's path is missing from the import path, or there's a typo.",
		"• Still odd? `go env -changed` shows everything that isn't the default. `go env -u GO111MODULE GOPATH` undoes `go env -w`; check your shell's settings for both, too.",
		"More: say `modules`, or follow <https://go.dev/doc/tutorial/create-module|the tutorial>.",
	),
}
