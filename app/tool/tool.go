// Package tool is the command-line tool of a community's bot, for operators and
// contributors. It runs the whole bot in one program with a simulated workspace, runs each
// of its processes, and has subcommands that inspect and repair a running bot.
package tool

import (
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/cli"
)

// Main is the main function of a tool that is called content.Name. It runs the command of
// the command line until it is done or a signal comes, and returns the exit code. --help
// lists the subcommands.
func Main(content handler.Content) int { return cli.Main(content) }
