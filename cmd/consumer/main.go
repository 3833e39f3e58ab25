// Command consumer takes events off the queue in Redis and answers them through Slack's Web API.
package main

import (
	"os"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/internal/config"
)

func main() {
	os.Exit(app.Main(config.Consumer, "takes events off the queue in Redis and answers them through Slack's Web API.", app.Consumer))
}
