package handler

import (
	"cmp"
	"context"
	"slices"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
)

// ClosestMatches returns the words that word may be a misspelling of: at most three,
// the closest first. Case and spaces are ignored.
func ClosestMatches(word string, words []string) []string {
	candidates := make([]candidate, len(words))
	for i, w := range words {
		candidates[i] = newCandidate(fold(w), w, i)
	}
	return closest(commandKey(fold(word)), candidates)
}

// candidate is a text that the bot knows.
type candidate struct {
	folded string
	length int    // of folded, in runes
	say    string // the message that runs it
	group  int    // only the closest candidate of a group is offered
}

func newCandidate(folded, say string, group int) candidate {
	return candidate{folded, utf8.RuneCountInString(folded), say, group}
}

const (
	maxClosest    = 3  // how many are offered
	maxClosestLen = 60 // in runes; a longer text is no misspelt trigger
)

// closest returns messages to send instead of a folded text. It takes time in
// proportion to the number of candidates.
func closest(folded string, candidates []candidate) []string {
	length := utf8.RuneCountInString(folded)
	if length > maxClosestLen {
		return nil
	}
	type match struct {
		candidate
		mistakes int
	}
	var found []match
	for _, c := range candidates {
		allowed := allowedMistakes(min(length, c.length))
		if max(length, c.length)-min(length, c.length) > allowed {
			continue // already too many, without a look
		}
		n := mistakes(folded, c.folded)
		if n == 0 && commandKey(fold(c.say)) == folded {
			continue // the text itself
		}
		if n <= allowed {
			found = append(found, match{c, n})
		}
	}
	slices.SortStableFunc(found, func(a, b match) int { return cmp.Compare(a.mistakes, b.mistakes) })
	var say []string
	seen := map[int]bool{}
	for _, n := range found {
		if !seen[n.group] && len(say) < maxClosest {
			seen[n.group] = true
			say = append(say, n.say)
		}
	}
	return say
}

// allowedMistakes is how many mistakes a text of so many runes may have. A short
// word would otherwise be similar to any other.
func allowedMistakes(length int) int { return min(length/3, 3) }

// mistakes counts the letters to be added, left out or changed to get from one text to
// another. Two neighbours that changed places, the commonest mistake, are one.
func mistakes(a, b string) int {
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

// newCandidates returns the commands, and the arguments that prefixes know, with
// their prefix and without.
func (r *Registry) newCandidates() []candidate {
	var list []candidate
	group := 0
	add := func(folded, say string) { list = append(list, newCandidate(folded, say, group)) }
	for _, e := range r.infos {
		if e.Kind == CommandInfo {
			group++
			for _, trigger := range append([]string{e.Trigger}, e.Aliases...) {
				add(commandKey(fold(trigger)), trigger)
			}
		}
	}
	for _, e := range r.infos {
		if e.Kind == PrefixInfo {
			for _, argument := range e.Arguments {
				group++
				for _, word := range argument.words() {
					add(fold(word), e.Trigger+word)
					add(fold(e.Trigger+word), e.Trigger+word)
				}
			}
		}
	}
	return list
}

// didYouMean answers a message to the bot that matches nothing, if the bot knows
// something similar.
func (r *Registry) didYouMean(m Message) Match {
	return Match{Name: "did you mean", run: func(ctx context.Context, to Responder) error {
		if text := question(closest(commandKey(fold(m.Text)), r.candidates)); text != "" {
			return to.ReplyEphemeral(ctx, Text(text))
		}
		return nil
	}}
}

// question asks whether one of these was meant. It is "" without any.
func question(words []string) string {
	if len(words) == 0 {
		return ""
	}
	text := "Did you mean "
	for i, say := range words {
		switch {
		case i == 0:
		case i == len(words)-1:
			text += " or "
		default:
			text += ", "
		}
		text += code(say)
	}
	return text + "?"
}
