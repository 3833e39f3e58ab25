package gophers

import (
	"context"
	"math/rand/v2"

	"github.com/gobridge/gopherbot/handler"
)

var coin = handler.Command{
	Trigger:  "flip a coin",
	Aliases:  []string{"flip coin", "coin flip", "heads or tails", "toss a coin"},
	Help:     "flips a coin: heads or tails",
	Examples: []handler.Example{{Say: "flip a coin", Want: "^(heads|tails)$"}},
	Run: func(ctx context.Context, _ handler.Message, r handler.Responder) error {
		return r.Reply(ctx, handler.Text(side(rand.IntN(2))))
	},
}

func side(n int) string {
	if n == 0 {
		return "heads"
	}
	return "tails"
}
