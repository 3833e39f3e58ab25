package gophers

import (
	"context"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/markup"
)

const (
	approveID = "approve-term"
	declineID = "decline-term"

	// decisionOnTerm is the decision that both make.
	decisionOnTerm = "term"
)

// post passes a suggestion to the moderators, and thanks.
func (s *suggestions) post(ctx context.Context, i handler.Interaction, r handler.Responder) error {
	made := suggestionOf(i)
	data := made.encode()
	err := r.PostIn(ctx, s.channel, handler.Reply{Text: made.describe(), Components: []handler.Component{
		{ID: approveID, Label: "Approve", Data: data, Fallback: "Please add it to the glossary if it's good."},
		{ID: declineID, Label: "Decline", Data: data, Danger: true},
	}})
	if err != nil {
		return err
	}
	return r.DM(ctx, handler.Text("Thank you! The moderators have your suggestion for "+markup.Quote(made.Term)+" and will take a look."))
}

// approve marks a suggestion as approved, and posts what is left to do.
var approve = handler.Action{
	ID: approveID, Help: "approves a term that somebody suggested", Only: moderator, Once: decisionOnTerm,
	Run: decideWith("Approved", func(ctx context.Context, s suggestion, r handler.Responder) error {
		return r.Reply(ctx, handler.Text(s.toDo()))
	}),
}

// decline marks a suggestion as declined.
var decline = handler.Action{
	ID: declineID, Help: "declines a term that somebody suggested", Only: moderator, Once: decisionOnTerm,
	Run: decideWith("Declined", func(context.Context, suggestion, handler.Responder) error { return nil }),
}

// decideWith returns a function that replaces the buttons of a suggestion by the decision
// and who made it, and then calls next.
func decideWith(decision string, next func(context.Context, suggestion, handler.Responder) error) func(context.Context, handler.Interaction, handler.Responder) error {
	return func(ctx context.Context, i handler.Interaction, r handler.Responder) error {
		s, ok := decodeSuggestion(i.Data)
		if !ok {
			return r.ReplyEphemeral(ctx, handler.Text("Sorry, I can't read this suggestion any more. Please suggest it again."))
		}
		if err := r.Edit(ctx, handler.Text(s.describe()+"\n*"+decision+"* by "+mention(i.User)+".")); err != nil {
			return err
		}
		return next(ctx, s, r)
	}
}

// toDo says how the suggestion gets into the glossary.
func (s suggestion) toDo() string {
	address, filled := s.newFile()
	how := "opens a new file with it"
	if !filled {
		how = "opens a new file: paste it in there"
	}
	return lines(
		mention(s.User)+", thank you! Here's the block for the glossary:",
		"```\n"+markup.Escape(s.term().YAML())+"```",
		"<"+markup.Escape(address)+"|GitHub> "+how+". If there's already a file for its subject, add it there, in alphabetical order.",
	)
}
