package deploy

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	alertName = regexp.MustCompile(`(?m)^      - alert: (\w+)$`)
	runbookID = regexp.MustCompile(`(?m)^          runbook_url: https://github\.com/gobridge/gopherbot/blob/main/docs/operations\.md#(\w+)$`)
	headings  = regexp.MustCompile(`(?m)^### (Gopherbot\w+)$`)
	command   = regexp.MustCompile("(?s)`(gopherbot [a-z][^`]*)`")
)

// runbook returns the section of docs/operations.md, "" if there is none.
func runbook(t *testing.T) string {
	t.Helper()
	_, section, _ := strings.Cut(read(t, "docs/operations.md"), "\n## Runbook\n")
	section, _, _ = strings.Cut(section, "\n## ")
	return section
}

// TestRunbook_HasEachAlert holds the runbook against the alerts: each has a paragraph, to which
// it links, and each paragraph says how to find out and how to mend.
func TestRunbook_HasEachAlert(t *testing.T) {
	t.Parallel()
	rules, section := read(t, "deploy/prometheus-alerts.yml"), runbook(t)
	names := func(of *regexp.Regexp, text string) (list []string) {
		for _, found := range of.FindAllStringSubmatch(text, -1) {
			list = append(list, found[1])
		}
		return list
	}
	alerts, paragraphs := names(alertName, rules), names(headings, section)
	links := names(runbookID, rules)
	for i, name := range alerts {
		if i >= len(links) || links[i] != strings.ToLower(name) {
			t.Errorf("the runbook_url of %s does not link to its heading", name)
		}
		if !slices.Contains(paragraphs, name) {
			t.Errorf("docs/operations.md has no paragraph about %s", name)
		}
	}
	if len(alerts) == 0 || len(paragraphs) != len(alerts) {
		t.Errorf("%d alerts and %d paragraphs", len(alerts), len(paragraphs))
	}
	for _, paragraph := range strings.Split(section, "\n### ")[1:] {
		name, text, _ := strings.Cut(paragraph, "\n")
		if words := strings.Join(strings.Fields(text), " "); !strings.Contains(words, "Find out") || !strings.Contains(words, "Mend") {
			t.Errorf("%s: want how to find out and how to mend", name)
		}
	}
}

// TestRunbook_CommandsExist has the tool parse each command of the runbook and of the alerts.
func TestRunbook_CommandsExist(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "gopherbot")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./cmd/gopherbot").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	tried := map[string]bool{}
	for _, found := range command.FindAllStringSubmatch(runbook(t), -1) {
		line := strings.Join(strings.Fields(found[1]), " ")
		if tried[line] {
			continue
		}
		tried[line] = true
		// A command that exists says so in its help; else the help is that of the group above it.
		words := strings.Fields(line)
		var path []string
		for _, w := range words {
			if w != strings.ToLower(w) || strings.HasPrefix(w, "-") || strings.Contains(w, ".") {
				break
			}
			path = append(path, w)
		}
		out, err := exec.CommandContext(t.Context(), program, append(words[1:], "--help")...).CombinedOutput()
		usage := ""
		if _, after, ok := strings.Cut(string(out), "Usage:\n  "); ok {
			usage, _, _ = strings.Cut(after, "\n")
		}
		if err != nil || !strings.HasPrefix(usage+" ", pathOf(path, usage)+" ") {
			t.Errorf("%s: %v, and its help is about %q", line, err, usage)
		}
	}
	if len(tried) < 10 {
		t.Errorf("the runbook has the commands %v", tried)
	}
}

// pathOf returns the words of a command line that name the command: an argument such as the
// "handler" of "pause handler" is one of the usage's alternatives, and a type such as "send" is in capitals there.
func pathOf(words []string, usage string) string {
	for n := len(words); n > 0; n-- {
		rest := strings.TrimPrefix(usage, strings.Join(words[:n], " "))
		if rest != usage && (n == len(words) || strings.HasPrefix(rest, " [T") || strings.HasPrefix(rest, " {") || strings.HasPrefix(rest, " TYPE")) {
			return strings.Join(words[:n], " ")
		}
	}
	return strings.Join(words, " ")
}
