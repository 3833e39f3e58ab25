package handler

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gobridge/gopherbot/handler/search"
)

// Talk is something that people say to the bot and that is no question: a greeting, or
// thanks. It is answered if the message says nothing else that the bot understands.
type Talk struct {
	Phrases []string
	// Text answers in direct messages, and Emoji, a name without colons, in channels.
	Text, Emoji string
}

// mistakes returns the mistakes in a talk.
func (t Talk) mistakes() []error {
	errs := []error{need("a Text for each Talk", t.Text)}
	if !isEmoji(t.Emoji) {
		errs = append(errs, fmt.Errorf("Talk: emoji %q: want a name such as wave, in lower case and without colons", t.Emoji))
	}
	if len(t.Phrases) == 0 {
		errs = append(errs, errors.New("Talk: wants a phrase"))
	}
	for _, phrase := range t.Phrases {
		errs = append(errs, need("letters in each phrase of a Talk", strings.Join(search.Words(phrase), "")))
	}
	return errs
}

// sayAction is the ID of the buttons below "did you mean". Their Data is the text that they
// say to the bot.
const sayAction = "say"

// unknownCooldown is how long a person is not told again, in channels, that the bot does
// not know something.
const unknownCooldown = 5 * time.Minute

// understand returns the match for a message to the bot that no declaration but reactions
// matches: there is one, unless the registry has no Help and nothing similar, or there were
// reactions and nothing better.
func (r *Registry) understand(m Message, reacted bool) []Match {
	q := parseQuestion(m.Text, r.talk.skipped)
	fields := fieldsOf(q.text)
	if q.text == "" || len(fields) > 0 && begins(fields, r.talk.names) == len(fields) {
		return r.introduction(m)
	}
	if id, ok := r.sensitive(q); ok {
		return []Match{r.index.matchOf(m, id, hit{})}
	}
	if len(fields) > maxQuestion {
		return unlessReacted(reacted, r.unknownTo(m))
	}
	talk, only := r.talk.find(fields)
	if talk != nil && only {
		return r.talking(m, *talk, reacted)
	}
	if id, argument, ok := r.spoken(m); ok {
		return []Match{r.index.matchOf(m, id, hit{argument: argument})}
	}
	e, maybe := r.finder().find(q, func(e entry) bool { return e.say != "" && e.info.Only.Admits(m.Roles) })
	switch {
	case e != nil:
		return []Match{r.index.matchOf(m, e.info.matcher, hit{argument: e.argument})}
	case talk != nil:
		return r.talking(m, *talk, reacted)
	case len(maybe) > 0:
		return unlessReacted(reacted, []Match{r.offer(m, maybe)})
	default:
		return unlessReacted(reacted, r.unknownTo(m))
	}
}

// maxQuestion is the number of words of the longest text that is read as a question or a
// greeting.
const maxQuestion = 100

// unlessReacted returns the matches if there was no reaction, which would be the better answer.
func unlessReacted(reacted bool, matches []Match) []Match {
	if reacted {
		return nil
	}
	return matches
}

// spoken returns the prefix that a message begins with if it is said as a word: "xkcd 303"
// is "xkcd:303". Words of fewer than three letters are no such word.
func (r *Registry) spoken(m Message) (id int, argument string, ok bool) {
	fields := strings.Fields(bare(readable(m.Text)))
	words := search.Words(fields[0])
	if len(words) != 1 || len(words[0]) < 3 {
		return 0, "", false
	}
	id, ok = r.finder().prefixes[words[0]]
	return id, strings.Join(fields[1:], " "), ok
}

// sensitive returns the command for a message that has one of its sensitive words. A
// message that names another declaration, or asks for the meaning of a term, has none.
func (r *Registry) sensitive(q question) (id int, ok bool) {
	if len(r.index.sensitive) == 0 {
		return 0, false
	}
	text := " " + strings.Join(stems(q.text), " ") + " "
	for _, s := range r.index.sensitive {
		if !strings.Contains(text, s.text) {
			continue
		}
		term := func(e entry) bool { return e.term }
		command := func(e entry) bool { return e.say != "" && !e.term }
		if q.defines && r.finder().named(q.subject, q, term) != nil || r.finder().named(searchWords(q.subject), q, command) != nil {
			return 0, false
		}
		return s.matcher, true
	}
	return 0, false
}

// sensitiveWord is a sensitive word or phrase, as stems between spaces.
type sensitiveWord struct {
	text    string
	matcher int
}

func stems(text string) []string {
	words := search.Words(text)
	for i, word := range words {
		words[i] = search.Stem(word)
	}
	return words
}

// smallTalk finds greetings and the like.
type smallTalk struct {
	list    []Talk
	phrases []talkPhrase // longer ones first
	names   [][]string   // of the bot
	skipped [][]string   // phrases that may stand before a question: these and those
}

type talkPhrase struct {
	words []string
	talk  int // its place in the list
}

func newSmallTalk(list []Talk, names []string) smallTalk {
	t := smallTalk{list: list, names: phrases(names...), skipped: phrases(names...)}
	for i, talk := range list {
		for _, words := range phrases(talk.Phrases...) {
			t.phrases = append(t.phrases, talkPhrase{words, i})
			t.skipped = append(t.skipped, words)
		}
	}
	slices.SortStableFunc(t.phrases, func(a, b talkPhrase) int { return len(b.words) - len(a.words) })
	slices.SortStableFunc(t.skipped, func(a, b []string) int { return len(b) - len(a) })
	return t
}

// find returns the talk in the fields of a text, nil if there is none. only is true if the text says
// nothing else.
func (t smallTalk) find(fields []field) (found *Talk, only bool) {
	only = true
	for len(fields) > 0 {
		n := 0
		for _, p := range t.phrases {
			if len(p.words) <= len(fields) && slices.EqualFunc(fields[:len(p.words)], p.words, field.is) {
				if n = len(p.words); found == nil {
					found = &t.list[p.talk]
				}
				break
			}
		}
		if n == 0 {
			n = max(1, begins(fields, t.skipped))
			only = only && (begins(fields, t.skipped) > 0 || searchWords(fields[0].text) == "")
		}
		fields = fields[n:]
	}
	return found, only && found != nil
}

// talking answers small talk.
func (r *Registry) talking(m Message, t Talk, reacted bool) []Match {
	if reacted && m.Channel.Kind != Direct {
		return nil
	}
	return []Match{{Name: "small talk", Direct: true, run: func(ctx context.Context, to Responder) error {
		if m.Channel.Kind == Direct || m.ID == "" { // a slash command has no message to react to
			return sayPrivately(ctx, m, to, Text(t.Text))
		}
		return to.React(ctx, t.Emoji)
	}}}
}

// introduction answers a mention without a text.
func (r *Registry) introduction(m Message) []Match {
	if r.helps == nil || len(m.Files) > 0 {
		return nil
	}
	return []Match{{Name: "introduction", Direct: true, run: func(ctx context.Context, to Responder) error {
		return sayPrivately(ctx, m, to, Text(sentences(r.helps.About, "Say "+code(r.helpTrigger)+" to see everything I can do.")))
	}}}
}

// unknownTo tells a person that the bot does not know something.
func (r *Registry) unknownTo(m Message) []Match {
	if r.helps == nil {
		return nil
	}
	match := Match{Name: "no answer", run: func(ctx context.Context, to Responder) error {
		return sayPrivately(ctx, m, to, Text(sentences("I don't know that one, sorry.", r.helps.AskPeople, "Say "+code(r.helpTrigger)+" to see what I can do.")))
	}}
	if m.Channel.Kind != Direct {
		match.Cooldown = unknownCooldown
	}
	return []Match{match}
}

// offer asks which of several things was meant.
func (r *Registry) offer(m Message, list []entry) Match {
	return Match{Name: "did you mean", Direct: true, run: func(ctx context.Context, to Responder) error {
		return sayPrivately(ctx, m, to, r.offered("", list))
	}}
}

// offered is the question whether one of these was meant, with a button for each.
func (r *Registry) offered(after string, list []entry) Reply {
	var said []string
	var buttons []Component
	for _, e := range list {
		said = append(said, e.say)
		if r.helps != nil && len(e.say) <= maxLabel {
			buttons = append(buttons, Component{ID: sayAction, Label: e.say, Data: e.say})
		}
	}
	return Reply{Text: sentences(didYouMean(said), after), Components: buttons}
}

// didYouMean asks whether one of these was meant.
func didYouMean(said []string) string {
	text := "Did you mean "
	for i, say := range said {
		switch {
		case i == 0:
		case i == len(said)-1:
			text += " or "
		default:
			text += ", "
		}
		text += code(say)
	}
	return text + "?"
}

// sayPrivately answers the author of a message, and nobody else.
func sayPrivately(ctx context.Context, m Message, to Responder, reply Reply) error {
	if m.Channel.Kind == Direct {
		return to.Reply(ctx, reply)
	}
	return to.ReplyEphemeral(ctx, reply)
}

// sentences joins the sentences that are not empty.
func sentences(list ...string) string {
	return strings.Join(slices.DeleteFunc(list, func(s string) bool { return s == "" }), " ")
}
