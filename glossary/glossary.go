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
	// Aliases are other words for it. Plurals need none.
	Aliases []string
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

// words returns the term's name and aliases.
func (t Term) words() []string { return append([]string{t.Name}, t.Aliases...) }

// Glossary is a set of terms. It does not change once it is read and is safe
// for concurrent use.
type Glossary struct {
	terms []Term          // by name
	index map[string]Term // by the normal forms of names and aliases
}

// Terms returns all terms by name, in any case.
func (g *Glossary) Terms() []Term { return slices.Clone(g.terms) }

// Words returns everything that can be looked up, names and aliases, as they
// are written, in the order of Terms.
func (g *Glossary) Words() []string {
	var words []string
	for _, t := range g.terms {
		words = append(words, t.words()...)
	}
	return words
}
