package handler_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/markup"
)

// The bot of another community: a list of declarations, and the registry that is built
// from it. Here the answers are printed; a consumer gives the same actions a Responder
// that posts to Slack.
func Example() {
	registry, err := handler.NewRegistry(
		handler.Help{Trigger: "help", Help: "tells what I answer to"},
		handler.Command{
			Trigger: "opening hours", Aliases: []string{"hours"}, Help: "tells when the library is open",
			Text: "Every day from 9 to 18 o'clock.",
		},
		handler.Prefix{
			Prefix: "shelf:", Argument: "subject", Help: "tells where to look",
			Arguments: []handler.Argument{{Name: "astronomy", Aliases: []string{"stars"}}, {Name: "botany"}},
			Run: func(ctx context.Context, _ handler.Message, subject string, r handler.Responder) error {
				return r.Reply(ctx, handler.Text("You find "+markup.Escape(strings.ToLower(subject))+" on the second floor."))
			},
		},
		handler.Reaction{Words: []string{"quiet", "silence"}, Emoji: []string{"shushing_face"}},
		handler.Phrase{Phrases: []string{"overdue"}, Text: "Nobody is angry. Just bring it back.", Help: "calms"},
		handler.Listener{
			Title: "shouting", Help: "hushes who shouts",
			Match: func(m handler.Message) bool {
				return m.Text == strings.ToUpper(m.Text) && m.Text != strings.ToLower(m.Text)
			},
			Run: func(ctx context.Context, _ handler.Message, r handler.Responder) error {
				return r.ReplyEphemeral(ctx, handler.Text("Others are reading."))
			},
		},
		handler.WorkspaceJoin{Text: "Welcome to the library!"},
	)
	if err != nil {
		fmt.Println(err) // it names every mistake in the list
		return
	}
	for _, m := range []handler.Message{
		{Text: "Hours?", Mentioned: true},
		{Text: "shelf: Botany & more"},
		{Text: "Silence is overdue."},
		{Text: "WHERE IS MY BOOK"},
		{Text: "openin hours", Mentioned: true},
		{Text: "nothing of interest"},
	} {
		fmt.Println(">", m.Text)
		for _, action := range registry.Message(m) {
			if err := action.Run(context.Background(), printer{}); err != nil {
				fmt.Println(action.Name, "failed:", err)
			}
		}
	}
	// Output:
	// > Hours?
	// Every day from 9 to 18 o'clock.
	// > shelf: Botany & more
	// You find botany &amp; more on the second floor.
	// > Silence is overdue.
	// :shushing_face:
	// Nobody is angry. Just bring it back.
	// > WHERE IS MY BOOK
	// (to the author alone) Others are reading.
	// > openin hours
	// Every day from 9 to 18 o'clock.
	// > nothing of interest
}

// printer is a Responder that prints.
type printer struct{}

func (printer) React(_ context.Context, emoji string) error {
	fmt.Println(":" + emoji + ":")
	return nil
}

func (printer) Reply(_ context.Context, reply handler.Reply) error {
	fmt.Println(reply.Text)
	return nil
}

func (printer) ReplyEphemeral(_ context.Context, reply handler.Reply) error {
	fmt.Println("(to the author alone)", reply.Text)
	return nil
}

func (printer) DM(_ context.Context, reply handler.Reply) error {
	fmt.Println("(as a direct message)", reply.Text)
	return nil
}

func (printer) Edit(_ context.Context, reply handler.Reply) error {
	fmt.Println("(in place of the message)", reply.Text)
	return nil
}

func (printer) PostIn(_ context.Context, channel string, reply handler.Reply) error {
	fmt.Println("(in #"+channel+")", reply.Text)
	return nil
}

func (printer) OpenForm(_ context.Context, form *handler.Form, _ string) error {
	fmt.Println("(a form)", form.Title)
	return nil
}
