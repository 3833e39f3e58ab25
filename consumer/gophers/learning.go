package gophers

import "github.com/gobridge/gopherbot/handler"

var newbieResources = handler.Command{
	Trigger:  "newbie resources",
	Aliases:  []string{"newbie", "newbies", "learn go", "learn", "learning", "getting started", "get started", "beginner", "beginners", "tutorial", "course", "courses", "resources", "where to begin", "new here", "I'm new", "I'm new here", "new to go", "where to start"},
	Help:     "tells where to begin with Go",
	Examples: []handler.Example{{Say: "newbie resources", Want: "A Tour of Go"}},
	Text: lines(
		"*New to Go? Good ways to begin:*",
		"• <https://go.dev/tour/|A Tour of Go> – the language in your browser, step by step",
		"• <https://go.dev/doc/tutorial/getting-started|Get started with Go> – install it, write a first program, use other people's packages",
		"• <https://gobyexample.com/|Go by Example> – short programs with notes beside them",
		"• <https://quii.gitbook.io/learn-go-with-tests|Learn Go with Tests> – learn the language by writing tests first",
		"• <https://exercism.org/tracks/go|Exercism> – exercises, and people who look at your solutions",
		"• <https://go.dev/doc/effective_go|Effective Go> – how Go is meant to be written, for when you have written some. It is older than modules and generics.",
		"• <https://go.dev/learn/|go.dev/learn> has more: courses, tutorials, books.",
		"Questions are welcome in #newbies.",
		"Say `books`, `go challenges` or `recommended blogs` to me for more.",
	),
}

var goTour = handler.Command{
	Trigger:  "go tour",
	Aliases:  []string{"tour", "tour of go", "a tour of go"},
	Help:     "links A Tour of Go",
	Examples: []handler.Example{{Say: "tour", Want: "go.dev/tour"}},
	Text: lines(
		"<https://go.dev/tour/|A Tour of Go> teaches the language in your browser: the basics, methods and interfaces, generics, concurrency, with exercises on the way.",
		"To take it along offline: `go install golang.org/x/website/tour@latest`, then run `tour`.",
	),
}

var books = handler.Command{
	Trigger:  "books",
	Aliases:  []string{"book", "go books"},
	Help:     "names good books about Go",
	Examples: []handler.Example{{Say: "books", Want: "Learning Go"}},
	Text: lines(
		"*Books that gophers recommend:*",
		"• <https://www.oreilly.com/library/view/learning-go-2nd/9781098139285/|Learning Go>, second edition, by Jon Bodner – Go as it is today, for people who already program",
		"• <https://www.gopl.io/|The Go Programming Language> by Alan Donovan and Brian Kernighan – the classic: from 2015, so without modules and generics, and still the clearest about the rest",
		"• <https://100go.co/|100 Go Mistakes and How to Avoid Them> by Teiva Harsanyi – for your second year; its website sums up each mistake",
		"• <https://lets-go.alexedwards.net/|Let's Go> by Alex Edwards – a web application from the first line to deployment",
		"• <https://www.oreilly.com/library/view/concurrency-in-go/9781491941294/|Concurrency in Go> by Katherine Cox-Buday – goroutines and channels in depth",
		"The Go wiki <https://go.dev/wiki/Books|lists many more>, in a dozen languages.",
	),
}

var recommendedBlogs = handler.Command{
	Trigger:  "recommended",
	Aliases:  []string{"recommended blogs", "blogs"},
	Help:     "names good blogs about Go",
	Examples: []handler.Example{{Say: "recommended blogs", Want: "go.dev/blog"}},
	Text: lines(
		"*Blogs worth reading:*",
		"• <https://go.dev/blog/|The Go Blog> – from the people who make Go",
		"• <https://research.swtch.com/|research!rsc> by Russ Cox – how and why Go became what it is, and much else",
		"• <https://dave.cheney.net/|Dave Cheney> – design, errors, performance; older, and good still",
		"• <https://eli.thegreenplace.net/tag/go|Eli Bendersky> – careful articles on the language, networking and compilers",
		"• <https://www.alexedwards.net/blog|Alex Edwards> – web applications",
		"• <https://www.ardanlabs.com/blog/|Ardan Labs> – scheduling, garbage collection, design",
		"• <https://words.filippo.io/|Filippo Valsorda> – cryptography, and maintaining open source",
		"<https://golangweekly.com/|Golang Weekly> mails you each week's best, and the Go wiki <https://go.dev/wiki/Blogs|lists more>.",
	),
}

var goChallenges = handler.Command{
	Trigger:  "go challenges",
	Aliases:  []string{"challenges", "challenge", "exercises"},
	Help:     "tells where to practise",
	Examples: []handler.Example{{Say: "challenges", Want: "Exercism"}},
	Text: lines(
		"*Practice:*",
		"• <https://exercism.org/tracks/go|Exercism> – well over a hundred exercises, from easy to hard, with feedback",
		"• <https://gophercises.com/|Gophercises> – small projects, one at a time",
		"• <https://adventofcode.com/|Advent of Code> – puzzles every December; those of all years stay open",
		"• <https://protohackers.com/|Protohackers> – network programming: write servers that survive the test clients",
		"• <https://fly.io/dist-sys/|Gossip Glomers> – distributed systems, in Go from the start",
		"Show what you made in #showandtell, or ask what others think of it in #reviews.",
	),
}
