package demo

import (
	"context"
	"time"

	sharkfinsim "github.com/gobridge/gopherbot/internal/sharkfin/sim"
	"github.com/gobridge/gopherbot/internal/slack/sim/page"
)

const (
	lostFor     = 8 * time.Second
	replacedFor = 20 * time.Second
	restartFor  = 8 * time.Second
)

// roomBreaker breaks the demo of Sharkfin.
type roomBreaker struct {
	breaker
	room *room
}

// faults returns the ways to break the demo.
func (b *roomBreaker) faults(example string) []*fault {
	b.example, b.trap = example, b.room.setTrap
	return []*fault{
		oneFault("consumer", "Kill the consumer", "Restart the consumer", killAbout, killedFor, b.killConsumer),
		oneFault("redis", "Pause Redis", "Resume Redis",
			"Redis keeps its connections and answers nothing. The gateway reads your message again when Redis is back, and it is handled once. "+pauseSimulated,
			pausedFor, b.pauseRedis),
		oneFault("lose", "Lose an answer", "Lose no more",
			"Sharkfin posts the bot’s next message, and its answer gets lost. The bot finds the message in the channel, and does not say it twice.", lostFor,
			b.during("The next answer to the bot gets lost.", func() func() {
				b.room.server.Fail(sharkfinsim.Fault{Tool: "send_message", Lose: true})
				return b.room.server.ClearFaults
			})),
		oneFault("replace", "Take its socket", "Go on",
			"Another program connects with the bot’s key: Sharkfin sends every message to it alone, and tells nobody. The gateway reads the channels as well, "+
				"finds your message, and connects again.", replacedFor,
			b.during("The bot’s socket gets no messages any more.", func() func() {
				b.room.server.ReplaceSocket(b.room.bot.ID)
				return func() {}
			})),
		oneFault("restart", "Restart Sharkfin", "Go on",
			"Its sockets close without a word, and it forgets the bot’s session. Your message is said meanwhile.", restartFor, b.restart),
		oneFault("burst", "Send 1,000 messages", "Stop sending",
			"Up to 250 in a second, of which every tenth is for the bot. Sharkfin drops most of what it pushes; the gateway reads all, and none is lost.", burstFor, b.burst),
	}
}

// restart restarts the server and says something before the gateway is connected again.
func (b *roomBreaker) restart(ctx context.Context, by page.Person, say func(string)) (*watched, error) {
	b.room.server.Restart()
	say("Sharkfin has restarted.")
	message, err := speak(b.workspace, by, b.example)
	if err == nil {
		message.note("Sharkfin had restarted")
	}
	return message, err
}
