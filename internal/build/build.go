// Package build says which build of the bot runs. It knows no process.
package build

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
)

// commit is set when an image is built without the repository's history:
//
//	go build -ldflags "-X github.com/gobridge/gopherbot/internal/build.commit=$COMMIT" ./cmd/...
var commit string

// Info describes a build. Fields that are unknown are "".
type Info struct {
	// Version is the version of the main module: a tag such as v1.2.3, or one that the go
	// command makes from the commit.
	Version string
	// Commit is the source commit, with "+dirty" if the sources differed from it.
	Commit string
	// Go is the version of Go, such as go1.26.4, and Platform the operating system and the
	// processor.
	Go, Platform string
}

// Read returns the description of this build, always the same.
var Read = sync.OnceValue(func() Info {
	info := Info{Commit: commit, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	read, ok := debug.ReadBuildInfo()
	if !ok {
		return info
	}
	return info.with(read)
})

// with adds what the go command has recorded. A commit that was set when the binary was
// linked has precedence.
func (i Info) with(read *debug.BuildInfo) Info {
	if read.Main.Version != "(devel)" {
		i.Version = read.Main.Version
	}
	settings := map[string]string{}
	for _, s := range read.Settings {
		settings[s.Key] = s.Value
	}
	if i.Commit == "" {
		i.Commit = settings["vcs.revision"]
		if settings["vcs.modified"] == "true" {
			i.Commit += "+dirty"
		}
	}
	return i
}

// String describes the build in one line, such as "v1.2.3, commit 0a1b2c, go1.26.4 linux/amd64".
func (i Info) String() string {
	version, of := i.Version, i.Commit
	if version == "" {
		version = "unknown version"
	}
	if of == "" {
		of = "unknown"
	}
	return fmt.Sprintf("%s, commit %s, %s %s", version, of, i.Go, i.Platform)
}
