package handler

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Declaration is one thing that the bot does: a Command, Prefix, Reaction,
// TeamJoin, ChannelJoin or Help.
type Declaration interface {
	// Name says which declaration this is in logs and errors: its kind and its
	// trigger.
	Name() string
	// declare adds the declaration to a registry that is being built, and says
	// what is wrong with it. Of the errors that it returns some may be nil.
	declare(b *builder) []error
}

// Example is something a person may say and what the bot answers. It is run as
// a test.
type Example struct {
	// Say is said to the bot in a direct message.
	Say string
	// Want is a regular expression that one of the answers matches, or one of
	// the reactions, written :emoji:.
	Want string
}

// Command runs when the bot is spoken to, by a mention or in a direct message,
// and the text is the trigger or an alias, whatever its case.
type Command struct {
	Trigger  string
	Aliases  []string
	Help     string // one line that begins with a verb: "flips a coin"
	Examples []Example
	// Text is the answer of a command that always says the same; Run is that of
	// one that does not. One of the two is set.
	Text string
	Run  func(ctx context.Context, m Message, r Responder) error
}

// Name implements Declaration.
func (c Command) Name() string { return fmt.Sprintf("command %q", c.Trigger) }

func (c Command) declare(b *builder) []error {
	run := c.Run
	if run == nil {
		run = func(ctx context.Context, _ Message, r Responder) error {
			return r.Reply(ctx, Reply{Text: c.Text, Address: true})
		}
	}
	id := b.add(func(ctx context.Context, m Message, _ string, r Responder) error { return run(ctx, m, r) })
	errs := []error{need("a help text", c.Help), oneOf(c.Text != "", c.Run != nil)}
	for _, trigger := range append([]string{c.Trigger}, c.Aliases...) {
		errs = append(errs, b.claim(b.commands, trigger, fold(trigger), id))
	}
	b.document(Entry{Kind: CommandEntry, Trigger: c.Trigger, Aliases: c.Aliases, Help: c.Help, Examples: c.Examples})
	return errs
}

// Prefix runs when a text begins with it, whether or not the bot was mentioned,
// whatever its case. A prefix that is a word ends with a space.
type Prefix struct {
	Prefix   string
	Argument string // names what follows, for help: "term" is shown as <term>
	Help     string
	Examples []Example
	// Run is given what follows the prefix, without spaces around it, which may
	// be "".
	Run func(ctx context.Context, m Message, argument string, r Responder) error
}

// Name implements Declaration.
func (p Prefix) Name() string { return fmt.Sprintf("prefix %q", p.Prefix) }

func (p Prefix) declare(b *builder) []error {
	id := b.add(p.Run)
	errs := []error{
		need("a help text", p.Help),
		need("the name of its argument", p.Argument),
		b.claim(b.prefixes, p.Prefix, foldPrefix(p.Prefix), id),
	}
	if p.Run == nil {
		errs = append(errs, errors.New("wants a Run function"))
	}
	if last, _ := utf8.DecodeLastRuneInString(p.Prefix); isWordRune(last) {
		errs = append(errs, errors.New("ends in the middle of a word: end it with a space, or with a sign such as a colon"))
	}
	b.document(Entry{Kind: PrefixEntry, Trigger: p.Prefix + "<" + p.Argument + ">", Help: p.Help, Examples: p.Examples})
	return errs
}

// Reaction adds emoji to every message that contains one of its words, as a
// whole word and whatever its case.
type Reaction struct {
	Words []string // words or phrases
	Emoji []string // names without colons, added in this order
}

// Name implements Declaration.
func (r Reaction) Name() string { return `reaction to "` + strings.Join(r.Words, `", "`) + `"` }

func (r Reaction) declare(b *builder) []error {
	id := b.add(func(ctx context.Context, _ Message, _ string, to Responder) error {
		for _, emoji := range r.Emoji {
			if err := to.React(ctx, emoji); err != nil {
				return err
			}
		}
		return nil
	})
	var errs []error
	if len(r.Words) == 0 {
		errs = append(errs, errors.New("wants a word to react to"))
	}
	for _, w := range r.Words {
		errs = append(errs, need("words that are not empty", w))
		b.words = append(b.words, word{fold(w), id})
	}
	if len(r.Emoji) == 0 {
		errs = append(errs, errors.New("wants an emoji"))
	}
	for _, emoji := range r.Emoji {
		if !emojiPattern.MatchString(emoji) {
			errs = append(errs, fmt.Errorf("emoji %q: want a name such as tada, in lower case and without colons", emoji))
		}
	}
	return errs
}

// TeamJoin runs when someone joins the workspace. Text is sent to them as a
// direct message, or Run does something else; one of the two is set.
type TeamJoin struct {
	Text string
	Run  func(ctx context.Context, j Join, r Responder) error
}

// Name implements Declaration.
func (TeamJoin) Name() string { return "workspace welcome" }

func (t TeamJoin) declare(b *builder) []error {
	run := t.Run
	if run == nil {
		run = func(ctx context.Context, _ Join, r Responder) error { return r.DM(ctx, Text(t.Text)) }
	}
	b.joins[""] = append(b.joins[""], joinAction{t.Name(), run})
	return []error{oneOf(t.Text != "", t.Run != nil)}
}

// ChannelJoin runs when someone joins the channel of that name. Text is shown
// to nobody but them, in the channel, or Run does something else; one of the
// two is set.
type ChannelJoin struct {
	Channel string // without "#"
	Text    string
	Run     func(ctx context.Context, j Join, r Responder) error
}

// Name implements Declaration.
func (c ChannelJoin) Name() string { return "welcome to #" + c.Channel }

func (c ChannelJoin) declare(b *builder) []error {
	run := c.Run
	if run == nil {
		run = func(ctx context.Context, _ Join, r Responder) error { return r.ReplyEphemeral(ctx, Text(c.Text)) }
	}
	b.joins[c.Channel] = append(b.joins[c.Channel], joinAction{c.Name(), run})
	var badName error
	if strings.HasPrefix(c.Channel, "#") {
		badName = errors.New(`wants the channel's name without "#"`)
	}
	return []error{need("a channel's name", c.Channel), badName, oneOf(c.Text != "", c.Run != nil)}
}

// emojiPattern is what names of emoji look like.
var emojiPattern = regexp.MustCompile(`^[\p{Ll}\p{Lo}0-9_+'-]+$`)

func need(what, value string) error {
	if strings.TrimSpace(value) == "" {
		return errors.New("wants " + what)
	}
	return nil
}

func oneOf(text, run bool) error {
	if text == run {
		return errors.New("wants either a Text or a Run function")
	}
	return nil
}
