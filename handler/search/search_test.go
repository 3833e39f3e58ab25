package search_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gobridge/gopherbot/handler/search"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

var documents = []search.Document{
	0: {Names: []string{"flip a coin", "coin flip"}, Text: "flips a coin, returning heads or tails"},
	1: {Names: []string{"goroutine", "go routine", "green thread"}, Text: "A function that runs concurrently with others in the same program."},
	2: {Names: []string{"goroutine leak"}, Text: "A goroutine that waits forever keeps its memory."},
	3: {Names: []string{"memory leak"}, Text: "Memory that is referred to though nobody needs it."},
	4: {Names: []string{"concurrency"}, Text: "A program of several parts that make progress side by side, each of them a goroutine."},
	5: {Names: []string{":="}, Text: "Declares a variable."},
	6: {Names: []string{"code of conduct", "coc"}, Text: "links the rules"},
	7: {Names: []string{"format code"}, Text: "tells about gofmt"},
	8: {Names: []string{"café"}},
	9: {},
}

func TestIndex_Search(t *testing.T) {
	t.Parallel()
	x := search.New(documents)
	for query, want := range map[string][]int{
		"goroutine":              {2, 1, 4}, // in names before in texts
		"GOROUTINES":             {2, 1, 4}, // whatever its form
		"gorutine":               {2, 1, 4}, // 8 letters, one mistake
		"gruotine":               {},        // two are too many
		"concurrncy":             {4, 1},    // a mistake, and another form
		"leak memory":            {3, 2},    // both words before one
		"leak zebra":             {2, 3},    // an unknown word hides nothing
		"gorout":                 {2, 1, 4}, // the beginning of a word
		"gor":                    {},        // of a few letters means nothing
		"coyn":                   {},        // nor has a short word mistakes
		"cafe":                   {8},       // accents do not count
		"CAFÉ":                   {8},       //
		"":                       {},        //
		"?!":                     {},        //
		"zebra":                  {},        //
		"code":                   {7, 6},    // the shorter name
		strings.Repeat("x ", 99): {},        //
	} {
		got := []int{}
		for _, hit := range x.Search(query, 10) {
			got = append(got, hit.Document)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%.20q: %v, want %v", query, got, want)
		}
	}
	if hits := x.Search("goroutine", 2); len(hits) != 2 {
		t.Errorf("%d hits, want 2", len(hits))
	}
	if hits := search.New(nil).Search("goroutine", 2); len(hits) != 0 {
		t.Errorf("%+v in nothing", hits)
	}
}

// TestHit measures how well documents meet a query.
func TestHit(t *testing.T) {
	t.Parallel()
	x := search.New(documents)
	for _, test := range []struct {
		query                                  string
		document                               int
		minCovered, maxCovered, minFit, maxFit float64
	}{
		{"goroutine", 1, 1, 1, 1, 1},
		{"routine, go!", 1, 1, 1, 1, 1},            // one of its names
		{"gorutine", 1, 0.9, 0.9, 0.9, 0.99},       // less certain
		{"goroutine", 2, 1, 1, 0.4, 0.7},           // a part of the name
		{"goroutine", 4, 1, 1, 0, 0},               // its text alone
		{"goroutine zebra", 1, 0.2, 0.5, 0.3, 0.7}, // an unknown word counts as a rare one
		{"code of conduct", 7, 0.1, 0.5, 0.2, 0.6}, //
		{"memory leak memory", 3, 1, 1, 1, 1},      // once is enough
	} {
		hits := x.Search(test.query, 10)
		i := slices.IndexFunc(hits, func(h search.Hit) bool { return h.Document == test.document })
		if i < 0 {
			t.Errorf("%q does not find %d", test.query, test.document)
			continue
		}
		h := hits[i]
		if h.Covered < test.minCovered-1e-9 || h.Covered > test.maxCovered+1e-9 || h.Fit < test.minFit-1e-9 || h.Fit > test.maxFit+1e-9 {
			t.Errorf("%q: %+v, want covered %v to %v, fit %v to %v", test.query, h, test.minCovered, test.maxCovered, test.minFit, test.maxFit)
		}
	}
}

func TestIndex_Exact(t *testing.T) {
	t.Parallel()
	x := search.New(documents)
	for text, want := range map[string][]int{
		"goroutine": {1}, "Go Routine": {1}, "goroutines": {1}, "flip-a-coin": {0}, "format codes": {7}, ":=": {5}, "cafe": {8},
		"gorutine": nil, "leak": nil, "": nil, "=": nil,
	} {
		if got := x.Exact(text); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestIndex_Near(t *testing.T) {
	t.Parallel()
	x := search.New(documents)
	for text, want := range map[string]string{
		"gorutine": "goroutine", "flip a coyn": "flip a coin", "flpi a coin": "flip a coin", "memory laek": "memory leak", "memorry leek": "memory leak",
		"mmroy leek": "", "coc": "", "cooc": "", "import": "", "report": "", "": "",
	} {
		if got := strings.Join(x.Near(text), ","); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	for letters, want := range map[int]int{0: 0, 4: 0, 5: 1, 9: 1, 10: 2, 15: 2, 99: 2} {
		if got := search.Mistakes(letters); got != want {
			t.Errorf("%d letters: %d, want %d", letters, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, b string
		want int
	}{{"map", "map", 0}, {"mpa", "map", 1}, {"amp", "pma", 2}, {"maps", "map", 1}, {"", "ab", 2}, {"ab", "ba", 1}, {"über", "uber", 1}} {
		if got := search.Distance(test.a, test.b); got != test.want {
			t.Errorf("%q, %q: %d, want %d", test.a, test.b, got, test.want)
		}
	}
}

// TestIndex_FindsEveryMisspelling makes every single mistake in long words: the shortened
// forms that the index knows must find them all.
func TestIndex_FindsEveryMisspelling(t *testing.T) {
	t.Parallel()
	words := []string{"goroutine", "concurrency", "authentication", "internationalization"}
	var list []search.Document
	for _, word := range words {
		list = append(list, search.Document{Names: []string{word}})
	}
	x := search.New(list)
	for i, word := range words {
		for at := range len(word) {
			for _, wrong := range []string{
				word[:at] + word[at+1:], word[:at] + "q" + word[at+1:], word[:at] + "q" + word[at:],
				word[:at] + word[min(at+1, len(word)-1):min(at+2, len(word))] + word[at:at+1] + word[min(at+2, len(word)):],
			} {
				if near := x.Near(wrong); len(near) != 1 || near[0] != word {
					t.Errorf("%q: %q, want %q", wrong, near, word)
				}
				if hits := x.Search(wrong, 1); len(hits) != 1 || hits[0].Document != i {
					t.Errorf("%q: %+v, want %d", wrong, hits, i)
				}
			}
		}
	}
}

// TestIndex_IsSafeForConcurrentUse searches from several goroutines, for the race detector.
func TestIndex_IsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	x := search.New(documents)
	want := x.Search("memory leak", 10)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				x.Search("goroutine", 10)
				if got := x.Search("memory leak", 10); !slices.Equal(got, want) {
					t.Errorf("%+v, want %+v", got, want)
				}
			}
		})
	}
	testenv.Wait(t, &wg)
}

func FuzzIndex(f *testing.F) {
	for _, text := range []string{"goroutine", "\xff", "İİİİİİ", strings.Repeat("é", 30), "''''", "a_b 1_2", "naïve café"} {
		f.Add(text)
	}
	x := search.New(documents)
	f.Fuzz(func(t *testing.T, text string) {
		x.Near(text)
		for _, hit := range x.Search(text, 20) {
			if !(hit.Score > 0 && hit.Covered > 0 && hit.Covered <= 1+1e-9 && hit.Fit >= 0 && hit.Fit <= 1+1e-9) {
				t.Errorf("%q: %+v", text, hit)
			}
		}
		if own := search.New([]search.Document{{Names: []string{text}}}); len(search.Words(text)) > 0 && len(own.Exact(text)) != 1 {
			t.Errorf("%q is not its own name", text)
		}
	})
}

// library returns so many documents with the words of a small language: few are frequent,
// many are rare.
func library(n int) []search.Document {
	random := rand.New(rand.NewPCG(1, 2))
	syllables := []string{"ba", "con", "der", "fi", "gor", "hal", "in", "jo", "ka", "lem", "mu", "nor", "os", "pre", "qui", "ras", "str", "tion", "ul", "ver"}
	words := make([]string, 4*n)
	for i := range words {
		for range 2 + random.IntN(3) {
			words[i] += syllables[random.IntN(len(syllables))]
		}
	}
	some := func(count int) string {
		var text []string
		for range count {
			at := random.Float64()
			text = append(text, words[int(at*at*at*float64(len(words)-1))])
		}
		return strings.Join(text, " ")
	}
	list := make([]search.Document, n)
	for i := range list {
		list[i] = search.Document{Names: []string{some(2), some(1), some(2)}, Text: some(30)}
	}
	return list
}

// BenchmarkIndex_Search is to take at most 200 µs with 10,000 documents.
func BenchmarkIndex_Search(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		list := library(n)
		x := search.New(list)
		question := list[n/2].Names[0] + " " + list[n/3].Names[0]
		misspelt := "x" + strings.ReplaceAll(question, " ", " x")
		for name, query := range map[string]string{"words": question, "misspelt": misspelt} {
			b.Run(fmt.Sprintf("%s/documents=%d", name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					x.Search(query, 50)
				}
			})
		}
	}
}

func BenchmarkNew(b *testing.B) {
	list := library(2_000)
	b.ReportAllocs()
	for b.Loop() {
		search.New(list)
	}
}
