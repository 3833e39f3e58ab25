package handler

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Prefix runs when a text begins with it, whether or not the bot was mentioned, in any
// case. Markup, quotation marks and a bullet around the text do not matter. A prefix
// that is a word ends with a space; said to the bot alone, it runs without an argument,
// unless a Command has that trigger. A prefix must not begin with markup, a quotation
// mark or a bullet itself.
type Prefix struct {
	Prefix   string
	Argument string // names the argument in help: "term" is shown as <term>
	// Arguments are those that it knows, if it can list them. Questions,
	// help and the docs know them from here.
	Arguments []Argument
	Help      string // one line that begins with a verb: "explains a term"
	Examples  []Example
	// Run gets the text after the prefix, which may be "": without spaces around it,
	// without invisible characters, and in Unicode's form NFC. The marks around the
	// whole text are removed, its own are kept.
	Run func(ctx context.Context, m Message, argument string, r Responder) error
	// Only is the role that may use it, "" for everybody.
	Only Role
}

// Argument is something that a prefix knows: its name, and other words for it,
// as people write them.
type Argument struct {
	Name    string
	Aliases []string
	// AnswersTo are words that find it like aliases. The docs do not list them.
	AnswersTo []string
	// Text explains it. It is searched, and not shown. It may be "".
	Text string
}

func (a Argument) words() []string {
	return slices.Concat([]string{a.Name}, a.Aliases, a.AnswersTo)
}

// Name returns a name such as prefix "xkcd:".
func (p Prefix) Name() string { return fmt.Sprintf("prefix %q", p.Prefix) }

func (p Prefix) declare(b *builder) []error {
	id := b.add(matcher{direct: true, run: p.Run, only: p.Only}, Info{
		Kind: PrefixInfo, Trigger: p.Prefix, Argument: p.Argument, Arguments: p.Arguments, Help: p.Help, Examples: p.Examples, Only: p.Only,
	})
	errs := []error{
		need("a help text", p.Help),
		need("the name of its argument", p.Argument),
		b.claim(b.prefixes, p.Prefix, foldPrefix(p.Prefix), id),
	}
	own := map[string]int{}
	for _, a := range p.Arguments {
		for _, word := range a.words() {
			errs = append(errs, b.claim(own, word, fold(word), id))
		}
	}
	if p.Run == nil {
		errs = append(errs, errors.New("wants a Run function"))
	}
	if last, _ := utf8.DecodeLastRuneInString(p.Prefix); isWordRune(last) {
		errs = append(errs, errors.New("ends in the middle of a word: end it with a space, or with a sign such as a colon"))
	}
	if first, _ := utf8.DecodeRuneInString(strings.TrimSpace(p.Prefix)); isMark(first) {
		errs = append(errs, fmt.Errorf("begins with %q, which is taken for decoration: begin it with a letter or another sign", first))
	}
	return errs
}
