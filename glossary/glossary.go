// Package glossary answers "define <term>" with an explanation of the term. Read
// reads a community's terms from files; package glossary/terms has those of Go.
//
// It knows handlers, and nothing of queues and chat platforms.
package glossary

import (
	"path"
	"slices"
	"strings"
)

// Term is something that the glossary explains.
type Term struct {
	Name string
	// Aliases are other words for it, which its explanation names. Plurals need none.
	Aliases []string
	// AnswersTo are words that find it and do not mean the same, such as its opposite or a
	// part of it. They are not shown beside its name.
	AnswersTo []string
	// Text explains the term in a few sentences, with `code` between backquotes
	// and no other markup, all in one line.
	Text string
	// Link leads to more at an official place. It may be "".
	Link string
	// SeeAlso are the names of related terms.
	SeeAlso []string

	// File and Line are where the term is written.
	File string
	Line int
}

// Subject is the term's subject: the name of its file, as in "runtime".
func (t Term) Subject() string { return strings.TrimSuffix(path.Base(t.File), ".yaml") }

// words returns everything that finds the term.
func (t Term) words() []string { return slices.Concat([]string{t.Name}, t.Aliases, t.AnswersTo) }

// Glossary is a set of terms. It does not change once it is read and is safe
// for concurrent use.
type Glossary struct {
	terms []Term          // by name
	index map[string]Term // by the normal forms of their words
}

// Terms returns all terms by name, in any case.
func (g *Glossary) Terms() []Term { return slices.Clone(g.terms) }

// Words returns everything that can be looked up, as it is written, in the order of
// Terms: of each its name, its aliases and the other words that it answers to.
func (g *Glossary) Words() []string {
	var words []string
	for _, t := range g.terms {
		words = append(words, t.words()...)
	}
	return words
}
