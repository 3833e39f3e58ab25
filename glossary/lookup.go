package glossary

import (
	"slices"
	"strings"
	"unicode"

	"github.com/gobridge/gopherbot/handler"
)

// Lookup returns the term that has a word or answers to it, in the singular or plural.
// Case, hyphens, quotation marks and the like do not matter.
func (g *Glossary) Lookup(word string) (Term, bool) {
	for _, form := range forms(normal(word)) {
		if t, ok := g.index[form]; ok {
			return t, true
		}
	}
	return Term{}, false
}

// similar returns the closest word of each term that a word, which is not in
// the glossary, may be a misspelling of.
func (g *Glossary) similar(word string) []string {
	if !hasLetter(word) {
		return nil // dots are no misspelt "..."
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(handler.ClosestMatches(normal(word), g.Words()), func(w string) bool {
		t := g.index[normal(w)]
		again := seen[t.Name]
		seen[t.Name] = true
		return again
	})
}

// containing returns the names of a few terms that have the word in one of theirs:
// "leak" finds "goroutine leak" and "memory leak".
func (g *Glossary) containing(word string) []string {
	const atMost = 3
	part := " " + normal(word) + " "
	var found []string
	for _, t := range g.terms {
		if len(found) < atMost && slices.ContainsFunc(t.words(), func(w string) bool { return strings.Contains(" "+normal(w)+" ", part) }) {
			found = append(found, t.Name)
		}
	}
	return found
}

// normal returns the form in which words are compared: lower case, parts separated
// by one space and not by hyphens, without an article and without the
// punctuation and markup around it. A word of signs only, such as :=, stays as it is.
func normal(word string) string {
	word = strings.ReplaceAll(word, "…", "...") // phones write it for three dots
	word = strings.Trim(strings.ToLower(word), " \t\n\"'`“”„‘’«»?")
	if !hasLetter(word) {
		return word
	}
	word = strings.Trim(word, " \t\n\"'`“”„‘’«»?!.,;:*_~()")
	for _, article := range []string{"a ", "an ", "the "} {
		word = strings.TrimPrefix(word, article)
	}
	flag := strings.HasPrefix(word, "-") // as in -race
	word = strings.Join(strings.Fields(separators.Replace(word)), " ")
	if flag {
		word = "-" + word
	}
	return word
}

func hasLetter(word string) bool { return strings.ContainsFunc(word, unicode.IsLetter) }

var separators = strings.NewReplacer("-", " ", "‑", " ", "–", " ", "_", " ", "’", "'", "‘", "'")

// endings are those of English plurals, each with that of its singular. The
// last is for words that are in the glossary in the plural alone.
var endings = [][2]string{{"s", ""}, {"es", ""}, {"ies", "y"}, {"ices", "ex"}, {"ices", "ix"}, {"ses", "sis"}, {"", "s"}}

// forms returns a normal word and the singulars that it may be the plural of. Most of
// these are no words; that does no harm, as they are not in the glossary.
func forms(word string) []string {
	all := []string{word}
	for _, e := range endings {
		if stem, ok := strings.CutSuffix(word, e[0]); ok && stem != "" {
			all = append(all, stem+e[1])
		}
	}
	return all
}
