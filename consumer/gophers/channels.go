package gophers

import (
	"context"

	"github.com/gobridge/gopherbot/handler"
)

const channelList = `Here are some channels to begin with:
• #general – announcements and whatever concerns everyone
• #newbies – any question about Go, above all the first ones
• #reviews – show your code and hear what others think of it
• #showandtell – what you made, for others to admire
• #performance – making Go programs faster, with numbers
• #security – keeping Go programs safe
• #jobs – offers and requests for work
• #random – everything else`

func recommendedChannels(channels ChannelLinker) handler.Command {
	return handler.Command{
		Trigger:  "recommended channels",
		Aliases:  []string{"channels"},
		Help:     "lists channels that are worth joining",
		Examples: []handler.Example{{Say: "recommended channels", Want: "reviews.* – show your code"}},
		Run: func(ctx context.Context, _ handler.Message, r handler.Responder) error {
			text, err := link(ctx, channels, channelList)
			if err != nil {
				return err
			}
			return r.Reply(ctx, handler.Reply{Text: text, Address: true})
		},
	}
}
