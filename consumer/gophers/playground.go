package gophers

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/lazyregexp"
	"github.com/gobridge/gopherbot/internal/playground"
)

var playgroundCommand = handler.Command{
	Trigger:  "playground",
	Aliases:  []string{"go playground", "goplay", "goplay space"},
	Help:     "explains the Go Playground",
	Examples: []handler.Example{{Say: "goplay", Want: "go.dev/play"}},
	Text: lines(
		"<https://go.dev/play/|The Go Playground> compiles and runs Go in your browser, and its *Share* button gives you a link. It's the best way to show code you have a question about.",
		"• Programs can't use the network or your files, and time starts on 10 November 2009.",
		"• You can import other people's packages. Lines such as `-- go.mod --` and `-- thing.go --` split a program into files.",
		"• A program with tests and no `main` runs the tests.",
		"If you post ten or more lines of code here, or a file, I'll put it there for you. Don't want that? Write `nolink` in the message.",
	),
}

// Playground shares long code.
type Playground struct {
	Sharer Sharer
	Files  FileReader
	// Channels looks up the channels that Except names.
	Channels ChannelNames
	// Except names channels, without "#", with code that is not shared.
	Except []string
	// OnlyAddressed ignores messages that are not for the bot: in shadow mode nothing
	// else may leave the workspace.
	OnlyAddressed bool
}

// Sharer uploads programs.
type Sharer interface {
	// Share returns the address where people find the program, the same one for
	// the same program. The error is a *playground.RefusedError when trying
	// again is of no use.
	Share(ctx context.Context, source string) (address string, err error)
}

// FileReader reads the files that are attached to messages. The error of both
// methods is fs.ErrNotExist for a file that is gone, or that is not the bot's to
// read.
type FileReader interface {
	// Describe returns a pending file as the platform describes it now.
	Describe(ctx context.Context, file handler.File) (handler.File, error)
	// ReadFile returns a file's content; a file of more than limit bytes is an
	// error.
	ReadFile(ctx context.Context, file handler.File, limit int64) ([]byte, error)
}

// ChannelNames looks up the names of channels by their ids.
type ChannelNames interface {
	// Name returns "" for a channel that is not public.
	Name(ctx context.Context, id string) (string, error)
}

// longCode shares long code on the Go Playground, links it, and shows its author how to
// do that next time. Code in private channels and group messages is not shared:
// anybody can read the playground.
func longCode(p Playground) handler.Listener {
	return handler.Listener{
		Title: "long code",
		Help: fmt.Sprintf("shares %d or more lines of Go, and files with %d or more, on the Go Playground, unless there are keys, passwords or addresses in them; "+
			"`nolink` in the message prevents it", minCodeLines, minFileLines),
		Examples: []handler.Example{{
			Say:  "```package main\n\nimport \"fmt\"\n\nfunc main() {\n\tfor i := range 3 {\n\t\tfmt.Println(i)\n\t}\n\tfmt.Println(\"done\")\n}```",
			Want: "/p/",
		}},
		Match: p.matches,
		Run:   p.share,
	}
}

var nolink = lazyregexp.New(`(?i)\bnolink\b`)

func (p Playground) matches(m handler.Message) bool {
	if m.Channel.Kind == handler.Private || m.Channel.Kind == handler.Group || p.OnlyAddressed && !m.Addressed() {
		return false
	}
	return (longProgram(m.Text) != "" || slices.ContainsFunc(m.Files, mayBeCode)) && !nolink().MatchString(m.Text)
}

func (p Playground) share(ctx context.Context, m handler.Message, r handler.Responder) error {
	if left, err := p.leftAlone(ctx, m.Channel); err != nil || left {
		return err
	}
	found, err := p.snippets(ctx, m)
	if err != nil {
		return err
	}
	var shared []snippet
	rejected := false
	var private []string // lines for the author alone
	for _, it := range found {
		if it.secret.What != "" {
			private = append(private, it.warning())
			continue
		}
		it.address, err = p.Sharer.Share(ctx, it.source)
		if _, refused := errors.AsType[*playground.RefusedError](err); refused {
			rejected = true
			continue
		}
		if err != nil {
			return err // the queue tries again, until the message is too old
		}
		shared = append(shared, it)
	}
	switch {
	case len(shared) > 0:
		private = append(private, tip)
	case rejected:
		private = append(private, rejection)
	}
	if len(private) == 0 {
		return nil
	}
	// The link comes last: should this fail, nothing was said that a second try
	// would say again for all to hear.
	if err := r.ReplyEphemeral(ctx, handler.Text(lines(private...))); err != nil || len(shared) == 0 {
		return err
	}
	return r.Reply(ctx, handler.Reply{Text: where(shared), Components: removeButton(m.User), InThread: true})
}

const tip = "I've put your code on the Go Playground, so everyone can read and run it. Next time you can write it at <https://go.dev/play/|go.dev/play>, press *Share* and post the link. Don't want me to? Write `nolink` anywhere in your message."

const rejection = "I tried to put your code on the Go Playground, but it didn't take it. <https://go.dev/play/|go.dev/play> may tell you why."

// where says where the snippets are. There is at least one.
func where(items []snippet) string {
	if len(items) == 1 {
		return "Here's that code on the Go Playground: <" + items[0].address + ">"
	}
	text := []string{"Here's that code on the Go Playground:"}
	for _, it := range items {
		text = append(text, "• "+it.name+": <"+it.address+">")
	}
	return lines(text...)
}

func (p Playground) leftAlone(ctx context.Context, c handler.Channel) (bool, error) {
	if len(p.Except) == 0 || c.Kind != handler.Public {
		return false, nil
	}
	name, err := p.Channels.Name(ctx, c.ID)
	return slices.Contains(p.Except, name), err
}

// snippets returns the programs in a message and its files that are worth
// sharing, those with secrets included.
func (p Playground) snippets(ctx context.Context, m handler.Message) ([]snippet, error) {
	var found []snippet
	add := func(it snippet, worth bool) {
		if worth {
			found = append(found, it)
		}
	}
	add(judgeMessage(m.Text))
	for _, f := range m.Files {
		if !mayBeCode(f) {
			continue
		}
		it, worth, err := p.read(ctx, f)
		if errors.Is(err, fs.ErrNotExist) {
			continue // its author has thought better of it
		}
		if err != nil {
			return nil, err
		}
		add(it, worth)
	}
	return found, nil
}

// read judges a file.
func (p Playground) read(ctx context.Context, f handler.File) (it snippet, worth bool, err error) {
	if f.Pending {
		if f, err = p.Files.Describe(ctx, f); err != nil || !mayBeCode(f) {
			return snippet{}, false, err
		}
	}
	content, err := p.Files.ReadFile(ctx, f, playground.MaxSource)
	if err != nil {
		return snippet{}, false, err
	}
	it, worth = judgeFile(f, string(content))
	return it, worth, nil
}
