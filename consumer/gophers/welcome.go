package gophers

import (
	"time"

	"github.com/gobridge/gopherbot/handler"
)

// once is how long a person is not welcomed again: people leave and come back.
const once = 24 * time.Hour

var workspaceWelcome = handler.WorkspaceJoin{Cooldown: once, Text: lines(
	"Welcome to Gophers! Here, people who write Go, or would like to, meet, help each other and have a good time.",
	"",
	"• New to Go? Ask in #newbies. No question is too small.",
	"• Say `newbie resources` to me, right here, and I'll tell you where to begin.",
	"• Say `recommended channels`, and I'll show you around.",
	"• Please read our code of conduct: <https://go.dev/conduct|go.dev/conduct>. It keeps this a good place to be.",
	"",
	"I'm a bot, by the way. Say `help` and I'll tell you what else I can do.",
)}

var newbiesWelcome = handler.ChannelJoin{Channel: "newbies", Cooldown: once, Text: lines(
	"Welcome to #newbies! Just ask your question: you don't have to check first whether you may.",
	"",
	"• Tell us what you're trying to do, what you did, and what happened instead. A link to <https://go.dev/play/|the Go Playground> helps a lot.",
	"• Please post code as text, not as a picture. Put a line of three backticks before and after it.",
	"• <https://go.dev/tour/|A Tour of Go> and <https://go.dev/learn/|go.dev/learn> are good places to start.",
)}
