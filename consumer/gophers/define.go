package gophers

import (
	"fmt"

	"github.com/gobridge/gopherbot/glossary"
	"github.com/gobridge/gopherbot/handler"
)

const addTerm = "https://github.com/gobridge/gopherbot/blob/main/CONTRIBUTING.md#add-a-term"

// define is the command "define <term>". A term that is missing can be suggested.
func define(terms *glossary.Glossary, missing *suggestions) handler.Prefix {
	return terms.Define(glossary.Options{
		Help: "explains a word from the world of Go",
		Examples: []handler.Example{
			{Say: "define goroutine", Want: "^\\*goroutine\\*"},
			{Say: "define Slices?", Want: "^\\*slice\\*"},
			{Say: "define", Want: "Say `define` and a word"},
		},
		Usage: fmt.Sprintf("Say `define` and a word, such as `define goroutine` or `define N+1 query`, and I'll explain it. "+
			"I know %d terms about Go, its tools, the web, databases and running it all. Is one missing? You can <%s|add it>.", len(terms.Terms()), addTerm),
		Controls:      func(m handler.Message) []handler.Component { return removeButton(m.User) },
		ControlsToAdd: missing.controls,
		HowToAdd:      "You could <" + addTerm + "|add it>: it only takes a few lines in a text file.",
	})
}
