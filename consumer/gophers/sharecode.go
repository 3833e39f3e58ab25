package gophers

import (
	"context"
	"errors"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/playground"
)

// shareCode shares the code of a message on request. The rules are those of longCode, but
// for the length: somebody has decided that it is worth it.
func shareCode(p Playground) handler.Shortcut {
	return handler.Shortcut{
		ID: "share-code", Title: "Share on the Playground", OnMessage: true,
		Help: "shares a message's code on the Go Playground, unless there are keys, passwords or addresses in it",
		Run:  p.shareOnRequest,
	}
}

func (p Playground) shareOnRequest(ctx context.Context, i handler.Interaction, r handler.Responder) error {
	if i.Message == nil {
		return nil // it is gone
	}
	m := *i.Message
	m.Channel = i.Channel
	refusal, err := p.refuses(ctx, m, i.User)
	if err != nil {
		return err
	}
	if refusal != "" {
		return r.ReplyEphemeral(ctx, handler.Text(refusal))
	}
	found, err := p.snippets(ctx, m)
	if err != nil {
		return err
	}
	if it, isCode := judgeShort(m.Text); len(found) == 0 && isCode {
		found = append(found, it)
	}
	if len(found) == 0 {
		return r.ReplyEphemeral(ctx, handler.Text("I couldn't find any Go in this message. I find code best when there's a line of three backticks before and after it."))
	}
	var shared []snippet
	var private []string // lines for the person who asked
	for _, it := range found {
		if it.secret.What != "" {
			private = append(private, "I didn't put "+it.name+" on the Go Playground, where everyone could read it: it looks like it has "+it.secret.What+".")
			continue
		}
		it.address, err = p.Sharer.Share(ctx, it.source)
		if _, refused := errors.AsType[*playground.RefusedError](err); refused {
			private = append(private, rejection)
			continue
		}
		if err != nil {
			return err
		}
		shared = append(shared, it)
	}
	if len(private) > 0 {
		if err := r.ReplyEphemeral(ctx, handler.Text(lines(private...))); err != nil {
			return err
		}
	}
	if len(shared) == 0 {
		return nil
	}
	return r.Reply(ctx, handler.Reply{Text: where(shared), Components: removeButton(i.User)})
}

// refuses returns the reason for which no code of a message may be shared by a person, ""
// if it may.
func (p Playground) refuses(ctx context.Context, m handler.Message, by string) (string, error) {
	const everyone = "Everyone can read the Go Playground, so I don't share code from "
	switch {
	case m.Channel.Kind == handler.Private || m.Channel.Kind == handler.Group:
		return everyone + "private conversations.", nil
	case m.Channel.Kind == handler.Direct && m.User != by:
		return everyone + "other people's direct messages.", nil
	case nolink().MatchString(m.Text):
		return "The author doesn't want that: the message says `nolink`.", nil
	case p.OnlyAddressed:
		return "I'm only being tried out here, so I don't share anything yet.", nil
	}
	left, err := p.leftAlone(ctx, m.Channel)
	if err != nil || !left {
		return "", err
	}
	return "I don't share code from this channel.", nil
}
