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

// printJSON writes v for a script: indented, since people look at it, too.
func printJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// printTable writes rows in columns, the first of which is the head.
func printTable(w io.Writer, rows [][]string) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		if _, err := fmt.Fprintln(table, strings.Join(row, "\t")); err != nil {
			return err
		}
	}
	return table.Flush()
}

// age says how long something took or has been there, to about three digits;
// "-" for nothing.
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

// report prints the result: a sentence for people, v for scripts.
func (t *tool) report(v any, format string, args ...any) error {
	if t.json {
		return printJSON(t.Out, v)
	}
	_, err := fmt.Fprintf(t.Out, format+"\n", args...)
	return err
}

// oneLine returns a text in one line of a table, of at most n runes, without
// what a terminal would take for a command.
func oneLine(text string, n int) string {
	runes := []rune(strings.ReplaceAll(harmless(text), "\n", " "))
	if len(runes) > n {
		return string(runes[:n]) + "…"
	}
	return string(runes)
}

// harmless returns a text of somebody else's without what a terminal would take
// for a command.
func harmless(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' {
			return ' '
		}
		return r
	}, text)
}
