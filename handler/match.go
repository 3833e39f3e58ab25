package handler

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"unicode/utf8"

	ahocorasick "github.com/petar-dambovaliev/aho-corasick"
	"golang.org/x/text/unicode/norm"
)

// index finds the matchers of a message at a cost that depends on the message's
// length and not on the number of triggers: commands are looked up in a map,
// prefixes and words are found in one pass of an automaton. Only Listeners are called
// one by one.
type index struct {
	matchers  []matcher
	commands  map[string]int
	listeners []int
	patterns  []pattern
	sensitive []sensitiveWord
	// automaton finds the patterns, by their places in the list; nil when there
	// are none.
	automaton *ahocorasick.AhoCorasick
}

// pattern is something to be found within a text: a prefix or a word.
type pattern struct {
	folded  string
	matcher int
	// prefix is true for the beginning of a text.
	prefix bool
	// fallback is true for a prefix that counts only when it is said to the bot
	// and the whole text is no command.
	fallback bool
}

func newIndex(b *builder) *index {
	x := &index{matchers: b.matchers, commands: maps.Clone(b.commands), patterns: b.words, sensitive: b.sensitive}
	for _, folded := range slices.Sorted(maps.Keys(b.prefixes)) {
		id := b.prefixes[folded]
		x.patterns = append(x.patterns, pattern{folded: folded, matcher: id, prefix: true, fallback: b.matchers[id].fallback})
		// A prefix that is a word can be said alone.
		if word, ok := strings.CutSuffix(folded, " "); ok {
			if _, taken := x.commands[commandKey(word)]; !taken {
				x.commands[commandKey(word)] = id
			}
		}
	}
	for id, m := range b.matchers {
		if m.match != nil {
			x.listeners = append(x.listeners, id)
		}
	}
	if len(x.patterns) > 0 {
		var texts []string
		for _, p := range x.patterns {
			texts = append(texts, p.folded)
		}
		// The standard kind of match, because it alone finds overlapping ones.
		builder := ahocorasick.NewAhoCorasickBuilder(ahocorasick.Opts{MatchKind: ahocorasick.StandardMatch})
		automaton := builder.Build(texts)
		x.automaton = &automaton
	}
	return x
}

// match returns the matches for m in the order of their declarations. answered is false if
// there are none but reactions.
func (x *index) match(m Message) (matches []Match, answered bool) {
	found := x.find(m)
	for _, id := range slices.Sorted(maps.Keys(found)) {
		matched, hit := x.matchers[id], found[id]
		if matched.oneIn > 1 && !chosen(m, matched.name, matched.oneIn) {
			continue
		}
		matches = append(matches, x.matchOf(m, id, hit))
		answered = answered || !matched.reacts
	}
	return matches, answered
}

// matchOf returns the match of a matcher for m.
func (x *index) matchOf(m Message, id int, hit hit) Match {
	matched := x.matchers[id]
	return Match{
		Name:   matched.name,
		Direct: matched.direct && m.Addressed(),
		Static: matched.static,
		Reacts: matched.reacts,
		run: func(ctx context.Context, r Responder) error {
			switch {
			case hit.err != nil:
				return hit.err
			case !matched.only.Admits(m.Roles):
				return r.ReplyEphemeral(ctx, matched.only.Refusal())
			}
			return matched.run(ctx, m, hit.argument, r)
		},
	}
}

// hit is why a matcher matched.
type hit struct {
	argument string // the text after the prefix, if it is one
	err      error  // the panic of a Listener's Match
}

// find returns the matchers whose declarations match m. OneIn is not applied.
func (x *index) find(m Message) map[int]hit {
	found := map[int]hit{}
	said := readable(m.Text)
	folded := foldRunes(collapse(said))
	// Words are looked for in the whole text, commands and prefixes in the text without
	// decoration.
	core, foldedCore := bare(said), folded
	decorated := len(core) != len(strings.TrimSpace(said))
	if decorated {
		foldedCore = foldRunes(collapse(core))
	}
	command := -1
	if m.Addressed() {
		if id, ok := x.commands[commandKey(foldedCore)]; ok {
			command = id
			found[id] = hit{}
		}
	}
	prefix := func(p pattern) {
		if !p.fallback || m.Addressed() && command < 0 {
			argument := strings.TrimSpace(skipCollapsed(core, utf8.RuneCountInString(p.folded)))
			found[p.matcher] = hit{argument: norm.NFC.String(argument)}
		}
	}
	x.scan(folded, func(p pattern) {
		switch {
		case p.prefix && !decorated:
			prefix(p)
		case !p.prefix && (m.Addressed() || !x.matchers[p.matcher].onlyAddressed):
			found[p.matcher] = hit{}
		}
	})
	if decorated {
		x.scan(foldedCore, func(p pattern) {
			if p.prefix {
				prefix(p)
			}
		})
	}
	for _, id := range x.listeners {
		if matches, err := tryMatch(x.matchers[id].match, m); matches || err != nil {
			found[id] = hit{err: err}
		}
	}
	return found
}

// tryMatch calls a Listener's Match. If that panics, its match fails, and no other.
func tryMatch(match func(Message) bool, m Message) (matches bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			// The panic's value may quote the message, and errors are logged.
			err = fmt.Errorf("panic in Match with a %T", p)
			if mistake, ok := p.(runtime.Error); ok {
				err = fmt.Errorf("panic in Match: %w", mistake)
			}
		}
	}()
	return match(m), nil
}

// chosen decides whether m is the one message in n that a declaration does
// something about. It is the same for the same message wherever and however
// often it is handled.
func chosen(m Message, name string, n int) bool {
	sum := sha256.Sum256([]byte(m.Workspace + "\x00" + m.Channel.ID + "\x00" + m.ID + "\x00" + name))
	return binary.BigEndian.Uint64(sum[:8])%uint64(n) == 0
}

// scan calls found for each pattern in a folded text that stands where it must:
// a prefix at the beginning, a word between things that are not part of a word.
func (x *index) scan(folded string, found func(pattern)) {
	if x.automaton == nil {
		return
	}
	for it := x.automaton.IterOverlapping(folded); ; {
		hit := it.Next()
		if hit == nil {
			return
		}
		p := x.patterns[hit.Pattern()]
		if p.prefix && hit.Start() == 0 || !p.prefix && isWhole(folded, hit.Start(), hit.End()) {
			found(p)
		}
	}
}

// isWhole reports whether s[start:end] begins and ends at the border of a word
// where it begins or ends with a part of one.
func isWhole(s string, start, end int) bool {
	// Underscores around a word put it in italics; between two letters they are
	// a part of it.
	before, _ := utf8.DecodeLastRuneInString(strings.TrimRight(s[:start], "_"))
	first, _ := utf8.DecodeRuneInString(s[start:])
	last, _ := utf8.DecodeLastRuneInString(s[:end])
	after, _ := utf8.DecodeRuneInString(strings.TrimLeft(s[end:], "_"))
	return !(isWordRune(before) && isWordRune(first)) && !(isWordRune(last) && isWordRune(after))
}
