package gophers

import (
	"time"

	"github.com/gobridge/gopherbot/handler"
)

// once is how long a person is not welcomed again: people leave and come back.
const once = 24 * time.Hour

var workspaceWelcome = handler.WorkspaceJoin{Cooldown: once, Text: lines(
	"Welcome to Gophers! This is where people who write Go, or would like to, meet, help each other and have a good time.",
	"",
	"• New to Go? Ask in #newbies. No question is too small.",
	"• Say `newbie resources` to me, here, and I tell you where to begin.",
	"• Say `recommended channels` to me, and I show you around.",
	"• Please read our code of conduct: <https://go.dev/conduct|go.dev/conduct>. It is how we stay a good place.",
	"",
	"I am a bot. Say `help` and I tell you what else I can do.",
)}

var newbiesWelcome = handler.ChannelJoin{Channel: "newbies", Cooldown: once, Text: lines(
	"Welcome to #newbies! Ask your questions right away, no need to ask whether you may.",
	"",
	"• Say what you want to do, what you did, and what happened instead. A link to <https://go.dev/play/|the Go Playground> helps a lot.",
	"• Post code as text, between two lines of three backticks, rather than as a picture.",
	"• <https://go.dev/tour/|A Tour of Go> and <https://go.dev/learn/|go.dev/learn> are good places to start.",
)}
