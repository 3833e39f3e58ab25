package handler

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gobridge/gopherbot/handler/markup"
	"github.com/gobridge/gopherbot/handler/search"
)

// finder searches the declarations for texts that are no trigger of theirs.
type finder struct {
	index   *search.Index
	entries []entry // by their places in the index
	// prefixes are the matchers of prefixes that are one word and a sign, by the word.
	prefixes map[string]int
}

// entry is a declaration, or an argument of one, that can be found.
type entry struct {
	info     Info
	say      string // the message that runs it, "" for something that is not said
	argument string
	term     bool // it explains something: it is an argument of a prefix
	names    []string
}

// newFinder indexes declarations by their triggers, aliases and arguments, and by their
// help texts, the explanations of arguments, and the titles of the links in fixed texts.
func newFinder(infos []Info) *finder {
	f := &finder{prefixes: map[string]int{}}
	var documents []search.Document
	add := func(e entry, names []string, text string) {
		for _, name := range names {
			e.names = append(e.names, commandKey(fold(name)))
		}
		f.entries = append(f.entries, e)
		documents = append(documents, search.Document{Names: e.names, Text: fold(text)})
	}
	for _, e := range infos {
		if e.Kind == JoinInfo || e.Kind == ActionInfo || e.Kind == FormInfo || e.Kind == HomeInfo {
			continue
		}
		names := append([]string{e.Trigger}, e.Aliases...)
		if e.Title != "" {
			names = append(names, e.Title)
		}
		if words := search.Words(e.Trigger); e.Kind == PrefixInfo && len(words) == 1 {
			f.prefixes[words[0]] = e.matcher
		}
		found := entry{info: e}
		if e.Kind == CommandInfo {
			found.say = e.Trigger
		}
		add(found, names, e.Help+" "+linkTitles(e.text))
		for _, a := range e.Arguments {
			add(entry{info: e, say: e.Trigger + a.Name, argument: a.Name, term: true}, a.words(), a.Text)
		}
	}
	f.index = search.New(documents)
	return f
}

// linkTitles returns the titles of the links in a text.
func linkTitles(text string) string {
	var titles []string
	for node := range markup.Parse(text).Nodes() {
		if node.Kind == markup.Link {
			titles = append(titles, node.Text)
		}
	}
	return strings.Join(titles, " ")
}

// line describes an entry in one line.
func (e entry) line() string {
	if e.term {
		return "• " + code(e.say)
	}
	return e.info.line()
}

// Bounds of Hit.Fit and Hit.Covered. They are chosen so that the phrases in the tests of
// package consumer/gophers get the right thing.
const (
	clearFit  = 0.8  // of the entry that is meant
	clearLead = 1.25 // so many times the fit of any other
	likely    = 0.5  // covered by an entry that may be meant, if its fit is not
	likelyFit = 0.6
	// maxCommon is the number of entries that have a word in their texts alone and may be
	// meant by it.
	maxCommon = 2
)

// find returns the entry that a question is about, if that is clear, and otherwise those
// that it may be about, the best first. Only entries that allowed returns true for count.
func (f *finder) find(q question, allowed func(entry) bool) (clear *entry, maybe []entry) {
	words := searchWords(q.subject)
	for _, text := range []string{q.text, q.subject, words} {
		if e := f.named(text, q, allowed); e != nil {
			return e, nil
		}
	}
	if near := f.index.Near(q.subject); len(near) == 1 {
		if e := f.named(near[0], q, allowed); e != nil {
			return e, nil
		}
	}
	hits := f.search(words, allowed)
	best := 0.0
	for _, h := range hits {
		best = max(best, h.Fit)
	}
	if best >= clearFit {
		var top []int
		for _, h := range hits {
			if h.Fit*clearLead > best {
				top = append(top, h.Document)
			}
		}
		if e := f.prefer(top, q, allowed); e != nil {
			return e, nil
		}
	}
	for _, h := range hits[:min(len(hits), maxOffers)] {
		maybe = append(maybe, f.entries[h.Document])
	}
	return nil, maybe
}

// named returns the entry that a text names: one with exactly that name, or else with that
// as its first name in another form, or else with any such name.
func (f *finder) named(text string, q question, allowed func(entry) bool) *entry {
	if q.defines {
		q.defines = false
		if e := f.named(text, q, func(e entry) bool { return e.term && allowed(e) }); e != nil {
			return e
		}
	}
	exact := f.index.Exact(text)
	only := func(is func(e entry) bool) []int {
		return slices.DeleteFunc(slices.Clone(exact), func(id int) bool { return !is(f.entries[id]) })
	}
	for _, found := range [][]int{
		only(func(e entry) bool { return slices.Contains(e.names, text) }),
		only(func(e entry) bool { return slices.Equal(stems(e.names[0]), stems(text)) }),
		exact,
	} {
		if e := f.prefer(found, q, allowed); e != nil {
			return e
		}
	}
	return nil
}

// maxOffers is the number of entries that are offered, and maxHits that of those that are
// looked at.
const (
	maxOffers = 3
	maxHits   = 50
)

// search returns the entries that words may be about, the best first: the rank of those
// with a similar name is higher.
func (f *finder) search(words string, allowed func(entry) bool) []search.Hit {
	hits := slices.DeleteFunc(f.index.Search(words, maxHits), func(h search.Hit) bool {
		return h.Covered <= likely && h.Fit <= likelyFit || !allowed(f.entries[h.Document])
	})
	if len(hits) > maxCommon && !strings.Contains(words, " ") {
		hits = slices.DeleteFunc(hits, func(h search.Hit) bool { return h.Fit == 0 })
	}
	rank := func(h search.Hit) float64 { return h.Score * (0.5 + h.Fit) }
	slices.SortStableFunc(hits, func(a, b search.Hit) int { return cmp.Compare(rank(b), rank(a)) })
	return hits
}

// prefer returns the entry that is meant if several have the same name: a term for a question
// about a meaning, and otherwise a command. It returns nil if none is preferred.
func (f *finder) prefer(documents []int, q question, allowed func(entry) bool) *entry {
	var best []*entry
	for _, id := range documents {
		e := &f.entries[id]
		switch {
		case !allowed(*e) || len(best) > 0 && best[0].term != e.term && e.term != q.defines:
		case len(best) > 0 && best[0].term != e.term:
			best = []*entry{e}
		default:
			best = append(best, e)
		}
	}
	if len(best) != 1 {
		return nil
	}
	return best[0]
}
