package search

import (
	"cmp"
	"math"
	"slices"
)

// Hit is a document that was found.
type Hit struct {
	Document int
	Score    float64
	// Covered is the share of the query that the document has, by the rarity of the words:
	// 1 if it has every word.
	Covered float64
	// Fit compares the query with the name of the document that is most like it: 1 if they
	// have the same words, 0 if they have none in common.
	Fit float64
}

// Search returns at most n documents, the best first. Words that no document has count
// against all of them. A word may have one mistake for each five of its letters, and a word
// of four letters or more may be the beginning of a longer one. Only the first 24 words count.
func (x *Index) Search(query string, n int) []Hit {
	terms, total := x.query(query)
	if total == 0 || n <= 0 {
		return nil
	}
	s := x.scratch.Get().(*sums)
	defer x.scratch.Put(s)
	for _, t := range terms {
		for _, meaning := range t.meanings {
			s.add(x.postings[meaning], t)
		}
		s.next()
	}
	hits := s.best(n)
	for i := range hits {
		hits[i].Covered /= total
		hits[i].Fit = x.fit(terms, total, hits[i].Document)
	}
	return hits
}

// queryTerm is a word of a query.
type queryTerm struct {
	meanings  []int   // the terms that it may be
	weight    float64 // the rarity of the rarest
	certainty float64 // 1 if the index has the word, less if it was guessed
}

const (
	maxWords    = 24  // of a query
	afterTypo   = 0.9 // the certainty of a corrected word
	afterPrefix = 0.6 // and of one that is the beginning of others
)

// query returns the terms of a query and the sum of their weights. Words that the index
// does not have are as rare as a word can be.
func (x *Index) query(text string) (terms []queryTerm, total float64) {
	words := Words(text)
	words = words[:min(len(words), maxWords)]
	seen := map[string]bool{}
	for _, word := range words {
		stem := Stem(word)
		if seen[stem] {
			continue
		}
		seen[stem] = true
		t := queryTerm{certainty: 1}
		if term, ok := x.terms[stem]; ok {
			t.meanings = []int{term}
		} else if t.meanings = x.words.similar(word); len(t.meanings) > 0 {
			t.certainty = afterTypo
		} else if t.meanings = x.words.beginning(word); len(t.meanings) > 0 {
			t.certainty = afterPrefix
		} else {
			t.weight = x.rarity(0)
		}
		for _, meaning := range t.meanings {
			t.weight = math.Max(t.weight, x.idf[meaning])
		}
		terms = append(terms, t)
		total += t.weight
	}
	return terms, total
}

// fit returns Hit.Fit: the harmonic mean of the shares of the query and of the name that
// the other has.
func (x *Index) fit(terms []queryTerm, total float64, id int) float64 {
	best := 0.0
	for _, name := range x.documents[id].names {
		own, common, shared := 0.0, 0.0, 0.0
		for _, term := range name {
			own += x.idf[term]
		}
		for _, t := range terms {
			if i := slices.IndexFunc(t.meanings, func(meaning int) bool { return slices.Contains(name, meaning) }); i >= 0 {
				common += t.weight * t.certainty
				shared += x.idf[t.meanings[i]]
			}
		}
		if common > 0 {
			recall, precision := common/total, min(1, shared/own)
			best = max(best, 2*recall*precision/(recall+precision))
		}
	}
	return best
}

// sums are those of a query for each document. They are reused, since they have room for
// every document.
type sums struct {
	documents        []sum
	touched, present []int // documents: of the query, and of its present term
}

type sum struct {
	score, covered float64
	// bestScore and bestShare are the contribution of the present term: that of the best of
	// its meanings.
	bestScore, bestShare float64
	known                bool // it is in touched
}

func newSums(documents int) *sums { return &sums{documents: make([]sum, documents)} }

// add counts a meaning of the present term.
func (s *sums) add(list []posting, t queryTerm) {
	share := t.weight * t.certainty
	for _, p := range list {
		d := &s.documents[p.document]
		if !d.known {
			d.known = true
			s.touched = append(s.touched, p.document)
		}
		if d.bestShare == 0 {
			s.present = append(s.present, p.document)
		}
		d.bestScore, d.bestShare = max(d.bestScore, p.weight*t.certainty), share
	}
}

// next ends the present term.
func (s *sums) next() {
	for _, id := range s.present {
		d := &s.documents[id]
		d.score += d.bestScore
		d.covered += d.bestShare
		d.bestScore, d.bestShare = 0, 0
	}
	s.present = s.present[:0]
}

// best returns the n documents with the highest scores, and clears the sums. Covered is not
// yet a share.
func (s *sums) best(n int) []Hit {
	order := func(a, b Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Document, b.Document))
	}
	// Twice as many as are wanted are kept, and sorted when that is full.
	hits := make([]Hit, 0, min(2*n, len(s.touched)))
	lowest := 0.0
	for _, id := range s.touched {
		d := &s.documents[id]
		if d.score >= lowest {
			if hits = append(hits, Hit{Document: id, Score: d.score, Covered: d.covered}); len(hits) >= 2*n {
				slices.SortFunc(hits, order)
				hits = hits[:n]
				lowest = hits[n-1].Score
			}
		}
		*d = sum{}
	}
	s.touched = s.touched[:0]
	slices.SortFunc(hits, order)
	return hits[:min(n, len(hits))]
}
