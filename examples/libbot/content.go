package main

import (
	"cmp"
	"embed"
	"io/fs"

	"github.com/gobridge/gopherbot/glossary"
	"github.com/gobridge/gopherbot/handler"
)

// content is all that a community supplies.
var content = handler.Content{
	Name:        "libbot",
	Description: "Tells readers when the library is open, and explains its words.",
	Registry:    registry,
	Callbacks:   callbacks,
}

//go:embed terms/*.yaml
var files embed.FS

// registry builds the registry of everything that the bot does. The order is that
// of the help text.
func registry(s handler.Services) (*handler.Registry, error) {
	terms, err := fs.Sub(files, "terms")
	if err != nil {
		return nil, err
	}
	words, err := glossary.Read(terms)
	if err != nil {
		return nil, err
	}
	return handler.NewRegistry(
		handler.Help{
			Trigger:  "help",
			Help:     "lists what I answer to",
			Examples: []handler.Example{{Say: "help", Want: "opening hours"}},
			Home:     true,
		},
		library,
		openingHours,
		renew,
		// The address of the catalogue is a setting of this bot's own.
		catalogue(cmp.Or(s.Value("LIBBOT_CATALOGUE_URL"), "https://catalogue.library.example/")),
		words.Define(glossary.Options{
			Subject:  "the library",
			HowToAdd: "Ask a librarian to add it.",
		}),
		words.LookUp(),
		welcome,
	)
}
