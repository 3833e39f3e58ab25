package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	stdlog "log"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/mattn/go-isatty"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/build"
	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/logbuffer"
	"github.com/gobridge/gopherbot/internal/procenv"
)

// Main is the main function of a process of a bot: it reads the configuration, runs
// until SIGTERM, SIGINT or SIGHUP (see UntilSignal), and returns the exit code. The
// command line accepts only --help.
func Main(r *Role, content handler.Content) int {
	if done, code := flags(r, os.Args[1:], os.Stdout, os.Stderr); done {
		return code
	}
	return Serve(r, content)
}

// Serve is Main without a command line, for programs with several roles.
func Serve(r *Role, content handler.Content) int {
	return serve(r, content, func(ctx context.Context, e env) error { return r.run(e, ctx) })
}

func serve(r *Role, content handler.Content, run func(context.Context, env) error) int {
	cannotStart := func(err error) int {
		fmt.Fprintf(os.Stderr, "%s cannot start:\n%v\n", r, err)
		return 2
	}
	e, err := load(r, content, os.Environ())
	if err != nil {
		return cannotStart(err)
	}
	c := e.config
	for _, name := range e.secretNames() {
		if err := os.Unsetenv(name); err != nil {
			return cannotStart(fmt.Errorf("drop %s from the environment: %w", name, err))
		}
	}
	// A gateway logs a line for each request; another process logs less, and keeps no
	// line in memory that SIGKILL would lose.
	var out io.Writer = os.Stderr
	if r == Gateway {
		buffer := logbuffer.New(os.Stderr)
		defer buffer.Flush()
		out = buffer
	}
	log := logger(os.Stderr, out).Level(c.LogLevel()).With().Str("process", r.String()).Str("instance", c.Instance()).Logger()
	LogLibraries(log)

	if err := errors.Join(procenv.Clear(e.secretNames()...), procenv.NoCoreDumps()); err != nil {
		log.Warn().Err(err).Msg("hide the secrets of this process: root and its own user may still read them in /proc/PID/environ or a core dump")
	}

	ctx, stop := UntilSignal()
	defer stop()
	// Logged if a signal comes before the process ends by itself.
	defer context.AfterFunc(ctx, func() { log.Info().AnErr("reason", context.Cause(ctx)).Msg("stopping") })()
	// If the reader of the log died, such as a process behind a pipe, writing to the log
	// fails. The signal would end this process in the middle of its work.
	signal.Ignore(syscall.SIGPIPE)

	e, err = e.withOptions(ctx, r, Options{Log: log})
	if err != nil {
		return cannotStart(err)
	}
	log.Info().Str("env", string(c.Env)).Str("app", string(c.App)).Str("heroku_app", c.HerokuAppName).
		Str("commit", c.Commit()).Str("version", build.Read().Version).Str("go", build.Read().Go).Msg("starting")
	for _, d := range config.Deprecations(e.environ) {
		log.Warn().Str("variable", d.Was).Str("use", d.Name).Msg(d.String())
	}
	for _, u := range unknownVariables(content, e.environ) {
		log.Warn().Str("variable", u.Name).Str("nearest", u.Nearest).Msg(u.String())
	}
	for _, warning := range c.SecretWarnings() {
		log.Warn().Msg(warning.String())
	}
	limitMemory(log, memlimit.FromCgroup)
	defer background(ctx, returnMemory)()
	err = run(ctx, e)
	e.tracer.Stop(ctx)
	if err != nil {
		log.Error().Err(err).Msg("stopped by an error")
		return 1
	}
	log.Info().Msg("stopped")
	return 0
}

// Help describes a role and the environment variables that configure it.
func Help(r *Role) string {
	return fmt.Sprintf("%s %s\n\n--version says which build this is.\n\nIt is configured by environment variables:\n\n%s", r, r.Description(), config.Help(r.process()))
}

// Version is the name of a program and the description of its build, in one line.
func Version(program string) string { return program + " " + build.Read().String() }

// flags handles the command line, which accepts only --help and --version.
func flags(p *Role, args []string, out, errs io.Writer) (done bool, code int) {
	set := flag.NewFlagSet(p.String(), flag.ContinueOnError)
	set.SetOutput(io.Discard)
	version := set.Bool("version", false, "")
	switch err := set.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(out, Help(p))
		return true, 0
	case err != nil:
		fmt.Fprintf(errs, "%v; see %s --help\n", err, p)
		return true, 2
	case *version:
		fmt.Fprintln(out, Version(p.String()))
		return true, 0
	case set.NArg() > 0:
		fmt.Fprintf(errs, "%s takes no arguments; see %s --help\n", p, p)
		return true, 2
	}
	return false, 0
}

// Logger returns a logger to f: readable lines if f is a terminal, JSON otherwise. Times
// have milliseconds, by which the lines of several processes can be ordered.
func Logger(f *os.File) zerolog.Logger { return logger(f, f) }

// logger returns a logger to out, which writes to f.
func logger(f *os.File, out io.Writer) zerolog.Logger {
	zerolog.TimeFieldFormat = "2006-01-02T15:04:05.000Z07:00"
	if isatty.IsTerminal(f.Fd()) {
		out = zerolog.ConsoleWriter{Out: f, TimeFormat: "15:04:05.000"}
	}
	return zerolog.New(out).With().Timestamp().Logger()
}

// LogLibraries redirects the logs of go-redis and of package log, to which net/http
// reports connection errors, to log. It affects the whole process.
func LogLibraries(log zerolog.Logger) {
	redis.SetLogger(redisLogger{log})
	stdlog.SetFlags(0)
	stdlog.SetOutput(standardLogger{log})
}

// standardLogger logs each Write of package log as one message.
type standardLogger struct{ log zerolog.Logger }

// quoted matches parts of a message that quote the peer.
var quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

func (l standardLogger) Write(p []byte) (int, error) {
	l.log.Warn().Str("from", "log").Msg(quoted.ReplaceAllLiteralString(strings.TrimSpace(string(p)), `"…"`))
	return len(p), nil
}

// redisLogger logs the messages of go-redis, which are about its connections.
type redisLogger struct{ log zerolog.Logger }

func (l redisLogger) Printf(_ context.Context, format string, args ...any) {
	l.log.Debug().Str("from", "go-redis").Msgf(format, args...)
}
