package handler

import (
	"context"
	"strings"
)

// searchAction is the ID of the home page's button and of the form that it opens.
const searchAction = "search-help"

// addHome declares the bot's own page and the form that searches it.
func (b *builder) addHome(trigger string) []error {
	registry := b.Registry
	form := &Form{
		ID: searchAction, Title: "Search the help", Submit: "Search",
		Fields: []Field{{Name: "topic", Label: "Any word", Placeholder: "a command, a term, a topic", Max: 100}},
		Validate: func(_ context.Context, i Interaction) (Validation, error) {
			found := registry.help(trigger, i.Values.First("topic"))
			return Validation{Next: &Form{ID: searchAction, Title: "Search the help", Intro: truncate(found, maxCharacter)}}, nil
		},
	}
	registry.home = true
	b.info(Info{Kind: HomeInfo, Help: "shows everything on the bot's own page"})
	return Action{ID: searchAction, Help: "searches the help", Form: form}.declare(b)
}

// Home returns the bot's own page. ok is false if it has none.
func (r *Registry) Home() (page Reply, ok bool) {
	if !r.home {
		return Reply{}, false
	}
	return Reply{Text: r.overview(r.helpTrigger), Components: []Component{{ID: searchAction, Label: "Search"}}}, true
}

// truncate returns at most the first n bytes of a text, cut at the end of a line.
func truncate(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return text[:max(0, strings.LastIndexByte(text[:n], '\n'))]
}
