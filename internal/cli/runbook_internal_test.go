package cli

import (
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/consumer/gophers"
)

// documentedCommand is a command line of the tool in the runbook.
var documentedCommand = regexp.MustCompile("(?s)`(gopherbot [a-z][^`]*)`")

// TestRunbook_CommandsExist parses each command of the runbook in docs/operations.md as the tool
// would: its name, its flags and the number of its arguments.
func TestRunbook_CommandsExist(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, runbook, _ := strings.Cut(string(text), "\n## Runbook\n")
	runbook, _, _ = strings.Cut(runbook, "\n## ")
	lines := map[string]bool{}
	for _, found := range documentedCommand.FindAllStringSubmatch(runbook, -1) {
		lines[strings.Join(strings.Fields(found[1]), " ")] = true
	}
	if len(lines) < 20 {
		t.Errorf("the runbook has the commands %v", lines)
	}
	for line := range lines {
		if err := (&tool{Env: Env{Content: gophers.Content}}).parses(strings.Fields(line)[1:]); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	if err := (&tool{Env: Env{Content: gophers.Content}}).parses([]string{"queue", "lists"}); err == nil {
		t.Error("a command that does not exist is parsed")
	}
}

// parses returns why a command line is wrong, nil if it is not.
func (t *tool) parses(args []string) error {
	c, rest, err := t.root().Find(args)
	if err != nil {
		return err
	}
	if err := c.ParseFlags(rest); err != nil && !errors.Is(err, pflag.ErrHelp) {
		return err
	}
	if rest := c.Flags().Args(); !c.Runnable() && len(rest) > 0 {
		return errors.New("there is no command " + rest[0])
	}
	return c.ValidateArgs(c.Flags().Args())
}

// TestSubcommands_AreDocumented looks for each command in the table of docs/operations.md.
func TestSubcommands_AreDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "\n## Subcommands\n")
	table, _, _ = strings.Cut(table, "\n## ")
	processes := map[string]bool{}
	for _, r := range app.Roles() {
		processes[r.String()] = true
	}
	for _, c := range (&tool{Env: Env{Content: gophers.Content}}).root().Commands() {
		if name := c.Name(); !processes[name] && !regexp.MustCompile("`"+name+"[ `]").MatchString(table) {
			t.Errorf("the table does not have %s: %s", name, c.Short)
		}
	}
}
