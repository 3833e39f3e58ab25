package handler

import (
	"slices"
	"strings"

	"github.com/gobridge/gopherbot/handler/search"
)

// question is a message to the bot, without the words that only make it a question.
type question struct {
	text    string // the whole text, folded and bare
	subject string // the thing that it asks about
	// defines is set if it asks for the meaning of the subject, and not how something is done.
	defines bool
}

// polite stand before a question and say nothing about it.
var polite = phrases(
	"please", "pls", "plz", "can you", "could you", "would you", "will you", "can i ask", "can anyone", "can someone", "anyone know", "does anyone know",
	"do you know", "i want to know", "i would like to know", "i'd like to know", "quick question", "question", "so", "ok", "okay", "um", "and", "but", "well", "just", "actually",
)

// openers ask for an explanation.
var openers = phrases(
	"what is meant by", "what is", "what are", "what was", "what were", "what's", "whats", "what're", "what does", "what do", "what about", "what exactly is",
	"wat is", "when should i use", "when to use", "when do i use", "why use", "why should i use", "how do i use",
	"how to use", "who is", "who are", "how does", "explain to me", "explain", "define", "describe", "tell me about", "tell me what", "tell me more about", "tell us about",
	"meaning of", "the meaning of", "definition of", "the definition of", "i don't understand", "i dont understand", "teach me about", "info on", "info about",
	"information about", "information on", "more about", "what the heck is", "what the hell is",
)

// closers stand behind the subject.
var closers = phrases(
	"please", "pls", "plz", "mean", "means", "stand for", "stands for", "thanks", "thank you", "thx", "for me", "to me", "for us", "in go", "in golang", "with go",
	"is", "are", "do", "work", "works", "again", "then", "exactly", "actually", "anyway", "all about",
)

var articles = phrases("a", "an", "the", "this", "these", "your", "my")

// phrases splits phrases into words. A longer phrase comes before its beginning.
func phrases(list ...string) [][]string {
	split := make([][]string, len(list))
	for i, phrase := range list {
		split[i] = search.Words(phrase)
	}
	slices.SortStableFunc(split, func(a, b []string) int { return len(b) - len(a) })
	return split
}

// parseQuestion finds the subject of a text. Phrases of skip may stand before it.
func parseQuestion(text string, skip [][]string) question {
	q := question{text: commandKey(fold(text))}
	rest := fieldsOf(q.text)
	for {
		n := max(begins(rest, polite), begins(rest, skip))
		if opener := begins(rest, openers); opener > n {
			n, q.defines = opener, true
		}
		if n == 0 || n == len(rest) {
			break
		}
		rest = rest[n:]
	}
	for {
		n := ends(rest, closers)
		if n == 0 || n == len(rest) {
			break
		}
		rest = rest[:len(rest)-n]
	}
	if n := begins(rest, articles); n < len(rest) {
		rest = rest[n:]
	}
	q.subject = commandKey(joined(rest))
	return q
}

// field is a part of a text between spaces, and the word in it, without punctuation.
type field struct{ text, word string }

// fieldsOf returns the fields of a text but for addresses of pages.
func fieldsOf(text string) []field {
	var fields []field
	for part := range strings.FieldsSeq(text) {
		if !strings.Contains(part, "://") {
			fields = append(fields, field{part, strings.Join(search.Words(part), "")})
		}
	}
	return fields
}

func joined(fields []field) string {
	parts := make([]string, len(fields))
	for i, f := range fields {
		parts[i] = f.text
	}
	return strings.Join(parts, " ")
}

// begins returns the number of fields that one of the phrases takes at the beginning.
func begins(fields []field, list [][]string) int {
	for _, phrase := range list {
		if len(phrase) <= len(fields) && slices.EqualFunc(fields[:len(phrase)], phrase, field.maybe) {
			return len(phrase)
		}
	}
	return 0
}

// ends returns the number of fields that one of the phrases takes at the end.
func ends(fields []field, list [][]string) int {
	for _, phrase := range list {
		if len(phrase) <= len(fields) && slices.EqualFunc(fields[len(fields)-len(phrase):], phrase, field.maybe) {
			return len(phrase)
		}
	}
	return 0
}

func (f field) is(word string) bool { return f.word == word }

// maybe reports whether the field is a word, or a misspelling of it.
func (f field) maybe(word string) bool {
	allowed := search.Mistakes(len(f.word))
	if difference := len(f.word) - len(word); allowed == 0 || difference > allowed || -difference > allowed {
		return f.word == word
	}
	return search.Distance(f.word, word) <= allowed
}

// searchWords returns the words of a subject without stop words, joined by spaces.
func searchWords(subject string) string {
	return strings.Join(slices.DeleteFunc(search.Words(subject), func(w string) bool { return stopWords[w] }), " ")
}

// stopWords are in questions about anything. Those that are also words of a programming
// language are found before, as a name.
var stopWords = func() map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(`
		a an the this that these those some any every all it its they them there here
		i im ive id me my mine you your youre yours we us our he she his her people someone somebody anyone anybody everyone
		is are was were be been being am do does did doing done have has had having can could may might will would shall should must
		what whats which who whom whose when where why how
		of to in on at by from with about into as or and but if than then so for
		not no yes too very just only really also again still now
		please pls plz thanks thank hey
		tell show give explain describe define say know find get got make want need like use using used help helped helps look looking write create handle difference between versus vs
		best good better way ways thing things stuff question questions something anything lot bit one
		lets let`) {
		set[word] = true
	}
	return set
}()
