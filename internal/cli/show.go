package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
)

// printJSON writes v as indented JSON.
func printJSON(w io.Writer, v any) error {
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return err
	}
	_, err := io.WriteString(w, escapeJSON(out.String()))
	return err
}

// escapeJSON returns JSON with those characters as escapes that a terminal would execute, or
// that would show a text in another order than it has: in JSON they are in strings only.
func escapeJSON(text string) string {
	if !strings.ContainsFunc(text, misleading) {
		return text
	}
	var out strings.Builder
	for _, r := range text {
		if misleading(r) {
			fmt.Fprintf(&out, `\u%04x`, r)
		} else {
			out.WriteRune(r)
		}
	}
	return out.String()
}

// misleading reports whether a character is DEL, one of the controls of C1, or one of those
// that change the direction of a text (Unicode Standard Annex #9, section 2).
func misleading(r rune) bool { return r >= 0x7f && r < 0xa0 || unicode.Is(unicode.Bidi_Control, r) }

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

// stripControl replaces the control characters of a text, except line breaks, by spaces, and
// those that change its direction: a terminal would execute them.
func stripControl(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' || misleading(r) {
			return ' '
		}
		return r
	}, text)
}
