// Package spelling finds the name that an operator meant. It knows no names.
package spelling

import (
	"strings"

	"github.com/agnivade/levenshtein"
)

// Nearest returns the known name that is most like name, and "" if none is. A name that
// has all words of name, in their order, and the fewest others is most like it; then
// one with the fewest mistakes: one is allowed for each four letters, and at least one. Case
// is ignored. Of several the first is returned.
func Nearest(name string, known []string) string {
	folded := strings.ToLower(name)
	best, fewest := "", 0
	for _, k := range known {
		if more, ok := more(words(folded), words(strings.ToLower(k))); ok && (best == "" || more < fewest) {
			best, fewest = k, more
		}
	}
	if best != "" {
		return best
	}
	fewest = max(1, len(folded)/4) + 1
	for _, k := range known {
		if n := levenshtein.ComputeDistance(folded, strings.ToLower(k)); n < fewest {
			best, fewest = k, n
		}
	}
	return best
}

// Bare returns a name, or a text with names, in lower case, without quotes, and with one space
// between words.
func Bare(text string) string {
	return strings.Join(strings.Fields(strings.ToLower(strings.NewReplacer(`"`, "", "'", "").Replace(text))), " ")
}

// HasWords reports whether a name has some words, in their order and next to each other. Case and
// quotes are ignored.
func HasWords(name, some string) bool {
	return strings.Contains(" "+Bare(name)+" ", " "+Bare(some)+" ")
}

func words(name string) []string {
	return strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("_-. ", r) })
}

// more returns how many words a known name has besides those of name, and false if it does
// not have all of them in their order.
func more(name, known []string) (int, bool) {
	rest := name
	for _, w := range known {
		if len(rest) > 0 && rest[0] == w {
			rest = rest[1:]
		}
	}
	return len(known) - len(name), len(rest) == 0 && len(name) > 0
}

// DidYouMean returns a question that names the nearest known name, such as `; did you mean
// "send"?`, for the end of an error. It is "" if no known name is like it.
func DidYouMean(name string, known []string) string {
	nearest := Nearest(name, known)
	if nearest == "" {
		return ""
	}
	return `; did you mean "` + nearest + `"?`
}
