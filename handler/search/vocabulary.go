package search

import (
	"maps"
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
)

// vocabulary finds the words that a misspelt word may be. It knows each of its words without
// one or two letters, and looks up the misspelt word in the same way: two words with few
// differences have such a form in common. That is the method of SymSpell
// (https://github.com/wolfgarbe/SymSpell).
type vocabulary struct {
	words []string // sorted
	terms []int    // of each word
	// forms are words by the hash of one of their forms, in buckets by the first bits of the
	// hash: starts has the place of each bucket. Whether a word really is similar is checked
	// later, so that equal hashes do no harm.
	forms  []form
	starts []uint32
	shift  int
}

type form struct {
	hash uint32
	word int32 // its place in words
}

const (
	lettersPerMistake = 5
	maxMistakes       = 2
	// formLetters is the number of letters of a word that its forms are made of. It bounds
	// their number to 56 for a word.
	formLetters = 10
	maxSimilar  = 3
	// minBeginning is the number of letters that say which words they begin.
	minBeginning, maxBeginnings = 4, 8
)

// Mistakes returns the number of mistakes that a word of so many letters may have: one for
// each five, at most two.
func Mistakes(letters int) int { return min(letters/lettersPerMistake, maxMistakes) }

func newVocabulary(terms map[string]int) vocabulary {
	v := vocabulary{words: slices.Sorted(maps.Keys(terms))}
	hashes := make([][]uint32, len(v.words))
	total := 0
	for i, word := range v.words {
		v.terms = append(v.terms, terms[word])
		// A misspelt word may be one or two letters longer than the right one.
		hashes[i] = forms(word, Mistakes(utf8.RuneCountInString(word)+maxMistakes))
		total += len(hashes[i])
	}
	// About four forms to a bucket. The buckets are filled after their sizes are counted.
	width := max(1, bits.Len(uint(total/4)))
	v.shift = 32 - width
	v.starts = make([]uint32, 1<<width+1)
	for _, list := range hashes {
		for _, hash := range list {
			v.starts[hash>>v.shift+1]++
		}
	}
	for i := range v.starts[1:] {
		v.starts[i+1] += v.starts[i]
	}
	next := slices.Clone(v.starts)
	v.forms = make([]form, total)
	for i, list := range hashes {
		for _, hash := range list {
			at := &next[hash>>v.shift]
			v.forms[*at] = form{hash, int32(i)}
			*at++
		}
	}
	return v
}

// forms returns the hashes of the forms of a word with up to so many letters left out, none
// for 0.
func forms(word string, mistakes int) []uint32 {
	if mistakes == 0 {
		return nil
	}
	letters := []rune(word)
	letters = letters[:min(len(letters), formLetters)]
	n := len(letters)
	hashes := make([]uint32, 0, 1+n+n*(n-1)/2)
	hashes = append(hashes, hashWithout(letters, n, n))
	for i := range n {
		hashes = append(hashes, hashWithout(letters, i, n))
		for j := i + 1; j < n && mistakes > 1; j++ {
			hashes = append(hashes, hashWithout(letters, i, j))
		}
	}
	slices.Sort(hashes)
	return slices.Compact(hashes)
}

// hashWithout returns the FNV-1a hash of letters without two of them, by their places.
func hashWithout(letters []rune, first, second int) uint32 {
	const offset, prime = 2166136261, 16777619
	hash := uint32(offset)
	for i, letter := range letters {
		if i != first && i != second {
			hash = (hash ^ uint32(letter)) * prime
		}
	}
	// The last multiplication mixes the first bits too little for buckets.
	return (hash ^ hash>>15) * 0x2c1b3c6d
}

// similar returns the terms of the words that a word may be a misspelling of: those with the
// fewest mistakes, at most three.
func (v vocabulary) similar(word string) []int {
	allowed := Mistakes(utf8.RuneCountInString(word))
	if allowed == 0 {
		return nil
	}
	var candidates []int32
	for _, hash := range forms(word, allowed) {
		bucket := v.forms[v.starts[hash>>v.shift]:v.starts[hash>>v.shift+1]]
		for _, f := range bucket {
			if f.hash == hash {
				candidates = append(candidates, f.word)
			}
		}
	}
	slices.Sort(candidates)
	best, terms := allowed+1, []int(nil)
	for _, i := range slices.Compact(candidates) {
		other := v.words[i]
		if longer := len(other) - len(word); longer > best*utf8.UTFMax || -longer > best*utf8.UTFMax {
			continue // too different without a look
		}
		n := Distance(word, other)
		if n > allowed || n > best {
			continue
		}
		if n < best {
			best, terms = n, nil
		}
		if len(terms) < maxSimilar && !slices.Contains(terms, v.terms[i]) {
			terms = append(terms, v.terms[i])
		}
	}
	return terms
}

// beginning returns the terms of the first words that begin with a word.
func (v vocabulary) beginning(word string) []int {
	if utf8.RuneCountInString(word) < minBeginning {
		return nil
	}
	var terms []int
	at, _ := slices.BinarySearch(v.words, word)
	for ; at < len(v.words) && len(terms) < maxBeginnings && strings.HasPrefix(v.words[at], word); at++ {
		if !slices.Contains(terms, v.terms[at]) {
			terms = append(terms, v.terms[at])
		}
	}
	return terms
}

// Distance counts the letters to be added, left out or changed to get from one text to
// another. Two neighbours that changed places, the commonest mistake, are one.
func Distance(a, b string) int {
	n := levenshtein.ComputeDistance(a, b)
	if n == 2 && swapped([]rune(a), []rune(b)) {
		return 1
	}
	return n
}

// swapped reports whether a and b, which differ, differ only by two neighbours that
// changed places.
func swapped(a, b []rune) bool {
	if len(a) != len(b) {
		return false
	}
	i := 0
	for a[i] == b[i] {
		i++
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && slices.Equal(a[i+2:], b[i+2:])
}
