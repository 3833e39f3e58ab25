package handler

import (
	"context"
	"errors"
	"strings"
)

// Phrase replies to every message that contains one of its phrases, in any case. Where
// a phrase begins or ends with a letter or digit, it does so at the border of a word.
type Phrase struct {
	Phrases []string
	// Text is the reply of a phrase that is always answered alike; Run is that
	// of one that is not. One of the two is set. A Text is not said again in a
	// channel where it was said a moment ago.
	Text     string
	Run      func(ctx context.Context, m Message, r Responder) error
	Help     string // one line that begins with a verb: "puts tables back"
	Examples []Example
}

// Name returns a name such as phrase "hello", "hi", with all phrases.
func (p Phrase) Name() string { return `phrase "` + strings.Join(p.Phrases, `", "`) + `"` }

func (p Phrase) declare(b *builder) []error {
	run := p.Run
	if run == nil {
		run = func(ctx context.Context, _ Message, r Responder) error { return r.Reply(ctx, Text(p.Text)) }
	}
	id := b.add(matcher{
		static: p.Run == nil,
		run:    func(ctx context.Context, m Message, _ string, r Responder) error { return run(ctx, m, r) },
	}, Info{Kind: PhraseInfo, Trigger: first(p.Phrases), Aliases: rest(p.Phrases), Help: p.Help, Examples: p.Examples})
	errs := []error{need("a help text", p.Help), oneOf(p.Text != "", p.Run != nil)}
	if len(p.Phrases) == 0 {
		errs = append(errs, errors.New("wants a phrase to reply to"))
	}
	for _, phrase := range p.Phrases {
		errs = append(errs, b.listen(b.phrases, phrase, id))
	}
	return errs
}
