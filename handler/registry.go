package handler

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Registry knows what the bot answers to. It does not change once it is built
// and is safe for concurrent use.
type Registry struct {
	index   *index
	joins   map[string][]joinAction // by channel name; "" is the workspace
	entries []Entry
}

// Action is a declaration that matched, ready to run.
type Action struct {
	// Name is the declaration's.
	Name string
	run  func(ctx context.Context, r Responder) error
}

// Run does what the declaration says.
func (a Action) Run(ctx context.Context, r Responder) error { return a.run(ctx, r) }

// Entry is what the registry tells about a declaration to those who write help
// texts and docs.
type Entry struct {
	Kind     EntryKind
	Trigger  string
	Aliases  []string
	Help     string
	Examples []Example
}

// EntryKind is the kind of declaration that an Entry is of.
type EntryKind int

const (
	// CommandEntry is of a Command, said to the bot.
	CommandEntry EntryKind = iota + 1
	// PrefixEntry is of a Prefix, said anywhere.
	PrefixEntry
)

// NewRegistry builds a registry. The order of the declarations is the order in
// which their actions run when several match. The error, if any, names every
// mistake in the list, a line each.
func NewRegistry(declarations ...Declaration) (*Registry, error) {
	b := &builder{
		Registry: &Registry{joins: map[string][]joinAction{}},
		commands: map[string]int{},
		prefixes: map[string]int{},
	}
	var errs []error
	for i, d := range declarations {
		b.current = matcher{name: d.Name(), position: i + 1}
		for _, err := range d.declare(b) {
			if err != nil {
				errs = append(errs, fmt.Errorf("declaration %d, %s: %w", i+1, d.Name(), err))
			}
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	b.index = newIndex(b)
	return b.Registry, nil
}

// Message returns the actions for m, in the order of their declarations.
func (r *Registry) Message(m Message) []Action { return r.index.match(m) }

// TeamJoin returns the actions for someone joining the workspace.
func (r *Registry) TeamJoin(j Join) []Action { return r.joinActions("", j) }

// ChannelJoin returns the actions for someone joining a channel, which is known
// by its name.
func (r *Registry) ChannelJoin(j Join) []Action {
	if j.Channel.Name == "" {
		return nil
	}
	return r.joinActions(j.Channel.Name, j)
}

func (r *Registry) joinActions(channel string, j Join) []Action {
	var actions []Action
	for _, a := range r.joins[channel] {
		actions = append(actions, Action{a.name, func(ctx context.Context, r Responder) error { return a.run(ctx, j, r) }})
	}
	return actions
}

// Entries describes the commands and prefixes in the order of their
// declarations.
func (r *Registry) Entries() []Entry { return slices.Clone(r.entries) }

type joinAction struct {
	name string
	run  func(ctx context.Context, j Join, r Responder) error
}

// runFunc is what a declaration does about a message; argument is what follows
// the prefix, if it is one.
type runFunc func(ctx context.Context, m Message, argument string, r Responder) error

// matcher is a declaration that messages are matched against. Its place in the
// list of matchers is its id; the order of the ids is that of the declarations.
type matcher struct {
	name     string
	position int // in the list that NewRegistry was given, from 1
	run      runFunc
}

// word is a word or phrase that a reaction listens for.
type word struct {
	folded  string
	matcher int
}

// builder collects what the declarations of a registry that is being built say.
type builder struct {
	*Registry
	current  matcher // the declaration whose turn it is
	matchers []matcher
	commands map[string]int // folded trigger or alias → matcher
	prefixes map[string]int // folded prefix → matcher
	words    []word
}

// add adds a matcher for the declaration whose turn it is and returns its id.
func (b *builder) add(run runFunc) int {
	m := b.current
	m.run = run
	b.matchers = append(b.matchers, m)
	return len(b.matchers) - 1
}

// claim gives a trigger to a matcher, unless it is empty or another has it.
func (b *builder) claim(taken map[string]int, trigger, folded string, id int) error {
	if folded == "" {
		return errors.New("a trigger or alias is empty")
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

func (b *builder) document(e Entry) { b.entries = append(b.entries, e) }
