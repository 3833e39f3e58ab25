package handler

import (
	"context"
	"errors"
	"fmt"
)

// Listener looks at every message and runs when its own function says so. It is
// for what no word gives away, such as a long piece of code.
type Listener struct {
	Title string // its name: "long code"
	Help  string // one line that begins with a verb
	// Match decides from the message alone, and quickly: it is called for every
	// message, before anything is done about it, and again when the message is
	// handled again.
	Match    func(m Message) bool
	Run      func(ctx context.Context, m Message, r Responder) error
	Examples []Example
}

// Name implements Declaration.
func (w Listener) Name() string { return fmt.Sprintf("watcher %q", w.Title) }

func (w Listener) declare(b *builder) []error {
	id := b.add(matcher{
		match: w.Match,
		run:   func(ctx context.Context, m Message, _ string, r Responder) error { return w.Run(ctx, m, r) },
	}, Info{Kind: WatcherEntry, Trigger: w.Title, Help: w.Help, Examples: w.Examples})
	errs := []error{need("a help text", w.Help), b.claim(b.watchers, w.Title, fold(w.Title), id)}
	if w.Match == nil || w.Run == nil {
		errs = append(errs, errors.New("wants a Match and a Run function"))
	}
	return errs
}
