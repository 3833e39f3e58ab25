package gophers

import (
	"runtime"

	"github.com/gobridge/gopherbot/handler"
)

var releases = handler.Command{
	Trigger:  "releases",
	Aliases:  []string{"release", "release notes", "go releases"},
	Help:     "tells you when Go is released, and where to read what's new",
	Examples: []handler.Example{{Say: "releases", Want: "every February and August"}},
	Text: lines(
		"A new major release of Go comes out every February and August. The latest two are supported: each one gets fixes until two newer ones are out.",
		"• <https://go.dev/dl/|go.dev/dl> has the latest.",
		"• <https://go.dev/doc/devel/release|The release history> lists them all, with security fixes, and links to the release notes.",
		"• <https://groups.google.com/g/golang-announce|golang-announce> emails you about each one, and <https://go.dev/blog/|the Go Blog> covers the major ones.",
		"• Code that works with one keeps working with the next. That's <https://go.dev/doc/go1compat|the promise>.",
		"• Want to try what's coming? `go install golang.org/dl/gotip@latest`, then `gotip download`.",
	),
}

var version = handler.Command{
	Trigger:  "version",
	Aliases:  []string{"go version", "latest version", "latest go"},
	Help:     "tells you how to find out which Go you have",
	Examples: []handler.Example{{Say: "go version", Want: `I was built with go1\.`}},
	Text: lines(
		"`go version` tells you which Go you have, and <https://go.dev/dl/|go.dev/dl> has the latest. I was built with "+runtime.Version()+".",
		"• `go version -m ./thing` shows what a program was built with, and from which modules.",
		"• The `go` line in `go.mod` is the oldest Go that can build the module. If yours is older, but at least Go 1.21, it <https://go.dev/doc/toolchain|downloads the one it needs>.",
		"• `go get go@latest` raises that line, and `GOTOOLCHAIN=go1.26.0 go test ./...` runs one command with another version, downloading it if necessary.",
	),
}
