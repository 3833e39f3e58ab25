package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
	"unicode/utf8"
)

// printJSON writes v as indented JSON: see writeJSON.
func printJSON(w io.Writer, v any) error { return writeJSON(w, v, "  ") }

// writeJSON writes v as JSON, in one line if indent is "". Characters that act on a terminal, or
// on the text around them, are escaped: a person may look at it, too.
func writeJSON(w io.Writer, v any, indent string) error {
	var encoded bytes.Buffer
	encoder := json.NewEncoder(&encoded)
	encoder.SetIndent("", indent)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(escapeActing(encoded.Bytes()))
	return err
}

// escapeActing escapes such characters in JSON. They are in its strings alone, and all of them
// are below U+10000.
func escapeActing(encoded []byte) []byte {
	acting := func(r rune) bool { return r >= 0x7f && acts(r) } // those below are escaped, or between tokens
	var escaped []byte
	for {
		i := bytes.IndexFunc(encoded, acting)
		if i < 0 {
			return append(escaped, encoded...)
		}
		r, size := utf8.DecodeRune(encoded[i:])
		escaped = fmt.Appendf(append(escaped, encoded[:i]...), `\u%04x`, r)
		encoded = encoded[i+size:]
	}
}

// acts reports whether a character acts on a terminal, or on the text around it: it is a control
// character, or changes the direction of a text, or ends a line.
func acts(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}

// printTable writes rows as a table. The first row is its head.
func printTable(w io.Writer, rows [][]string) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		if _, err := fmt.Fprintln(table, strings.Join(row, "\t")); err != nil {
			return err
		}
	}
	return table.Flush()
}

// age returns the text of a duration, rounded to about three digits; "-" for 0.
func age(d time.Duration) string {
	switch {
	case d <= 0:
		return "-"
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < time.Minute:
		return d.Round(100 * time.Millisecond).String()
	default:
		return d.Round(time.Second).String()
	}
}

// report prints the result of a command: v as JSON with --json, otherwise a sentence.
func (t *tool) report(v any, format string, args ...any) error {
	if t.json {
		return printJSON(t.Out, v)
	}
	_, err := fmt.Fprintf(t.Out, format+"\n", args...)
	return err
}

// oneLine returns a text for one line of a table: at most n runes, without control
// characters.
func oneLine(text string, n int) string {
	runes := []rune(strings.ReplaceAll(stripControl(text), "\n", " "))
	if len(runes) > n {
		return string(runes[:n]) + "…"
	}
	return string(runes)
}

// stripControl replaces the characters of a text that act on a terminal or on other text, except
// line breaks, by spaces.
func stripControl(text string) string {
	return strings.Map(func(r rune) rune {
		if acts(r) && r != '\n' {
			return ' '
		}
		return r
	}, text)
}
