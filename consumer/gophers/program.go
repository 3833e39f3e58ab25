package gophers

import (
	"strings"

	"github.com/gobridge/gopherbot/internal/lazyregexp"
)

// program makes a Go program of a message: code stays as it is, prose becomes comments,
// and several pieces of code stay one program. It also returns the number of lines of
// code, 0 for a message without Go.
//
// With fences (three backticks) the code is the text between them, unless it is output
// of a program. Without fences it is the lines that look like code, and the empty lines
// between two of them. In either case one of the lines must have a mark of Go, or a
// quarter of them a hint: otherwise it is a log, or JSON, or another language.
func program(text string) (source string, codeLines int) {
	parts := strings.Split(text, fence)
	pieces := fenced(parts)
	if len(parts) == 1 {
		pieces = unfenced(text)
	}
	var s strings.Builder
	marks, hints := 0, 0
	for _, p := range pieces {
		for _, line := range p.lines {
			if !p.code && strings.TrimSpace(line) != "" {
				line = "// " + strings.TrimSpace(line)
			}
			if p.code && goMark().MatchString(line) {
				marks++
			}
			if p.code && goHint().MatchString(line) {
				hints++
			}
			s.WriteString(line + "\n")
		}
		if p.code {
			codeLines += p.counted
		}
	}
	if marks == 0 && (hints == 0 || 4*hints < codeLines) {
		return "", 0
	}
	return s.String(), codeLines
}

const fence = "```"

// piece is a part of a message that is all code or all prose.
type piece struct {
	code    bool
	lines   []string
	counted int // how many lines count as code
}

// fenced divides a message by its fences: each text between two of them has an odd
// index. The last fence may be missing.
func fenced(parts []string) []piece {
	var pieces []piece
	for i, part := range parts {
		p := piece{code: i%2 == 1 && !otherLanguage().MatchString(part) && (declares().MatchString(part) || !output().MatchString(part))}
		if i%2 == 1 {
			part = languageName().ReplaceAllString(part, "")
		}
		p.lines = splitLines(part)
		p.counted = len(p.lines)
		pieces = append(pieces, p)
	}
	return pieces
}

// languageName is the language's name behind a fence, as on GitHub; in Slack it becomes
// a line of the code.
var languageName = lazyregexp.New(`^(go|golang)[ \t]*\n`)

// otherLanguage is the name of another language there. Some of those look like Go.
var otherLanguage = lazyregexp.New(`(?i)^(c|c\+\+|cpp|c#|cs|csharp|css|diff|docker|dockerfile|hcl|html|java|javascript|js|json|jsx|kotlin|lua|make|makefile|pascal|` +
	`patch|php|plaintext|proto|protobuf|py|python|rb|ruby|rs|rust|scala|sql|swift|terraform|text|toml|ts|tsx|txt|typescript|xml|yaml|yml|zig|` +
	`bash|console|sh|shell|zsh)[ \t]*\n`)

// output finds the output of compilers, tests and crashed programs, and a shell's
// prompt.
var output = lazyregexp.New(`(?m)^(goroutine \d+ \[|panic: |fatal error: |--- FAIL|exit status \d|\S+\.go:\d+(:\d+)?: |[$%] \w)`)

// declares finds a declaration: a block with one is code, even with output behind it.
var declares = lazyregexp.New(`(?m)^(package \w+$|func [\w(])`)

// unfenced divides a message without fences: from the first line that looks
// like code to the last, all is code but for sentences.
func unfenced(text string) []piece {
	lines := splitLines(text)
	first, last := len(lines), -1
	for i, line := range lines {
		if looksLikeCode(line) {
			first, last = min(first, i), i
		}
	}
	var pieces []piece
	quoted := false // within backticks, where a sentence is part of the code
	empty := -1     // how many empty lines there are since one that looks like code, -1 since prose
	for i, line := range lines {
		p := piece{lines: []string{line}}
		switch like := looksLikeCode(line); {
		case i < first || i > last, !like && !quoted && isSentence(line):
			empty = -1
		case like:
			p.code, p.counted = true, 1+max(0, empty)
			empty = 0
		default:
			p.code = true
			if line != "" {
				empty = -1
			} else if empty >= 0 {
				empty++
			}
		}
		if p.code && strings.Count(line, "`")%2 == 1 {
			quoted = !quoted
		}
		pieces = append(pieces, p)
	}
	return pieces
}

// splitLines returns the lines of a text, without spaces at their ends and
// without empty ones at the beginning and the end.
func splitLines(text string) []string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimRight(line, " \t\r")
		if line != "" || len(lines) > 0 {
			lines = append(lines, line)
		}
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// goMark finds text that is frequent in Go and rare elsewhere. Text that looks like C or
// JSON, as much of Go does, is not enough.
var goMark = lazyregexp.New(strings.Join([]string{
	`^package \w+$`,
	`^import (\(|([\w.]+ )?"\w)`,
	`^func [\w(]`,
	`^type \w+.*\b(struct|interface|func)\b`,
	`^\s*(var|const) \(`,
	`(^|[\s;{(])[a-z_]\w*(, ?\w+)* := `,
	`\berr [!=]= nil\b`,
	`\b(go|defer) func\(`,
	`^\s*(go|defer) [\w.]+\(`,
	`\[\][\w.*]+\{`,
	`\bmake\((chan|map|\[\])`,
}, "|"))

// goHint finds a call of an exported identifier, which some other languages have now
// and then.
var goHint = lazyregexp.New(`\b[a-z]\w*\.[A-Z]\w*\(`)

// codeShape finds how lines of code look, in Go and its like. Now and then a
// line of prose looks so as well; ten do not.
var codeShape = lazyregexp.New(strings.Join([]string{
	`^[\s{}()\[\];,]+$`, // brackets alone
	`^\s*//`,
	`[{(;]$`,
	`^\s*[})\]]`,
	`["'\x60)}\]\w],$`, // an element of a list
	`^(\t| {4,})[^\s•*\d-]`,
	`^\s*(case\b.*|default):$`,
	`^\s*(return|break|continue|fallthrough)( \S+){0,4}$`,
	`^\s*(var|const|type) \w+ \S+`,
	`^\s*[\w.\[\]*]+(, ?[\w.\[\]*]+)* ([-+*/|&^%]?=|:=) \S`,
	`^\s*[\w.]+\([^)]*\)$`,
	`^\s*[\w.]+(\+\+|--)$`,
	`^\s*"[^"]*"$`,
}, "|"))

func looksLikeCode(line string) bool {
	return strings.TrimSpace(line) != "" && (codeShape().MatchString(line) || goMark().MatchString(line) || goHint().MatchString(line))
}

// isSentence says whether a line in the middle of code is prose: four words or
// more, not indented, none of the signs that code has, and not as many commas as
// a list of names.
func isSentence(line string) bool {
	return sentence().MatchString(line) && strings.Count(line, "(") == strings.Count(line, ")") &&
		2*strings.Count(line, ",") < len(strings.Fields(line))
}

var sentence = lazyregexp.New(`^ *[\pL'’]+,?( \(?[\pL\d'’-]+(/\pL+)?\)?[,;:]?){3,}[.:?!…]*$`)
