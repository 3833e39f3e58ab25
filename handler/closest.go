package handler

import (
	"cmp"
	"context"
	"slices"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
)

// ClosestMatches returns those of words that are so like word that whoever wrote it may
// have meant one of them: at most three, the nearest first. Neither case nor
// spaces count.
func ClosestMatches(word string, words []string) []string {
	candidates := make([]candidate, len(words))
	for i, w := range words {
		candidates[i] = newCandidate(fold(w), w, i)
	}
	return nearest(commandKey(fold(word)), candidates)
}

// candidate is something that can be meant.
type candidate struct {
	folded string
	length int    // of folded, in runes
	say    string // the words to say to get it
	group  int    // only the nearest candidate of a group is offered
}

func newCandidate(folded, say string, group int) candidate {
	return candidate{folded, utf8.RuneCountInString(folded), say, group}
}

const (
	maxNear    = 3  // how many are offered
	maxNearLen = 60 // in runes; what is longer is no misspelt trigger
)

// nearest returns what to say instead of a folded text. It costs time in
// proportion to the number of candidates.
func nearest(folded string, candidates []candidate) []string {
	length := utf8.RuneCountInString(folded)
	if length > maxNearLen {
		return nil
	}
	type near struct {
		candidate
		mistakes int
	}
	var found []near
	for _, c := range candidates {
		allowed := allowedMistakes(min(length, c.length))
		if max(length, c.length)-min(length, c.length) > allowed {
			continue // already too many, without a look
		}
		n := mistakes(folded, c.folded)
		if n == 0 && commandKey(fold(c.say)) == folded {
			continue // it is what was said
		}
		if n <= allowed {
			found = append(found, near{c, n})
		}
	}
	slices.SortStableFunc(found, func(a, b near) int { return cmp.Compare(a.mistakes, b.mistakes) })
	var say []string
	seen := map[int]bool{}
	for _, n := range found {
		if !seen[n.group] && len(say) < maxNear {
			seen[n.group] = true
			say = append(say, n.say)
		}
	}
	return say
}

// allowedMistakes is how many mistakes a text of so many runes may have, so
// that a short word is not taken for any other.
func allowedMistakes(length int) int { return min(length/3, 3) }

// mistakes counts the letters to be added, left out or changed to get from one
// text to another. Two neighbours that changed places, the most frequent
// mistake of all, are one.
func mistakes(a, b string) int {
	n := levenshtein.ComputeDistance(a, b)
	if n == 2 && swapped([]rune(a), []rune(b)) {
		return 1
	}
	return n
}

// swapped reports whether a and b, which differ, do so in that two neighbours
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

// candidates returns what can be meant by something said to the bot: commands,
// and the arguments that prefixes know, with their prefix or without.
func (r *Registry) candidates() []candidate {
	var list []candidate
	group := 0
	add := func(folded, say string) { list = append(list, newCandidate(folded, say, group)) }
	for _, e := range r.infos {
		if e.Kind == CommandEntry {
			group++
			for _, trigger := range append([]string{e.Trigger}, e.Aliases...) {
				add(commandKey(fold(trigger)), trigger)
			}
		}
	}
	for _, e := range r.infos {
		if e.Kind == PrefixEntry {
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

// didYouMean answers what was said to the bot and is nothing that it knows,
// when it knows something like it.
func (r *Registry) didYouMean(m Message) Match {
	return Match{Name: "did you mean", run: func(ctx context.Context, _ Join, to Responder) error {
		if question := meant(nearest(commandKey(fold(m.Text)), r.near)); question != "" {
			return to.ReplyEphemeral(ctx, Text(question))
		}
		return nil
	}}
}

// meant asks whether one of these was meant; it is "" when there are none.
func meant(near []string) string {
	if len(near) == 0 {
		return ""
	}
	text := "Did you mean "
	for i, say := range near {
		switch {
		case i == 0:
		case i == len(near)-1:
			text += " or "
		default:
			text += ", "
		}
		text += code(say)
	}
	return text + "?"
}
