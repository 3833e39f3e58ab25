// Command gopherbot runs the whole bot in one process, with a simulated Slack
// workspace and a web page to chat with it. It needs no account, no Redis and
// no network.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/demo"
	"github.com/gobridge/gopherbot/internal/process"
)

func main() { os.Exit(run()) }

func run() int {
	listen := flag.String("listen", "127.0.0.1:8080", "the `address` of the page")
	verbose := flag.Bool("v", false, "log every event")
	flag.Usage = func() {
		fmt.Fprint(flag.CommandLine.Output(), "gopherbot runs the whole bot with a simulated Slack workspace, and a page to chat with it.\n\n")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "gopherbot takes no arguments besides flags; see gopherbot -help\n")
		return 2
	}
	level := zerolog.WarnLevel
	if *verbose {
		level = zerolog.InfoLevel
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends it at once

	log := process.Logger(os.Stderr).Level(level)
	process.LogRedis(log)
	err := demo.Run(ctx, demo.Options{
		Listen: *listen,
		Log:    log,
		Started: func(url string) {
			fmt.Printf("Chat with the bot at %s\nStop it with Ctrl-C.\n", url)
		},
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, "gopherbot:", err)
		return 1
	}
	fmt.Println("Stopped.")
	return 0
}
