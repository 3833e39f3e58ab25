package handler

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gobridge/gopherbot/handler/markup"
)

// Registry matches messages and joins with declarations. It does not change after
// NewRegistry and is safe for concurrent use.
type Registry struct {
	index *index
	joins map[string][]joinRun // by channel name; "" is the workspace
	infos []Info

	slashes, actions, shortcuts map[string]control
	forms                       map[string]*Form
	reactions                   []ReactionAdded
	// helpTrigger is the trigger of the Help command, "" if there is none, and home is
	// true if it has a page.
	helpTrigger string
	home        bool
	// helps is that Help, nil if there is none, and talk is its small talk.
	helps *Help
	talk  smallTalk
	// finder searches the declarations. It is built when it is first needed.
	finder func() *finder
}

// Match is a declaration that matched, ready to run.
type Match struct {
	// Name is the declaration's.
	Name string
	// Direct is true if a person asked the bot and waits for an answer.
	Direct bool
	// Static is true if it only gives an answer, the same one every time.
	Static bool
	// Reacts is true if it only adds emoji.
	Reacts bool
	// Cooldown is how long it must not run again for the same person. 0 means that
	// it may run at any time.
	Cooldown time.Duration
	// Once, if not empty, names a decision about a message: of all matches with that name
	// for the message one runs, once. See Action.
	Once string

	run func(ctx context.Context, r Responder) error
}

// Run runs the declaration.
func (m Match) Run(ctx context.Context, r Responder) error { return m.run(ctx, r) }

// NewRegistry builds a registry. Matches of a message run in the order of the
// declarations. The error, if any, names every mistake in the list, a line each.
func NewRegistry(declarations ...Declaration) (*Registry, error) {
	b := &builder{
		Registry: &Registry{
			joins: map[string][]joinRun{}, slashes: map[string]control{}, actions: map[string]control{}, shortcuts: map[string]control{},
			forms: map[string]*Form{},
		},
		commands:  map[string]int{},
		prefixes:  map[string]int{},
		phrases:   map[string]int{},
		listeners: map[string]int{},
	}
	var errs []error
	report := func(d Declaration, position int, mistakes ...error) {
		for _, err := range mistakes {
			if err != nil {
				errs = append(errs, fmt.Errorf("declaration %d, %s: %w", position, d.Name(), err))
			}
		}
	}
	for i, d := range declarations {
		if d == nil {
			errs = append(errs, fmt.Errorf("declaration %d is nil", i+1))
			continue
		}
		b.name, b.position = d.Name(), i+1
		report(d, i+1, d.declare(b)...)
	}
	for _, position := range b.wantsHelp {
		if b.helpTrigger == "" {
			report(declarations[position-1], position, errors.New("has Commands: wants a Help in the list, which is its answer without a text"))
		}
	}
	b.index = newIndex(b)
	for _, e := range b.infos {
		if e.matcher == noMatcher {
			continue
		}
		for _, example := range e.Examples {
			position := b.matchers[e.matcher].position
			report(declarations[position-1], position, b.checkExample(e, example))
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	infos := b.infos
	b.finder = sync.OnceValue(func() *finder { return newFinder(infos) })
	return b.Registry, nil
}

// Message returns the matches for m, in the order of their declarations. If no trigger
// matches a message to the bot, it is read as a question in plain English. A registry with
// a Help answers each message to the bot, even if it does not know the answer.
func (r *Registry) Message(m Message) []Match {
	matches, answered := r.index.match(m)
	if answered || !m.Addressed() {
		return matches
	}
	return append(matches, r.understand(m, len(matches) > 0)...)
}

// WorkspaceJoin returns the matches for someone joining the workspace.
func (r *Registry) WorkspaceJoin(j Join) []Match { return r.joined("", j) }

// ChannelJoin returns the matches for a person joining a channel, by its name.
func (r *Registry) ChannelJoin(j Join) []Match {
	if j.Channel.Name == "" {
		return nil
	}
	return r.joined(j.Channel.Name, j)
}

func (r *Registry) joined(channel string, j Join) []Match {
	var matches []Match
	for _, a := range r.joins[channel] {
		matches = append(matches, Match{Name: a.name, Cooldown: a.cooldown, run: func(ctx context.Context, r Responder) error { return a.run(ctx, j, r) }})
	}
	return matches
}

type joinRun struct {
	name     string
	run      func(ctx context.Context, j Join, r Responder) error
	cooldown time.Duration
}

// runFunc runs a declaration for a message; argument is the text after the prefix, if
// it is one.
type runFunc func(ctx context.Context, m Message, argument string, r Responder) error

// matcher is a declaration that messages are matched against. Its place in the
// list of matchers is its id; the order of the ids is that of the declarations.
type matcher struct {
	name     string
	position int // in the list that NewRegistry was given, from 1
	run      runFunc
	match    func(m Message) bool // a Listener's

	direct        bool // an author who sends it to the bot waits for an answer
	static        bool // it always gives the same answer
	onlyAddressed bool // it matches only messages to the bot
	fallback      bool // its prefix matches only messages to the bot that are no command
	reacts        bool // it only adds emoji, which is no answer to a question
	oneIn         int
	only          Role
}

// builder builds a registry.
type builder struct {
	*Registry
	name     string // of the present declaration
	position int    // and its place, from 1
	matchers []matcher
	// The matcher of each trigger, in its folded form.
	commands, prefixes, phrases, listeners map[string]int
	words                                  []pattern
	sensitive                              []sensitiveWord
	wantsHelp                              []int // positions of declarations that need a Help
}

// add adds a matcher and an Info for the present declaration, and returns the matcher's
// id.
func (b *builder) add(m matcher, e Info) int {
	m.name, m.position = b.name, b.position
	b.matchers = append(b.matchers, m)
	e.Name, e.matcher = b.name, len(b.matchers)-1
	b.infos = append(b.infos, e)
	return e.matcher
}

// welcome adds a declaration for people who join a channel, or the workspace ("").
func (b *builder) welcome(channel string, a joinRun) {
	b.joins[channel] = append(b.joins[channel], a)
	b.info(Info{Kind: JoinInfo, Name: a.name, Trigger: channel})
}

// noMatcher is the matcher of an Info that is not about messages.
const noMatcher = -1

// info adds an Info of a declaration without a matcher. Its name is that of the present
// declaration unless it has one.
func (b *builder) info(e Info) {
	if e.Name == "" {
		e.Name = b.name
	}
	e.matcher = noMatcher
	b.infos = append(b.infos, e)
}

// claim gives a trigger to a matcher, unless it is empty or another has it.
func (b *builder) claim(taken map[string]int, trigger, folded string, id int) error {
	if folded == "" {
		return errors.New("a trigger, alias, word, phrase or argument is empty")
	}
	other, ok := taken[folded]
	switch {
	case !ok:
		taken[folded] = id
		return nil
	case other == id:
		return fmt.Errorf("has %q twice", trigger)
	default:
		return fmt.Errorf("%q is taken by declaration %d, %s", trigger, b.matchers[other].position, b.matchers[other].name)
	}
}

// listen is claim for a word or phrase that is looked for within texts.
func (b *builder) listen(taken map[string]int, text string, id int) error {
	folded := fold(text)
	if err := b.claim(taken, text, folded, id); err != nil {
		return err
	}
	b.words = append(b.words, pattern{folded: folded, matcher: id})
	return nil
}

// checkExample returns the mistake in an example: it is incomplete, or its
// declaration does not match it.
func (b *builder) checkExample(e Info, example Example) error {
	if err := example.check(); err != nil {
		return err
	}
	m := Message{Text: example.Say, RawText: markup.EscapeReferences(example.Say), Channel: Channel{Kind: Direct}}
	if _, ok := b.index.find(m)[e.matcher]; !ok {
		return fmt.Errorf("its Example %q does not match it", example.Say)
	}
	return nil
}
