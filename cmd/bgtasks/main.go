// Command bgtasks runs what happens by itself, such as announcing what is new elsewhere.
package main

import (
	"os"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/internal/config"
)

func main() {
	os.Exit(app.Main(config.BGTasks, "runs what happens by itself, such as announcing what is new elsewhere.", app.BGTasks))
}
