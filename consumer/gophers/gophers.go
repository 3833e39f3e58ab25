// Package gophers is the content of the Gophers community's bot: its commands,
// reactions and welcomes. Another community replaces this package.
//
// It knows handlers and the glossary, and no queue and no Slack client. It
// names channels and never their ids: the platform links them. Deps has what a
// handler needs besides, such as a playground.
package gophers

import (
	"slices"

	"github.com/gobridge/gopherbot/glossary/terms"
	"github.com/gobridge/gopherbot/handler"
)

// Deps are the dependencies of the declarations.
type Deps struct {
	// Playground shares long code.
	Playground Playground
	// Comics says which comics there are. Without it any number is linked.
	Comics Comics
	// AdminContact is the one that people turn to if something is wrong: a channel with #, a
	// person's id, or an address. Without it they are sent to an admin.
	AdminContact string
	// Reports is the channel, by its name or id, that gets people's reports. Without it there
	// is no form for them.
	Reports string
	// Suggestions is the channel, by its name or id, that gets the terms that people
	// suggest. Without it nobody can suggest one.
	Suggestions string
}

// Registry builds the registry of everything that the bot does. To add to it,
// write a declaration, in the file of its subject, and name it in this list.
// The order is that of the help text, and of the matches when several match.
func Registry(deps Deps) (*handler.Registry, error) {
	words, err := terms.Go()
	if err != nil {
		return nil, err
	}
	suggestions := newSuggestions(deps.Suggestions, words)
	list := slices.Concat([]handler.Declaration{
		help,
		about,
		gopher,
		coin,

		installGo,
		editors,

		newbieResources,
		goTour,
		books,
		recommendedBlogs,
		goChallenges,
		listenAndWatch,

		ask,
		doesntWork,
		postCode,
		screenshots,
		crosspost,
		playgroundCommand,

		recommendedChannels,
		jobs,
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
		webFrameworks,
		httpTimeouts,
		logging,
		configuration,
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

		define(words, suggestions),
		words.LookUp(),
		packageDocs,
		githubDocs,
		comicLinks(deps.Comics),

		longCode(deps.Playground),
		shareCode(deps.Playground),
		remove,
		removeByReaction,
		flippedTables,
		workspaceWelcome,
		newbiesWelcome,
	}, safety{deps.AdminContact, deps.Reports}.declarations(), suggestions.declarations(), proverbPhrases(), reactions)
	return handler.NewRegistry(list...)
}
