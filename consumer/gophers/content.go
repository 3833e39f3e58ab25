package gophers

import (
	"log/slog"
	"strings"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/playground"
	"github.com/gobridge/gopherbot/internal/xkcd"
)

// Content is the bot of the Gophers community.
var Content = handler.Content{
	Name:        "gopherbot",
	Description: "Answers questions, explains words, and welcomes newcomers.",
	Mention:     "gopher",
	Examples:    examples,
	Registry:    withServices,
}

// withServices returns the Registry that runs on the services of a process.
func withServices(s handler.Services) (*handler.Registry, error) { return Registry(wire(s)) }

// wire returns the dependencies of the declarations. Each field of Deps is set here:
// TestWire_LeavesNothingOut finds one that is not.
func wire(s handler.Services) Deps {
	log := s.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	suggestions, reports := s.Value("GOPHER_SUGGESTIONS_CHANNEL"), s.Value("GOPHER_REPORTS_CHANNEL")
	if s.Setting == nil {
		suggestions, reports = "suggestions", "reports" // docs and the manifest list everything
	}
	return Deps{
		Comics:       xkcd.New(xkcd.URL, s.HTTP, nil),
		AdminContact: s.Value("GOPHER_ADMIN_CONTACT"),
		Reports:      reports,
		Suggestions:  suggestions,
		Playground: Playground{
			Sharer: playground.New(s.Value("GOPHER_PLAYGROUND_URL"), s.Value("GOPHER_PLAYGROUND_LINK_URL"), s.HTTP, log),
			Files:  s.Files, Channels: s.Channels,
			Except:        strings.FieldsFunc(s.Value("GOPHER_PLAYGROUND_EXCLUDE_CHANNELS"), func(r rune) bool { return r == ',' }),
			OnlyAddressed: s.Shadow,
		},
	}
}
