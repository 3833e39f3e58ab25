// Command gateway receives chat platforms' events over HTTP, verifies them and puts them on the queue in Redis.
package main

import (
	"os"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/consumer/gophers"
)

func main() { os.Exit(app.Main(app.Gateway, gophers.Content)) }
