package callback

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/workqueue"
)

const (
	// DefaultExecTimeout and MaxExecTimeout bound the time of a command.
	DefaultExecTimeout = 30 * time.Second
	MaxExecTimeout     = 5 * time.Minute
	// MaxCommands is how many commands run at once in a process.
	MaxCommands = 4
	// ExitNoRetry is the exit code of a command that would fail again: EX_DATAERR of
	// sysexits.h.
	ExitNoRetry = 65

	// killDelay is how long a process group has to end after SIGTERM.
	killDelay = 5 * time.Second
	// maxOutput is how many bytes of each output of a command are kept.
	maxOutput = 8 << 10
	// slotTimeout is how long a command waits for another to end, and slotPause how long
	// its event then waits on the queue.
	slotTimeout, slotPause = time.Minute, 10 * time.Second
)

// Commands runs commands, MaxCommands at a time.
type Commands struct {
	slots  chan struct{}
	getenv func(name string) string
	secret func(name string) bool
	log    zerolog.Logger
}

// NewCommands returns Commands. getenv returns the value of a variable of the environment,
// "" for none, and secret reports whether no command may get a variable.
func NewCommands(getenv func(name string) string, secret func(name string) bool, log zerolog.Logger) *Commands {
	return &Commands{make(chan struct{}, MaxCommands), getenv, secret, log}
}

// passedOn are the variables that each command gets from the bot's environment.
var passedOn = []string{"PATH", "HOME", "LANG", "TZ"}

// ExecOptions configures Exec. Command is required.
type ExecOptions struct {
	// Command is a program and its arguments.
	Command []string
	// Env are the names of variables that it gets from the bot's environment besides PATH,
	// HOME, LANG and TZ. A secret of the bot is an error.
	Env []string
	// Timeout is how long it may run, to MaxExecTimeout. Defaults to DefaultExecTimeout.
	Timeout time.Duration
}

// Exec returns a handler that runs a command with the body on its standard input. It
// returns an error if the options are invalid or there is no such program.
//
// The command gets the variables of ExecOptions.Env and those that environ returns, and no
// others. It has a process group of its own. At the timeout the group gets SIGTERM, and
// SIGKILL 5 s later; when the command has ended, the rest of its group is killed. Exit code 0
// is success, ExitNoRetry a failure that no retry can help, and any other a failure. Its
// output is logged at debug level, 8 KiB of each stream at most.
func (cs *Commands) Exec(opts ExecOptions) (handler.CallbackFunc, error) {
	switch {
	case len(opts.Command) == 0 || opts.Command[0] == "":
		return nil, errors.New("exec: want a command")
	case opts.Timeout < 0 || opts.Timeout > MaxExecTimeout:
		return nil, fmt.Errorf("exec: timeout %v: want 0 to %v", opts.Timeout, MaxExecTimeout)
	}
	for _, name := range opts.Env {
		if cs.secret(name) {
			return nil, fmt.Errorf("exec: env has %s, a secret of the bot: a command must not have it; give it a variable of its own", name)
		}
	}
	path, err := exec.LookPath(opts.Command[0])
	if err != nil {
		return nil, fmt.Errorf("exec: %w; install the program in the bot's image, or use a webhook", err)
	}
	if opts.Timeout == 0 {
		opts.Timeout = DefaultExecTimeout
	}
	opts.Command = append([]string{path}, opts.Command[1:]...)
	return func(ctx context.Context, c handler.Callback) error { return cs.run(ctx, opts, c) }, nil
}

// errTimeout is the cause of the end of a command's context at its timeout.
var errTimeout = errors.New("its time was over")

func (cs *Commands) run(ctx context.Context, opts ExecOptions, c handler.Callback) error {
	if err := cs.slot(ctx); err != nil {
		return err
	}
	defer func() { <-cs.slots }()
	ctx, cancel := context.WithTimeoutCause(ctx, opts.Timeout, errTimeout)
	defer cancel()
	var out, errs head
	cmd := exec.CommandContext(ctx, opts.Command[0], opts.Command[1:]...)
	cmd.Env = cs.environ(opts, c)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(c.Body), &out, &errs
	cmd.WaitDelay = killDelay // then the pipes are closed, whoever holds them
	ownGroup(cmd)
	cmd.Cancel = func() error { return terminateGroup(cmd) }
	err := cmd.Start()
	if err == nil {
		err = cmd.Wait()
		killGroup(cmd)
	}
	cs.log.Debug().Str("rule", c.Rule).Str("delivery_id", c.ID).Bytes("stdout", out.kept).Bytes("stderr", errs.kept).
		Int("stdout_bytes", out.n).Int("stderr_bytes", errs.n).AnErr("ended", err).Msg("callback command")
	return exitError(ctx, cmd, err, opts.Timeout)
}

// slot waits for one of the slots of commands.
func (cs *Commands) slot(ctx context.Context) error {
	wait := time.NewTimer(slotTimeout)
	defer wait.Stop()
	select {
	case cs.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-wait.C:
		return workqueue.Postpone(slotPause, fmt.Errorf("%d commands of callback rules run already", MaxCommands))
	}
}

// exitError returns the outcome of a command. It quotes nothing that the command wrote.
func exitError(ctx context.Context, cmd *exec.Cmd, err error, timeout time.Duration) error {
	switch cause := context.Cause(ctx); {
	case err == nil, errors.Is(err, exec.ErrWaitDelay) && cause == nil: // it succeeded, and left a process with its output
		return nil
	case errors.Is(cause, errTimeout):
		return fmt.Errorf("the command had not ended after %v: %w", timeout, context.DeadlineExceeded)
	case cause != nil:
		return fmt.Errorf("the command was ended: %w", cause)
	case cmd.ProcessState == nil:
		return fmt.Errorf("start the command: %w", err)
	case cmd.ProcessState.ExitCode() == ExitNoRetry:
		return workqueue.Reject(fmt.Errorf("the command ended with exit code %d", ExitNoRetry))
	default:
		return fmt.Errorf("the command ended with %v", cmd.ProcessState)
	}
}

// environ returns the environment of a command. A value from outside that cannot be in an
// environment is left out.
func (cs *Commands) environ(opts ExecOptions, c handler.Callback) []string {
	var list []string
	for _, name := range slices.Concat(passedOn, opts.Env) {
		if value := cs.getenv(name); value != "" {
			list = append(list, name+"="+value)
		}
	}
	set := func(name, value string) {
		if passable(value) {
			list = append(list, name+"="+value)
		}
	}
	of := idsOf(c)
	for _, v := range [][2]string{{"EVENT", c.Event}, {"SYNC_ID", of.sync}, {"BOT_ID", of.bot}, {"CHAT_ID", of.chat}, {"USER_HUID", of.user}} {
		set("EXPRESS_CALLBACK_"+v[0], v[1]) // the names of express-botx
		set("GOPHER_CALLBACK_"+v[0], v[1])
	}
	set("GOPHER_CALLBACK_RULE", c.Rule)
	set("GOPHER_CALLBACK_PLATFORM", c.Platform)
	set("GOPHER_CALLBACK_DELIVERY_ID", c.ID)
	set("GOPHER_CALLBACK_ATTEMPT", strconv.Itoa(c.Attempt))
	set("GOPHER_CALLBACK_TRUNCATED", strconv.FormatBool(c.Truncated))
	return list
}

// head keeps the first maxOutput bytes that are written to it, and counts all.
type head struct {
	kept []byte
	n    int
}

// Write implements io.Writer. It never fails: a command must not notice that its output is
// dropped.
func (h *head) Write(p []byte) (int, error) {
	h.kept = append(h.kept, p[:min(len(p), maxOutput-len(h.kept))]...)
	h.n += len(p)
	return len(p), nil
}
