package gophers

import "github.com/gobridge/gopherbot/handler"

var newbieResources = handler.Command{
	Trigger:  "newbie resources",
	Aliases:  []string{"newbie", "newbies", "learn go", "learn", "learning", "getting started", "get started", "beginner", "beginners", "tutorial", "course", "courses", "resources", "where to begin", "new here", "I'm new", "I'm new here", "new to go", "where to start"},
	Help:     "tells you where to start with Go",
	Examples: []handler.Example{{Say: "newbie resources", Want: "A Tour of Go"}},
	Text: lines(
		"*New to Go? Welcome! Here's where to start:*",
		"• <https://go.dev/doc/install|Install Go> – download it, run the installer, and check it with `go version`",
		"• <https://go.dev/tour/|A Tour of Go> – the language in your browser, step by step; nothing to install",
		"• <https://go.dev/doc/tutorial/getting-started|Get started with Go> – write your first program, and use somebody else's package",
		"• <https://gobyexample.com/|Go by Example> – short programs with notes next to them",
		"• <https://quii.gitbook.io/learn-go-with-tests|Learn Go with Tests> – learn the language, tests first",
		"• <https://exercism.org/tracks/go|Exercism> – exercises, with people who look at your solutions",
		"• <https://go.dev/doc/effective_go|Effective Go> – how good Go is written, for when you've written some. It's older than modules and generics.",
		"• <https://go.dev/learn/|go.dev/learn> – courses, tutorials and books",
		"Any questions? #newbies is the place to ask.",
		"Say `books`, `go challenges` or `recommended blogs` and I'll tell you more.",
	),
}

var goTour = handler.Command{
	Trigger:  "go tour",
	Aliases:  []string{"tour", "tour of go", "a tour of go"},
	Help:     "links A Tour of Go",
	Examples: []handler.Example{{Say: "tour", Want: "go.dev/tour"}},
	Text: lines(
		"<https://go.dev/tour/|A Tour of Go> teaches you the language in your browser: the basics, methods and interfaces, generics and concurrency, with exercises along the way.",
		"To take it offline, run `go install golang.org/x/website/tour@latest` and then `tour`.",
	),
}

var books = handler.Command{
	Trigger:  "books",
	Aliases:  []string{"book", "go books"},
	Help:     "recommends books about Go",
	Examples: []handler.Example{{Say: "books", Want: "Learning Go"}},
	Text: lines(
		"*Books that gophers recommend:*",
		"• <https://www.oreilly.com/library/view/learning-go-2nd/9781098139285/|Learning Go>, second edition, by Jon Bodner – Go as it is today, for people who already know how to program",
		"• <https://www.gopl.io/|The Go Programming Language> by Alan Donovan and Brian Kernighan – the classic; it's from 2015, so there are no modules or generics, but it's still the clearest on everything else",
		"• <https://100go.co/|100 Go Mistakes and How to Avoid Them> by Teiva Harsanyi – for your second year; the website sums up each mistake",
		"• <https://lets-go.alexedwards.net/|Let's Go> by Alex Edwards – a web app, from the first line to deployment",
		"• <https://www.oreilly.com/library/view/concurrency-in-go/9781491941294/|Concurrency in Go> by Katherine Cox-Buday – goroutines and channels in depth",
		"The Go wiki <https://go.dev/wiki/Books|lists many more>, in a dozen languages.",
	),
}

var recommendedBlogs = handler.Command{
	Trigger:  "recommended",
	Aliases:  []string{"recommended blogs", "blogs"},
	Help:     "recommends blogs about Go",
	Examples: []handler.Example{{Say: "recommended blogs", Want: "go.dev/blog"}},
	Text: lines(
		"*Recommended blogs about Go* (I can recommend `books` and `channels`, too):",
		"• <https://go.dev/blog/|The Go Blog> – from the people who make Go",
		"• <https://research.swtch.com/|research!rsc> by Russ Cox – how and why Go became what it is, and much more",
		"• <https://dave.cheney.net/|Dave Cheney> – design, errors, performance; older, but still good",
		"• <https://eli.thegreenplace.net/tag/go|Eli Bendersky> – careful articles on the language, networking and compilers",
		"• <https://www.alexedwards.net/blog|Alex Edwards> – web applications",
		"• <https://www.ardanlabs.com/blog/|Ardan Labs> – scheduling, garbage collection, design",
		"• <https://words.filippo.io/|Filippo Valsorda> – cryptography, and maintaining open source",
		"<https://golangweekly.com/|Golang Weekly> emails you the best of each week, and the Go wiki <https://go.dev/wiki/Blogs|lists more blogs>.",
	),
}

var goChallenges = handler.Command{
	Trigger:  "go challenges",
	Aliases:  []string{"challenges", "challenge", "exercises"},
	Help:     "tells you where to practise",
	Examples: []handler.Example{{Say: "challenges", Want: "Exercism"}},
	Text: lines(
		"*Ready for some practice?*",
		"• <https://exercism.org/tracks/go|Exercism> – well over a hundred exercises, from easy to hard, with feedback",
		"• <https://gophercises.com/|Gophercises> – small projects, one at a time",
		"• <https://adventofcode.com/|Advent of Code> – puzzles every December; you can still solve those of earlier years",
		"• <https://protohackers.com/|Protohackers> – network programming: write servers that survive the tests",
		"• <https://fly.io/dist-sys/|Gossip Glomers> – distributed systems challenges, with a Go library to start from",
		"Show us what you've made in #showandtell, or get feedback in #reviews.",
	),
}
