package main

import (
	"time"

	"github.com/gobridge/gopherbot/handler"
)

// welcome greets a new reader once a day at most: people leave and come back.
var welcome = handler.WorkspaceJoin{
	Cooldown: 24 * time.Hour,
	Text:     "Welcome to the library! Ask the librarians anything in #general. I am a bot: say `help` and I tell you what I can do.",
}
