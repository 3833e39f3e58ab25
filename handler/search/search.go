// Package search is a small index of texts in English, such as commands, terms and help
// texts. It finds documents by words in any form and with small misspellings, and ranks
// them by BM25. It keeps everything in memory, and does not interpret the documents that it indexes.
package search

import (
	"math"
	"slices"
	"strings"
	"sync"
)

// Document is an entry of an index.
type Document struct {
	// Names are the words that people call it. A word in a name weighs four times as much as one
	// in Text.
	Names []string
	// Text describes it.
	Text string
}

// Index finds documents. It does not change after New and is safe for concurrent use.
type Index struct {
	documents []document
	exact     map[string][]int // documents by the key of a name
	terms     map[string]int   // ids of the stems
	postings  [][]posting      // by term, by document
	idf       []float64        // by term
	words     vocabulary
	spellings vocabulary // of names, without spaces; its terms are places in names
	names     []string   // the shortest with each spelling
	scratch   sync.Pool
}

// document is an indexed Document.
type document struct {
	names  [][]int // the terms of each name
	length float64
}

// posting is a term's occurrence in a document.
type posting struct {
	document int
	weight   float64 // while the index is built, that of its occurrences, and then its score
}

const (
	nameWeight = 4
	// The usual parameters of BM25. Names are short, so the length counts for less than
	// in articles.
	k1, b = 1.2, 0.5
)

// New returns an index of documents. A Hit names a document by its place in the list.
func New(documents []Document) *Index {
	x := &Index{exact: map[string][]int{}, terms: map[string]int{}}
	words, spellings := map[string]int{}, map[string]int{}
	for id, d := range documents {
		x.add(id, d, words, spellings)
	}
	x.words, x.spellings = newVocabulary(words), newVocabulary(spellings)
	x.score()
	x.scratch.New = func() any { return newSums(len(x.documents)) }
	return x
}

// add indexes a document. words and spellings collect the vocabularies.
func (x *Index) add(id int, d Document, words, spellings map[string]int) {
	var indexed document
	count := func(word string, weight float64) int {
		term, ok := words[word]
		if !ok {
			term = x.term(Stem(word))
			words[word] = term
		}
		list := x.postings[term]
		if len(list) == 0 || list[len(list)-1].document != id {
			list = append(list, posting{document: id})
		}
		list[len(list)-1].weight += weight
		x.postings[term] = list
		indexed.length += weight
		return term
	}
	for _, name := range d.Names {
		inName := Words(name)
		var terms []int
		for _, word := range inName {
			terms = append(terms, count(word, nameWeight))
		}
		indexed.names = append(indexed.names, terms)
		if k := key(name); k != "" && !slices.Contains(x.exact[k], id) {
			x.exact[k] = append(x.exact[k], id)
		}
		if spelling := strings.Join(inName, ""); spelling != "" {
			if at, ok := spellings[spelling]; !ok {
				spellings[spelling] = len(x.names)
				x.names = append(x.names, name)
			} else if len(name) < len(x.names[at]) {
				x.names[at] = name
			}
		}
	}
	for _, word := range Words(d.Text) {
		count(word, 1)
	}
	x.documents = append(x.documents, indexed)
}

// term returns the id of a stem.
func (x *Index) term(stem string) int {
	term, ok := x.terms[stem]
	if !ok {
		term = len(x.postings)
		x.terms[stem] = term
		x.postings = append(x.postings, nil)
	}
	return term
}

// score replaces the weights of all postings by their scores, by BM25.
func (x *Index) score() {
	average := 0.0
	for _, d := range x.documents {
		average += d.length / float64(len(x.documents))
	}
	for _, list := range x.postings {
		idf := x.rarity(len(list))
		x.idf = append(x.idf, idf)
		for i, p := range list {
			length := x.documents[p.document].length / average
			list[i].weight = idf * p.weight * (k1 + 1) / (p.weight + k1*(1-b+b*length))
		}
	}
}

// rarity is the weight of a term that so many documents have.
func (x *Index) rarity(documents int) float64 {
	n := float64(len(x.documents))
	return math.Log(1 + (n-float64(documents)+0.5)/(float64(documents)+0.5))
}

// Exact returns the documents with a name that is the text, whatever the form of its last
// word and the spaces between its words.
func (x *Index) Exact(text string) []int { return slices.Clone(x.exact[key(text)]) }

// Near returns the names that the text may be a misspelling of: those with the fewest
// mistakes, at most three. It may have one for each five of its letters, at most two. Of
// names with the same letters it returns the shortest.
func (x *Index) Near(text string) []string {
	var names []string
	for _, i := range x.spellings.similar(strings.Join(Words(text), "")) {
		names = append(names, x.names[i])
	}
	return names
}
