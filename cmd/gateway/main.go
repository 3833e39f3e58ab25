// Command gateway takes Slack's events over HTTP, proves that they are genuine and puts them on the queue in Redis.
package main

import (
	"os"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/internal/config"
)

func main() {
	os.Exit(app.Main(config.Gateway, "takes Slack's events over HTTP, proves that they are genuine and puts them on the queue in Redis.", app.Gateway))
}
