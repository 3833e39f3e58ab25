// Command bgtasks runs what happens by itself, such as announcing what is new elsewhere.
package main

import (
	"os"

	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/process"
)

func main() {
	os.Exit(process.Main(config.BGTasks, "runs what happens by itself, such as announcing what is new elsewhere.", process.BGTasks))
}
