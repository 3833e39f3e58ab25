package gophers

import (
	"context"
	"time"

	"github.com/gobridge/gopherbot/handler"
)

const workspaceText = `Welcome to Gophers! This is where people who write Go, or would like to, meet, help each other and have a good time.

• New to Go? Ask in #newbies. No question is too small.
• Take a look around: say ` + "`recommended channels`" + ` to me, here, and I list some.
• Please read our code of conduct: <https://go.dev/conduct|go.dev/conduct>. It is how we stay a good place.

I am a bot. Say ` + "`help`" + ` and I tell you what else I can do.`

const newbiesText = `Welcome to #newbies! Ask your questions right away, no need to ask whether you may.

• Tell what you want to do, what you did, and what happened instead. A link to <https://go.dev/play/|the Go playground> helps a lot.
• Post code as text, between triple backticks, rather than as a picture.
• <https://go.dev/tour/|A Tour of Go> and <https://go.dev/learn/|go.dev/learn> are good places to start.`

func workspaceWelcome(channels ChannelLinker) handler.TeamJoin {
	return handler.TeamJoin{
		OncePer: 24 * time.Hour,
		Run: func(ctx context.Context, _ handler.Join, r handler.Responder) error {
			text, err := link(ctx, channels, workspaceText)
			if err != nil {
				return err
			}
			return r.DM(ctx, handler.Text(text))
		},
	}
}

func newbiesWelcome(channels ChannelLinker) handler.ChannelJoin {
	return handler.ChannelJoin{
		Channel: "newbies",
		OncePer: 24 * time.Hour,
		Run: func(ctx context.Context, _ handler.Join, r handler.Responder) error {
			text, err := link(ctx, channels, newbiesText)
			if err != nil {
				return err
			}
			return r.ReplyEphemeral(ctx, handler.Text(text))
		},
	}
}
