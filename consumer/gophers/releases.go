package gophers

import (
	"runtime"

	"github.com/gobridge/gopherbot/handler"
)

var releases = handler.Command{
	Trigger:  "releases",
	Aliases:  []string{"release", "release notes", "go releases"},
	Help:     "tells when Go is released, and where to read what is new",
	Examples: []handler.Example{{Say: "releases", Want: "every February and August"}},
	Text: lines(
		"A new major release of Go comes every February and August, and each gets fixes until two newer ones are out: the latest two are supported.",
		"• <https://go.dev/dl/|go.dev/dl> has the newest.",
		"• <https://go.dev/doc/devel/release|The release history> lists every one, with its security fixes, and links the release notes.",
		"• <https://groups.google.com/g/golang-announce|golang-announce> tells you of each by mail, and <https://go.dev/blog/|the Go Blog> of the major ones.",
		"• Code that works with one keeps working with the next: that is <https://go.dev/doc/go1compat|the promise>.",
		"• To try what is coming: `go install golang.org/dl/gotip@latest`, then `gotip download`.",
	),
}

var version = handler.Command{
	Trigger:  "version",
	Aliases:  []string{"go version", "latest version", "latest go"},
	Help:     "tells how to find out versions of Go",
	Examples: []handler.Example{{Say: "go version", Want: `I was built with go1\.`}},
	Text: lines(
		"`go version` says which Go you have, and <https://go.dev/dl/|go.dev/dl> which is the newest. I was built with "+runtime.Version()+".",
		"• `go version -m ./thing` says what a program was built with, and from which modules.",
		"• The `go` line in `go.mod` is the oldest Go that the module can be built with. An older one, from Go 1.21 on, <https://go.dev/doc/toolchain|downloads what is needed>.",
		"• `go get go@latest` raises that line, and `GOTOOLCHAIN=go1.26.0 go test ./...` runs a single command with another version, which it downloads if need be.",
	),
}
