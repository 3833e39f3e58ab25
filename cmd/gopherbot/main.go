// Command gopherbot is the operator's and the newcomer's tool. Without a
// subcommand it runs the whole bot in one process, with a simulated Slack
// workspace and a web page to chat with it, and needs no account, no Redis and no
// network; its subcommands look after a bot that runs elsewhere.
package main

import (
	"os"

	"github.com/gobridge/gopherbot/app/tool"
	"github.com/gobridge/gopherbot/consumer/gophers"
)

func main() { os.Exit(tool.Main(gophers.Content)) }
