package glossary

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// block is a term as it is written in a file.
type block struct {
	Term    string   `yaml:"term"`
	Aliases []string `yaml:"aliases"`
	Answers []string `yaml:"answers_to"`
	Text    string   `yaml:"text"`
	Link    string   `yaml:"link"`
	SeeAlso []string `yaml:"see also"`
}

const shape = "a term has the fields term, text, and if you like aliases, answers_to, link and see also"

const listShape = "want a list, such as [one word, another]"

// Read reads the terms in the .yaml files at the root of fsys. The error, if
// any, names every mistake with its file and line: invalid YAML, an unknown field, a
// term without a text, a word that is taken. A "see also" that is no term is
// reported only if all files can be read: one that cannot may have the term.
func Read(fsys fs.FS) (*Glossary, error) {
	names, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("look for the glossary's files: %w", err)
	}
	g := &Glossary{index: map[string]Term{}}
	var errs []error
	for _, name := range names {
		content, err := fs.ReadFile(fsys, name)
		if err != nil {
			errs = append(errs, fmt.Errorf("read the glossary: %w", err))
			continue
		}
		terms, mistakes := parse(name, content)
		g.terms = append(g.terms, terms...)
		errs = append(errs, mistakes...)
	}
	errs = append(errs, g.link(len(errs) == 0)...)
	if len(g.terms) == 0 && len(errs) == 0 {
		errs = append(errs, errors.New("the glossary has no terms"))
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	slices.SortFunc(g.terms, func(a, b Term) int { return strings.Compare(normal(a.Name), normal(b.Name)) })
	return g, nil
}

// parse returns the terms in a file, as far as they can be read, and the mistakes.
func parse(file string, content []byte) ([]Term, []error) {
	var nodes []yaml.Node
	if err := yaml.Load(content, &nodes); err != nil {
		return nil, located(file, err)
	}
	var terms []Term
	var errs []error
	for _, node := range nodes {
		var b block
		if err := node.Load(&b, yaml.WithKnownFields()); err != nil {
			errs = append(errs, located(file, err)...)
			continue
		}
		// YAML takes an empty item, and the word null, for nothing at all.
		if line := emptyLine(&node); line > 0 {
			errs = append(errs, fmt.Errorf("%s:%d: something is empty; a word that YAML knows, such as null, wants quotes", file, line))
		}
		t := Term{
			Name: strings.TrimSpace(b.Term), Aliases: b.Aliases, AnswersTo: b.Answers, SeeAlso: b.SeeAlso,
			Text: strings.Join(strings.Fields(b.Text), " "),
			Link: b.Link, File: file, Line: node.Line,
		}
		if t.Name == "" || t.Text == "" {
			errs = append(errs, t.mistake("wants a name and a text: %s", shape))
		}
		terms = append(terms, t)
	}
	return terms, errs
}

// located returns each of the mistakes that the YAML library found, with its
// file and line.
func located(file string, err error) []error {
	all := []*yaml.LoadError{}
	var many *yaml.LoadErrors
	var one *yaml.LoadError
	switch {
	case errors.As(err, &many):
		all = many.Errors
	case errors.As(err, &one):
		all = append(all, one)
	default:
		return []error{fmt.Errorf("%s: %w", file, err)}
	}
	var errs []error
	for _, e := range all {
		where := file
		if e.Mark.Line > 0 {
			where = fmt.Sprintf("%s:%d", file, e.Mark.Line)
		}
		// The name of a Go type does not help people who write terms.
		message, _, goType := strings.Cut(e.Message, " in type ")
		if goType {
			message += ": " + shape
		} else if strings.HasSuffix(message, " into []string") {
			message = strings.TrimSuffix(message, " into []string") + ": " + listShape
		}
		errs = append(errs, fmt.Errorf("%s: %s", where, message))
	}
	return errs
}

// emptyLine returns the first line below a node that holds an empty value, or 0.
func emptyLine(node *yaml.Node) int {
	if node.Kind == yaml.ScalarNode && node.ShortTag() == "!!null" {
		return node.Line
	}
	for _, child := range node.Content {
		if line := emptyLine(child); line > 0 {
			return line
		}
	}
	return 0
}

// link fills the index. It returns an error for each name that is taken and, if all
// terms are there, for each "see also" without a term.
func (g *Glossary) link(complete bool) []error {
	var errs []error
	byName := map[string]bool{}
	for _, t := range g.terms {
		byName[t.Name] = true
		for _, word := range t.words() {
			key := normal(word)
			other, taken := g.index[key]
			switch {
			case key == "":
				errs = append(errs, t.mistake("%q is empty", word))
			case taken && other.where() == t.where():
				errs = append(errs, t.mistake("has %q twice", word))
			case taken:
				errs = append(errs, t.mistake("%q is taken by the term %q (%s)", word, other.Name, other.where()))
			default:
				g.index[key] = t
			}
		}
	}
	if !complete {
		return errs
	}
	for _, t := range g.terms {
		for _, name := range t.SeeAlso {
			if name == t.Name || !byName[name] {
				errs = append(errs, t.mistake("see also: %q is not the name of another term", name))
			}
		}
	}
	return errs
}

func (t Term) where() string { return fmt.Sprintf("%s:%d", t.File, t.Line) }

// mistake is an error about a term that says where it is written.
func (t Term) mistake(format string, args ...any) error {
	return fmt.Errorf("%s: term %q: "+format, append([]any{t.where(), t.Name}, args...)...)
}
