// Command consumer takes events off the queue in Redis and answers them through the platforms' APIs.
package main

import (
	"os"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/consumer/gophers"
)

func main() { os.Exit(app.Main(app.Consumer, gophers.Content)) }
