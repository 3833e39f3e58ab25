package handler

import (
	"context"
	"errors"
	"fmt"
)

// Listener runs for the messages that its own function selects. It is for messages
// that no word identifies, such as those with a long piece of code.
type Listener struct {
	Title string // its name: "long code"
	Help  string // one line that begins with a verb
	// Match decides from the message alone, and quickly: it is called for every
	// message, and again when the message is retried.
	Match    func(m Message) bool
	Run      func(ctx context.Context, m Message, r Responder) error
	Examples []Example
}

// Name begins with "watcher", the earlier name of Listener: it is stored in Redis, in
// the records of an event's completed posts.
func (l Listener) Name() string { return fmt.Sprintf("watcher %q", l.Title) }

func (l Listener) declare(b *builder) []error {
	id := b.add(matcher{
		match: l.Match,
		run:   func(ctx context.Context, m Message, _ string, r Responder) error { return l.Run(ctx, m, r) },
	}, Info{Kind: ListenerInfo, Trigger: l.Title, Help: l.Help, Examples: l.Examples})
	errs := []error{need("a help text", l.Help), b.claim(b.listeners, l.Title, fold(l.Title), id)}
	if l.Match == nil || l.Run == nil {
		errs = append(errs, errors.New("wants a Match and a Run function"))
	}
	return errs
}
