package cli_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/consumer/gophers"
	"github.com/gobridge/gopherbot/internal/cli"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

func TestMain(m *testing.M) {
	testenv.Parallel(8) // those of doctor wait most of their time
	os.Exit(redistest.Main(m))
}

// bench is where a test runs commands: a deployment of its own.
type bench struct {
	t        *testing.T
	environ  []string
	in       io.Reader
	terminal bool
}

// ran is what came of a command.
type ran struct {
	out, err string
	code     int
}

func (b bench) run(args ...string) ran {
	b.t.Helper()
	var out, errs buffer
	code := cli.Run(b.t.Context(), b.env(&out, &errs), args)
	return ran{out.String(), errs.String(), code}
}

func (b bench) env(out, errs io.Writer) cli.Env {
	in := b.in
	if in == nil {
		in = strings.NewReader("")
	}
	return cli.Env{
		Content: gophers.Content,
		In:      in, Out: out, Err: errs, Terminal: b.terminal, Environ: b.environ,
		Log: zerolog.New(zerolog.NewTestWriter(b.t)).Level(zerolog.WarnLevel),
	}
}

// ok runs a command that must succeed, and returns what it wrote.
func (b bench) ok(args ...string) string {
	b.t.Helper()
	r := b.run(args...)
	if r.code != 0 || r.err != "" {
		b.t.Fatalf("gopherbot %s: exit code %d, %s", strings.Join(args, " "), r.code, r.err)
	}
	return r.out
}

// decoded runs a command that writes JSON.
func decoded[T any](b bench, args ...string) T {
	b.t.Helper()
	var v T
	if out := b.ok(append(args, "--json")...); json.Unmarshal([]byte(out), &v) != nil {
		b.t.Fatalf("gopherbot %s writes no such JSON: %s", strings.Join(args, " "), out)
	}
	return v
}

// buffer is a bytes.Buffer that is read while a command writes.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func TestMain_CommandLineMistakes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ args, want string }{
		{"quue", "Did you mean this?\n\tqueue"},
		{"queue stat", `unknown command "stat"`},
		{"queue stats now", `unknown command "now"`},
		{"--liste 1", "unknown flag: --liste"},
		{"--platform sharkfn", `there is no platform "sharkfn"; did you mean "sharkfin"?; want one of slack, sharkfin`},
	} {
		r := bench{t: t}.run(strings.Fields(test.args)...)
		if r.code != 2 || !strings.Contains(r.err, test.want) || !strings.Contains(r.err, "\nSee gopherbot") {
			t.Errorf("%s: exit code %d, %s", test.args, r.code, r.err)
		}
	}
}

func TestMain_MissingVariable(t *testing.T) {
	t.Parallel()
	r := bench{t: t}.run("queue", "stats")
	if r.code != 1 || !strings.HasPrefix(r.err, "gopherbot: REDIS_URL is not set: want ") {
		t.Errorf("exit code %d, %s", r.code, r.err)
	}
}

func TestCompletion(t *testing.T) {
	t.Parallel()
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if script := (bench{t: t}).ok("completion", shell); !strings.Contains(script, "gopherbot") {
			t.Errorf("%s: %.100s", shell, script)
		}
	}
	if r := (bench{t: t}).run("__complete", "--platform", ""); !strings.Contains(r.out, "sharkfin\n") {
		t.Errorf("--platform is completed with %q", r.out)
	}
	if r := (bench{t: t}).run("__complete", "queue", "st"); !strings.HasPrefix(r.out, "stats\t") {
		t.Errorf("queue st is completed with %q", r.out)
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	b := bench{t: t}
	line := b.ok("version")
	if !strings.HasPrefix(line, "gopherbot ") || !strings.Contains(line, runtime.Version()) || b.ok("--version") != line {
		t.Errorf("version: %q; --version: %q", line, b.ok("--version"))
	}
	if build := decoded[struct{ Go, Commit, Version, Platform string }](b, "version"); build.Go != runtime.Version() || build.Platform == "" {
		t.Errorf("%+v", build)
	}
}
