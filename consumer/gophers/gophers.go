// Package gophers is what the bot of the Gophers community says: its commands,
// reactions and welcomes. Another community replaces this package.
//
// It knows handlers and the glossary, and no queue and no Slack client. It
// names channels and never their ids. What a handler needs besides, such as a
// playground, is in Needs.
package gophers

import (
	"slices"

	"github.com/gobridge/gopherbot/glossary"
	"github.com/gobridge/gopherbot/handler"
)

// Deps is what the declarations are built with.
type Deps struct {
	// Channels is where the names of channels in texts are looked up.
	Channels ChannelLinker
	// Playground is what long code is shared with.
	Playground Playground
}

// Registry builds the registry of everything that the bot does. To add to it,
// write a declaration, in the file of its subject, and name it in this list.
// The order is that of the help text, and of the actions when several match.
// Text that names a channel, #newbies, links it.
func Registry(needs Deps) (*handler.Registry, error) {
	words, err := glossary.Go()
	if err != nil {
		return nil, err
	}
	list := slices.Concat([]handler.Declaration{
		help,
		coin,

		newbieResources,
		goTour,
		books,
		recommendedBlogs,
		goChallenges,

		ask,
		doesntWork,
		screenshots,
		crosspost,
		playgroundCommand,

		recommendedChannels,
		codeOfConduct,
		inviteLink,
		ossHelpWanted,
		sourceCode,

		idiomaticGo,
		avoidGotchas,
		projectLayout,
		dependencyInjection,

		sliceInternals,
		emptyStruct,
		pointerPerformance,
		generics,
		errorHandling,
		contexts,
		blockForever,

		modules,
		workWithForks,
		gopath,

		testingHelp,
		raceDetector,
		profiling,
		httpTimeouts,
		databaseTutorial,
		releases,
		version,

		fyneDocs,
		fyneTour,
		fyneCompile,
		fyneLayouts,
		fyneSizes,
		fyneTheme,
		fyneBooks,

		define(words),
		packageDocs,
		githubDocs,
		xkcd,

		longCode(needs.Playground),
		flippedTables,
		workspaceWelcome,
		newbiesWelcome,
	}, proverbPhrases(), reactions)
	return handler.NewRegistry(linkChannels(needs.Channels, list)...)
}

var help = handler.Help{
	Trigger:  "help",
	Aliases:  []string{"commands"},
	Help:     "lists what I answer to",
	Examples: []handler.Example{{Say: "help", Want: "flip a coin"}},
}
