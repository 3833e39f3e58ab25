package config_test

import (
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/config"
)

// TestMarkdown_ListsEveryVariable once, with its default, its form and its purpose, in a section that is not empty.
func TestMarkdown_ListsEveryVariable(t *testing.T) {
	t.Parallel()
	rows := map[string]string{}
	for _, section := range strings.Split(config.Markdown(), "\n## ")[1:] {
		title, table, _ := strings.Cut(section, "\n")
		n := 0
		for line := range strings.Lines(table) {
			if name, rest, ok := strings.Cut(strings.TrimPrefix(line, "| `"), "` | "); ok && strings.HasPrefix(line, "| `") {
				if rows[name] != "" {
					t.Errorf("%s is listed twice", name)
				}
				rows[name] = rest
				n++
			}
		}
		if n == 0 {
			t.Errorf("section %q is empty: a prefix in its group is out of date", title)
		}
	}
	for _, v := range config.Variables() {
		row := rows[v.Name]
		delete(rows, v.Name)
		// The columns needed by, default, form, purpose; an escaped bar is no border.
		cells := strings.Split(strings.ReplaceAll(strings.TrimSuffix(row, " |\n"), `\|`, "\x00"), " | ")
		if len(cells) != 4 || !strings.Contains(cells[1], v.Default) || cells[2] == "" || cells[3] == "" {
			t.Errorf("%s: row %q, want four cells with its default %q, form and purpose", v.Name, row, v.Default)
		}
		for _, p := range []config.Process{config.Gateway, config.Consumer, config.BGTasks} {
			if listed := strings.Contains(cells[0], string(p)) || cells[0] == "all"; listed != v.NeededBy(p) {
				t.Errorf("%s: needed by %q, and %s needs it: %v", v.Name, cells[0], p, v.NeededBy(p))
			}
		}
	}
	for name := range rows {
		t.Errorf("%s is listed and not declared", name)
	}
}
