package handler

import (
	"context"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	ahocorasick "github.com/petar-dambovaliev/aho-corasick"
)

// index finds the matchers of a message at a cost that depends on the message's
// length and not on the number of triggers: commands are looked up in a map,
// prefixes and words are found in one pass of an automaton.
type index struct {
	matchers []matcher
	commands map[string]int
	patterns []pattern
	// automaton finds the patterns, by their places in the list; nil when there
	// are none.
	automaton *ahocorasick.AhoCorasick
}

// pattern is something to be found within a text: a prefix or a word.
type pattern struct {
	matcher int
	// prefix is the length in runes of a prefix, 0 for a word.
	prefix int
}

func newIndex(b *builder) *index {
	x := &index{matchers: b.matchers, commands: b.commands}
	var texts []string
	for folded, id := range b.prefixes {
		texts = append(texts, folded)
		x.patterns = append(x.patterns, pattern{id, utf8.RuneCountInString(folded)})
	}
	for _, w := range b.words {
		texts = append(texts, w.folded)
		x.patterns = append(x.patterns, pattern{matcher: w.matcher})
	}
	if len(texts) > 0 {
		// The standard kind of match, because it alone finds overlapping ones.
		builder := ahocorasick.NewAhoCorasickBuilder(ahocorasick.Opts{MatchKind: ahocorasick.StandardMatch})
		automaton := builder.Build(texts)
		x.automaton = &automaton
	}
	return x
}

// match returns the actions for m in the order of their declarations.
func (x *index) match(m Message) []Action {
	text := collapse(m.Text)
	found := map[int]string{} // matcher → argument
	if m.Addressed() {
		if id, ok := x.commands[fold(text)]; ok {
			found[id] = ""
		}
	}
	x.scan(text, func(p pattern) {
		argument := ""
		if p.prefix > 0 {
			argument = strings.TrimSpace(skipCollapsed(m.Text, p.prefix))
		}
		found[p.matcher] = argument
	})

	var actions []Action
	for _, id := range slices.Sorted(maps.Keys(found)) {
		matched := x.matchers[id]
		actions = append(actions, Action{matched.name, func(ctx context.Context, r Responder) error {
			return matched.run(ctx, m, found[id], r)
		}})
	}
	return actions
}

// scan calls found for each pattern in text that stands where it must: a prefix
// at the beginning, a word between things that are not part of a word.
func (x *index) scan(text string, found func(pattern)) {
	if x.automaton == nil {
		return
	}
	folded := lower(text)
	for it := x.automaton.IterOverlapping(folded); ; {
		hit := it.Next()
		if hit == nil {
			return
		}
		p := x.patterns[hit.Pattern()]
		if p.prefix > 0 && hit.Start() == 0 || p.prefix == 0 && isWord(folded, hit.Start(), hit.End()) {
			found(p)
		}
	}
}

func isWord(s string, start, end int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:start])
	after, _ := utf8.DecodeRuneInString(s[end:])
	return !isWordRune(before) && !isWordRune(after)
}

func isWordRune(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_')
}

// fold brings a text into the form in which triggers are compared: lower case,
// words separated by one space.
func fold(s string) string { return lower(collapse(s)) }

// foldPrefix is fold, but for the space that ends a prefix that is a word.
func foldPrefix(s string) string {
	folded := fold(s)
	if folded != "" && strings.TrimRightFunc(s, unicode.IsSpace) != s {
		folded += " "
	}
	return folded
}

func collapse(s string) string { return strings.Join(strings.Fields(s), " ") }

// lower goes rune by rune, so that a text and its lower case have the same
// number of runes and a place in one can be found in the other.
func lower(s string) string { return strings.Map(unicode.ToLower, s) }

// skipCollapsed returns what is left of s when the first n runes of its
// collapsed form are taken off: a run of spaces counts as one, and those at the
// beginning do not count.
func skipCollapsed(s string, n int) string {
	s = strings.TrimLeftFunc(s, unicode.IsSpace)
	for range n {
		r, size := utf8.DecodeRuneInString(s)
		s = s[size:]
		if unicode.IsSpace(r) {
			s = strings.TrimLeftFunc(s, unicode.IsSpace)
		}
	}
	return s
}
