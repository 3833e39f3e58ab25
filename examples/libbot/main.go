// Command libbot is the bot of a fictional library, whose readers and librarians
// meet in a chat workspace. It shows how a community other than gopherbot's makes a
// bot of its own content, in a module of its own.
//
// Without a subcommand it runs with a simulated workspace, to chat with it in a
// browser. "libbot gateway", "libbot consumer" and "libbot bgtasks" are the processes
// of a deployment; "libbot --help" lists the other subcommands.
package main

import (
	"os"

	"github.com/gobridge/gopherbot/app/tool"
)

func main() { os.Exit(tool.Main(content)) }
