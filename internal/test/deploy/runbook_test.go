package deploy

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	alertName = regexp.MustCompile(`(?m)^      - alert: (\w+)$`)
	runbookID = regexp.MustCompile(`(?m)^          runbook_url: https://github\.com/gobridge/gopherbot/blob/main/docs/operations\.md#(\w+)$`)
	headings  = regexp.MustCompile(`(?m)^### (Gopherbot\w+)$`)
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
