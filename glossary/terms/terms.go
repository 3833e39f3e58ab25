// Package terms is the glossary of Go programmers. Its files are for anyone to add
// to. A bot that does not import the package does not contain them.
package terms

import (
	"embed"

	"github.com/gobridge/gopherbot/glossary"
)

//go:embed *.yaml
var files embed.FS

// Go returns the glossary of Go programmers. The error, if any, names every mistake
// in its files.
func Go() (*glossary.Glossary, error) { return glossary.Read(files) }
