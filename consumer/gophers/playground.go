package gophers

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/playground"
)

var playgroundCommand = handler.Command{
	Trigger:  "playground",
	Aliases:  []string{"go playground", "goplay", "goplay space"},
	Help:     "tells about the Go Playground",
	Examples: []handler.Example{{Say: "goplay", Want: "go.dev/play"}},
	Text: lines(
		"<https://go.dev/play/|The Go Playground> compiles and runs Go in your browser, and its *Share* button gives you a link to what you wrote. It is the best way to show code that you have a question about.",
		"• Programs have no network and no files of yours, and time begins on 10 November 2009.",
		"• Other people's packages can be imported. Lines such as `-- go.mod --` and `-- thing.go --` divide a program into several files.",
		"• A program with tests and without a `main` runs the tests.",
		"When somebody posts ten lines of code or more here, or a file, I put it there for them. With `nolink` in the message I don't.",
	),
}

const (
	minCodeLines = 10 // that a message is shared with
	minFileLines = 6  // that a file is shared with
)

// Playground is what sharing long code needs.
type Playground struct {
	Sharer Sharer
	Files  FileReader
	// Channels looks up the channels that Except names.
	Channels ChannelNames
	// Except names channels, without "#", in which code is left alone.
	Except []string
	// OnlyAddressed leaves alone what was not said to the bot: in shadow mode
	// nothing else may leave the workspace.
	OnlyAddressed bool
}

// Sharer uploads programs.
type Sharer interface {
	// Share returns the address where people find the program, the same one for
	// the same program. The error is a *playground.RefusedError when trying
	// again is of no use.
	Share(ctx context.Context, source string) (address string, err error)
}

// FileReader reads the files that are attached to messages.
type FileReader interface {
	// ReadFile returns a file's content. The error is fs.ErrNotExist when it is
	// gone; a file of more than limit bytes is an error, too.
	ReadFile(ctx context.Context, file handler.File, limit int64) ([]byte, error)
}

// ChannelNames looks up the names of channels by their ids.
type ChannelNames interface {
	// Name returns "" for a channel that is not public.
	Name(ctx context.Context, id string) (string, error)
}

// longCode shares long code on the Go Playground, links it, and tells its
// author how to do that next time. What is said in private channels and group
// messages stays there: what is shared, anybody can read.
func longCode(p Playground) handler.Watcher {
	return handler.Watcher{
		Title: "long code",
		Help: fmt.Sprintf("shares %d or more lines of code, and Go or text files of %d or more, on the Go Playground; `nolink` in the message prevents it",
			minCodeLines, minFileLines),
		Examples: []handler.Example{{
			Say:  "```package main\n\nimport \"fmt\"\n\nfunc main() {\n\tfor i := range 3 {\n\t\tfmt.Println(i)\n\t}\n\tfmt.Println(\"done\")\n}```",
			Want: "/p/",
		}},
		Match: p.matches,
		Run:   p.share,
	}
}

var nolink = regexp.MustCompile(`(?i)\bnolink\b`)

func (p Playground) matches(m handler.Message) bool {
	if m.Channel.Kind == handler.Private || m.Channel.Kind == handler.Group || p.OnlyAddressed && !m.Addressed() {
		return false
	}
	return (longProgram(m.Text) != "" || slices.ContainsFunc(m.Files, mayBeCode)) && !nolink.MatchString(m.Text)
}

// longProgram returns the program of a message that is to be shared, "" if
// there is none.
func longProgram(text string) string {
	if strings.Count(text, "\n") < minCodeLines-1 {
		return ""
	}
	source, n := program(text)
	if n < minCodeLines || len(source) > playground.MaxSource {
		return ""
	}
	return source
}

// mayBeCode says whether a file is Go or text, and of a size that can be
// shared, as far as it can be told from outside.
func mayBeCode(f handler.File) bool {
	if f.Size > playground.MaxSource {
		return false
	}
	switch strings.ToLower(path.Ext(f.Name)) {
	case ".go":
		return true
	case "", ".txt":
		return strings.HasPrefix(f.MIMEType, "text/plain")
	default:
		return false
	}
}

// longFile says whether the content of a file is text, and long enough.
func longFile(content string) bool {
	return strings.Count(strings.TrimSpace(content), "\n") >= minFileLines-1 &&
		utf8.ValidString(content) && !strings.ContainsRune(content, 0)
}

// item is something to share, and where it is to be found once it is. Its name
// is ready for a Reply.
type item struct{ name, source, address string }

func (p Playground) share(ctx context.Context, m handler.Message, r handler.Responder) error {
	if left, err := p.leftAlone(ctx, m.Channel); err != nil || left {
		return err
	}
	items, err := p.items(ctx, m)
	if err != nil {
		return err
	}
	var shared []item
	for _, it := range items {
		it.address, err = p.Sharer.Share(ctx, it.source)
		if _, refused := errors.AsType[*playground.RefusedError](err); refused {
			continue
		}
		if err != nil {
			return err // the queue tries again, until the message is too old
		}
		shared = append(shared, it)
	}
	switch {
	case len(items) == 0:
		return nil
	case len(shared) == 0:
		return r.ReplyEphemeral(ctx, handler.Text("I wanted to put your code on the Go Playground, and it would not take it. <https://go.dev/play/|go.dev/play> may tell you why."))
	}
	// The link comes last: should the tip fail, nothing was said that a second
	// try would say again for all to hear.
	if err := r.ReplyEphemeral(ctx, handler.Text(tip)); err != nil {
		return err
	}
	return r.Reply(ctx, handler.Text(where(shared)))
}

const tip = "I put your code on the Go Playground, where everyone can read and run it. Next time, write it at <https://go.dev/play/|go.dev/play>, press *Share*, and post the link. With `nolink` anywhere in a message, I leave its code alone."

// where tells where the items are to be found. There is at least one.
func where(items []item) string {
	if len(items) == 1 {
		return "Here is that code on the Go Playground: <" + items[0].address + ">"
	}
	text := []string{"Here is that code on the Go Playground:"}
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

// items returns what there is to share in a message.
func (p Playground) items(ctx context.Context, m handler.Message) ([]item, error) {
	var items []item
	if source := longProgram(m.Text); source != "" {
		items = append(items, item{name: "the message", source: source})
	}
	for _, f := range m.Files {
		if !mayBeCode(f) {
			continue
		}
		content, err := p.Files.ReadFile(ctx, f, playground.MaxSource)
		switch {
		case errors.Is(err, fs.ErrNotExist): // its author has thought better of it
		case err != nil:
			return nil, err
		case longFile(string(content)):
			items = append(items, item{name: handler.Quote(f.Name), source: string(content)})
		}
	}
	return items, nil
}
