// Command bgtasks runs scheduled jobs, such as announcements from external feeds.
package main

import (
	"os"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/consumer/gophers"
)

func main() { os.Exit(app.Main(app.BGTasks, gophers.Content)) }
