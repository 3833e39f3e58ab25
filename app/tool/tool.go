// Package tool is the operator's and the newcomer's tool of a community's bot. It
// runs the whole bot in one program with a simulated workspace, runs each of its
// processes, and has subcommands that look after a bot that runs elsewhere.
package tool

import (
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/cli"
)

// Main is the main function of a tool that is called content.Name: it runs what the
// command line says until that is done, or until a signal, and returns the exit code.
// --help lists the subcommands.
func Main(content handler.Content) int { return cli.Main(content) }
