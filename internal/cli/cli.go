// Package cli is the command gopherbot: each of its subcommands is a file here,
// and does for an operator at a terminal, or for a script, what the packages
// below offer. It knows how people are asked and shown things; what a queue, a
// signature or a handler is, it must not know better than the package that has it.
package cli

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/mattn/go-isatty"
	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/internal/config"
)

// Env is what a command has around it.
type Env struct {
	In       io.Reader
	Out, Err io.Writer
	// Terminal is whether somebody looks at Out and types at In.
	Terminal bool
	// Environ is in the form of os.Environ.
	Environ []string
	// Log is for what the parts of the bot that run in here have to say.
	Log zerolog.Logger
}

// The exit codes.
const (
	exitFine    = 0
	exitFailed  = 1
	exitMisused = 2 // the command line is wrong, and nothing was done
)

// Main is the main function of gopherbot: it runs what the command line says
// until that is done, or until a signal (see process.UntilSignal), and returns the exit code.
func Main() int {
	ctx, stop := app.UntilSignal()
	defer stop()

	log := app.Logger(os.Stderr).Level(zerolog.WarnLevel)
	app.LogLibraries(log)
	return Run(ctx, Env{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		Terminal: isatty.IsTerminal(os.Stdout.Fd()) && isatty.IsTerminal(os.Stdin.Fd()),
		Environ:  os.Environ(), Log: log,
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
		return exitFine
	case !t.began:
		fmt.Fprintf(e.Err, "gopherbot: %v\nSee %s --help\n", err, c.CommandPath())
		return exitMisused
	default:
		fmt.Fprintf(e.Err, "gopherbot: %v\n", err)
		return exitFailed
	}
}

// tool is one run of gopherbot.
type tool struct {
	Env
	// began is set once the command line was understood.
	began bool
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
			fmt.Fprintf(t.Err, "gopherbot: warning: %v\n", d)
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
	return c
}

// withJSON gives a command the flag for scripts. The command looks at t.json.
func (t *tool) withJSON(c *cobra.Command) *cobra.Command {
	c.Flags().BoolVar(&t.json, "json", false, "write JSON, for scripts")
	return c
}
