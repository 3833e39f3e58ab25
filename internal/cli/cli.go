// Package cli is the command-line tool of a bot, such as the command gopherbot, for
// operators, contributors and scripts. Each subcommand has a file. The package parses
// command lines and prints results. Other packages do the work.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"

	"github.com/mattn/go-isatty"
	"github.com/rs/zerolog"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/build"
)

// Env is the environment of a command.
type Env struct {
	// Content is the community's content. The tool is called Content.Name.
	Content  handler.Content
	In       io.Reader
	Out, Err io.Writer
	// Terminal is whether In and Out are a terminal.
	Terminal bool
	// Size returns the width and the height of the terminal in characters. Without it, or
	// with an error, it is not known.
	Size func() (width, height int, err error)
	// Environ is in the form of os.Environ.
	Environ []string
	// Log is the log of the parts of the bot that run in this program.
	Log zerolog.Logger
}

// The exit codes.
const (
	exitFailed  = 1
	exitMisused = 2 // the command line is invalid, and the command did nothing
)

// Main is the main function of a community's tool. It runs the command of the command line
// until it is done or a signal comes (see app.UntilSignal), and returns the exit code.
func Main(content handler.Content) int {
	ctx, stop := app.UntilSignal()
	defer stop()

	log := app.Logger(os.Stderr).Level(zerolog.WarnLevel)
	app.LogLibraries(log)
	return Run(ctx, Env{
		Content: content,
		In:      os.Stdin, Out: os.Stdout, Err: os.Stderr,
		Terminal: isatty.IsTerminal(os.Stdout.Fd()) && isatty.IsTerminal(os.Stdin.Fd()),
		Size:     func() (int, int, error) { return term.GetSize(int(os.Stdout.Fd())) },
		Environ:  app.Environ(content, os.Environ()), Log: log,
	}, os.Args[1:])
}

// Run runs the command in args, and returns the exit code. It writes errors to e.Err.
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
		if own, ok := errors.AsType[coded](err); ok {
			return own.code
		}
		return exitFailed
	}
}

// tool is one run of the tool.
type tool struct {
	Env
	// began is set once the command line has been parsed.
	began bool
	// exit is the exit code of a command without an error. A role sets its process's.
	exit int
	// json is the value of --json.
	json bool
}

// root returns the tree of commands. To add a subcommand, write a file with a method that
// returns it, and add it here.
func (t *tool) root() *cobra.Command {
	c := t.demo()
	c.SilenceErrors, c.SilenceUsage = true, true
	c.Version = build.Read().String() // cobra adds --version
	c.SetVersionTemplate(app.Version(t.Content.Name) + "\n")
	c.PersistentPreRun = func(*cobra.Command, []string) {
		t.began = true
		for _, warning := range app.Warnings(t.Content, t.Environ) {
			fmt.Fprintf(t.Err, "%s: warning: %s\n", t.Content.Name, warning)
		}
	}
	c.AddCommand(
		t.chat(),
		t.docs(),
		t.ignore(),
		t.doctor(),
		t.manifest(),
		t.notify(),
		t.pause(),
		t.paused(),
		t.queue(),
		t.restore(),
		t.resume(),
		t.say(),
		t.send(),
		t.silence(),
		t.unignore(),
		t.unsay(),
		t.unsilence(),
		t.version(),
	)
	for _, r := range app.Roles() {
		c.AddCommand(t.role(r))
	}
	t.rename(c)
	return c
}

// rename replaces gopherbot by the tool's name in the help texts of a command and its
// subcommands.
func (t *tool) rename(c *cobra.Command) {
	for _, text := range []*string{&c.Use, &c.Long, &c.Example} {
		*text = command.ReplaceAllString(*text, t.Content.Name)
	}
	for _, sub := range c.Commands() {
		t.rename(sub)
	}
}

// command matches the tool's name in a help text.
var command = regexp.MustCompile(`\bgopherbot\b`)

// withJSON adds the flag --json to a command, which sets t.json.
func (t *tool) withJSON(c *cobra.Command) *cobra.Command {
	c.Flags().BoolVar(&t.json, "json", false, "write JSON, for scripts")
	return c
}
