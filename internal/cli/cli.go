// Package cli is the tool of a bot, such as the command gopherbot, for operators and
// scripts. Each subcommand has a file. The package parses command lines and prints
// results; the work is done by the packages that it calls.
package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"regexp"

	"github.com/mattn/go-isatty"
	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/config"
)

// Env is the environment of a command.
type Env struct {
	// Content is the community's; the tool has its name.
	Content  handler.Content
	In       io.Reader
	Out, Err io.Writer
	// Terminal is whether somebody looks at Out and types at In.
	Terminal bool
	// Environ is in the form of os.Environ.
	Environ []string
	// Log is the log of the parts of the bot that run in this program.
	Log zerolog.Logger
}

// The exit codes.
const (
	exitFailed  = 1
	exitMisused = 2 // the command line is wrong, and nothing was done
)

// Main is the main function of a community's tool: it runs the command line's command
// until that is done, or until a signal (see app.UntilSignal), and returns the exit code.
func Main(content handler.Content) int {
	ctx, stop := app.UntilSignal()
	defer stop()

	log := app.Logger(os.Stderr).Level(zerolog.WarnLevel)
	app.LogLibraries(log)
	return Run(ctx, Env{
		Content: content,
		In:      os.Stdin, Out: os.Stdout, Err: os.Stderr,
		Terminal: isatty.IsTerminal(os.Stdout.Fd()) && isatty.IsTerminal(os.Stdin.Fd()),
		Environ:  app.Environ(content, os.Environ()), Log: log,
	}, os.Args[1:])
}

// Run runs the command that args name, and returns the exit code. What is wrong
// is said on e.Err.
func Run(ctx context.Context, e Env, args []string) int {
	t := &tool{Env: e}
	root := t.root()
	root.SetArgs(args)
	root.SetIn(e.In)
	root.SetOut(e.Out)
	root.SetErr(e.Err)
	c, err := root.ExecuteContextC(ctx)
	switch {
	case err == nil:
		return t.exit
	case !t.began:
		fmt.Fprintf(e.Err, "%s: %v\nSee %s --help\n", e.Content.Name, err, c.CommandPath())
		return exitMisused
	default:
		fmt.Fprintf(e.Err, "%s: %v\n", e.Content.Name, err)
		return exitFailed
	}
}

// tool is one run of the tool.
type tool struct {
	Env
	// began is set once the command line was understood.
	began bool
	// exit is the exit code of a command that has succeeded: that of a process.
	exit int
	// json is whether a script reads the output.
	json bool
}

// root is the whole tree of commands. A subcommand is a method that returns it,
// in a file of its own, and a line here.
func (t *tool) root() *cobra.Command {
	c := t.demo()
	c.SilenceErrors, c.SilenceUsage = true, true
	c.PersistentPreRun = func(*cobra.Command, []string) {
		t.began = true
		for _, d := range config.Deprecations(t.Environ) {
			fmt.Fprintf(t.Err, "%s: warning: %v\n", t.Content.Name, d)
		}
	}
	c.AddCommand(
		t.chat(),
		t.docs(),
		t.doctor(),
		t.manifest(),
		t.queue(),
		t.restore(),
		t.say(),
		t.send(),
	)
	for _, r := range app.Roles() {
		c.AddCommand(t.role(r))
	}
	t.rename(c)
	return c
}

// rename has the help texts of a command and its subcommands call the tool by its
// name, as they are written for gopherbot.
func (t *tool) rename(c *cobra.Command) {
	for _, text := range []*string{&c.Use, &c.Long, &c.Example} {
		*text = command.ReplaceAllString(*text, t.Content.Name)
	}
	for _, sub := range c.Commands() {
		t.rename(sub)
	}
}

// command is the name of the tool where a help text has it.
var command = regexp.MustCompile(`\bgopherbot\b`)

// withJSON gives a command the flag for scripts. The command looks at t.json.
func (t *tool) withJSON(c *cobra.Command) *cobra.Command {
	c.Flags().BoolVar(&t.json, "json", false, "write JSON, for scripts")
	return c
}
