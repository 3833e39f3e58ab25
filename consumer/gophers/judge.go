package gophers

import (
	"fmt"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/markup"
	"github.com/gobridge/gopherbot/internal/lazyregexp"
	"github.com/gobridge/gopherbot/internal/playground"
	"github.com/gobridge/gopherbot/internal/secrets"
)

// Anybody can read the playground. So messages and files are judged by their
// content: Go that is long enough is shared; with a secret in it, it is kept back
// and its author gets a private message; everything else is left alone.

const (
	minCodeLines = 10 // of Go, that a message is shared with
	minFileLines = 6  // that a file is shared with
)

// snippet is a program that is worth sharing.
type snippet struct {
	name   string // ready for a Reply
	isFile bool
	source string
	// secret is the reason not to share it; the zero value is none.
	secret secrets.Finding
	// address is where it is, after it was shared.
	address string
}

// judgeMessage returns the program of a message, if it is worth sharing.
func judgeMessage(text string) (s snippet, worth bool) {
	source := longProgram(text)
	if source == "" {
		return snippet{}, false
	}
	return snippetOf(source), true
}

// judgeShort returns the program of a message, however short it is.
func judgeShort(text string) (s snippet, isCode bool) {
	source, n := program(text)
	if n == 0 || len(source) > playground.MaxSource {
		return snippet{}, false
	}
	return snippetOf(source), true
}

func snippetOf(source string) snippet {
	secret, _ := secrets.Find(source)
	return snippet{name: "the message", source: source, secret: secret}
}

// judgeFile returns a file's program, if it is worth sharing. A file that is
// called Go is taken for Go; of a text at least half of the lines must be Go, so
// that a diary with an example in it stays a diary.
func judgeFile(f handler.File, content string) (s snippet, worth bool) {
	text := strings.TrimPrefix(content, "\ufeff")
	if !longFile(text) || isHTML(text) || len(content) > playground.MaxSource {
		return snippet{}, false
	}
	if !isGo(f) {
		if _, n := program(text); n < minFileLines || 2*n < filled(text) {
			return snippet{}, false
		}
	}
	secret, _ := secrets.Find(text)
	return snippet{name: markup.Quote(f.Name), isFile: true, source: content, secret: secret}, true
}

// warning explains to its author why a snippet is not shared.
func (s snippet) warning() string {
	what, where := "your code", "it"
	if s.isFile {
		what, where = s.name, fmt.Sprintf("line %d", s.secret.Line)
	}
	return fmt.Sprintf("I didn't put %s on the Go Playground, where everyone could read it: %s looks like it has %s. "+
		"If that's real, please delete your message and change the key or password: someone may have seen it here.", what, where, s.secret.What)
}

// longProgram returns the program of a message that is long enough to be
// shared, "" if there is none.
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

// mayBeCode reports whether a file is worth reading, from its description: it is Go or
// text, and small enough to share, or its type is not known yet. The type, where
// there is one, decides before the name: a snippet's title is no name, and may have a
// dot in it.
func mayBeCode(f handler.File) bool {
	switch {
	case f.Pending:
		return true
	case f.Size > playground.MaxSource:
		return false
	case isGo(f), f.Type == "text":
		return true
	case f.Type != "":
		return false
	default:
		extension := strings.ToLower(path.Ext(f.Name))
		return (extension == "" || extension == ".txt") && strings.HasPrefix(f.MIMEType, "text/plain")
	}
}

func isGo(f handler.File) bool {
	return f.Type == "go" || strings.EqualFold(path.Ext(f.Name), ".go")
}

// longFile says whether the content of a file is text, and long enough.
func longFile(content string) bool {
	return strings.Count(strings.TrimSpace(content), "\n") >= minFileLines-1 &&
		utf8.ValidString(content) && !strings.ContainsRune(content, 0)
}

// filled counts the lines of a text that are not empty.
func filled(text string) int {
	n := 0
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) != "" {
			n++
		}
	}
	return n
}

// isHTML says whether a text is a page of the web: it begins with an element or
// a declaration, maybe behind comments.
func isHTML(text string) bool { return webMarkup().MatchString(text) }

var webMarkup = lazyregexp.New(`(?i)^(?:\s|<!--[\s\S]*?-->)*<(?:!doctype|\?xml|html|head|body|script|meta|svg)\b`)
