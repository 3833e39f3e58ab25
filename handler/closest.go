package handler

import (
	"cmp"
	"slices"
	"unicode/utf8"

	"github.com/gobridge/gopherbot/handler/search"
)

// maxClosest is how many words ClosestMatches returns, and maxClosestLen the number of
// characters of the longest word that may be misspelt.
const (
	maxClosest    = 3
	maxClosestLen = 60
)

// ClosestMatches returns the words that word may be a misspelling of: at most three,
// the closest first. Case and spaces are ignored. A word may have one mistake for each
// five of its characters, at most two. It takes time in proportion to the number of words.
func ClosestMatches(word string, words []string) []string {
	folded := commandKey(fold(word))
	length := utf8.RuneCountInString(folded)
	allowed := search.Mistakes(length)
	if length > maxClosestLen || allowed == 0 {
		return nil
	}
	type match struct {
		word     string
		mistakes int
	}
	var found []match
	for _, w := range words {
		other := fold(w)
		if n := utf8.RuneCountInString(other) - length; n > allowed || -n > allowed || commandKey(other) == folded {
			continue // too different without a look, or the word itself
		}
		if n := search.Distance(folded, other); n <= allowed {
			found = append(found, match{w, n})
		}
	}
	slices.SortStableFunc(found, func(a, b match) int { return cmp.Compare(a.mistakes, b.mistakes) })
	var closest []string
	for _, f := range found[:min(len(found), maxClosest)] {
		closest = append(closest, f.word)
	}
	return closest
}
