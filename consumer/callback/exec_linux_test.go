package callback

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/pause"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// message is a callback as a gateway makes it of a message.
func message() handler.Callback {
	return handler.Callback{
		Rule: "log", Event: "message_public", Platform: "slack", Bot: "slack", ID: "msg_1", Attempt: 3,
		Body: []byte(`{"sync_id":"C1/1.2","bot_id":"slack","command":{"body":"hi"},"from":{"user_huid":"U1","group_chat_id":"C1"}}`),
	}
}

// environment is a whole environment of a process, secrets included.
func environment(name string) string {
	if strings.HasPrefix(name, "EMPTY") {
		return ""
	}
	switch name {
	case "PATH":
		return os.Getenv("PATH")
	default:
		return "value of " + name
	}
}

func isSecret(name string) bool { return slices.Contains(config.SecretNames(), name) }

func command(t *testing.T, log *testenv.Log, opts ExecOptions) handler.CallbackFunc {
	t.Helper()
	run, err := NewCommands(environment, isSecret, zerolog.New(log)).Exec(opts)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// shell runs a script for message, and returns what it wrote to the file $out.
func shell(t *testing.T, script string, opts ExecOptions) (written string, log string, err error) {
	t.Helper()
	testenv.Program(t, "sh")
	file, lines := filepath.Join(t.TempDir(), "out"), &testenv.Log{}
	opts.Command = []string{"sh", "-c", "out=" + file + "\n" + script}
	err = command(t, lines, opts)(t.Context(), message())
	text, _ := os.ReadFile(file)
	return string(text), lines.String(), err
}

func TestExec_GetsTheBody(t *testing.T) {
	t.Parallel()
	got, _, err := shell(t, "cat > $out", ExecOptions{})
	if err != nil || got != string(message().Body) {
		t.Errorf("%q, %v", got, err)
	}
}

// TestExec_HasNoSecret starts commands in an environment in which every variable has a value.
func TestExec_HasNoSecret(t *testing.T) {
	t.Parallel()
	for _, name := range append(config.SecretNames(), "GOPHER_APP", "AWS_SECRET_ACCESS_KEY") {
		if isSecret(name) {
			if _, err := NewCommands(environment, isSecret, zerolog.Nop()).Exec(ExecOptions{Command: []string{"env"}, Env: []string{name}}); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("a rule may pass on %s: %v", name, err)
			}
		}
	}
	got, log, err := shell(t, "env > $out; env", ExecOptions{Env: []string{"HOOK_USER", "EMPTY_ONE"}})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(got) {
		name, _, _ := strings.Cut(line, "=")
		if !slices.Contains([]string{"PWD", "OLDPWD", "SHLVL", "_"}, name) { // sh sets them
			names = append(names, name)
		}
	}
	slices.Sort(names)
	want := []string{
		"EXPRESS_CALLBACK_BOT_ID", "EXPRESS_CALLBACK_CHAT_ID", "EXPRESS_CALLBACK_EVENT", "EXPRESS_CALLBACK_SYNC_ID", "EXPRESS_CALLBACK_USER_HUID",
		"GOPHER_CALLBACK_ATTEMPT", "GOPHER_CALLBACK_BOT_ID", "GOPHER_CALLBACK_CHAT_ID", "GOPHER_CALLBACK_DELIVERY_ID", "GOPHER_CALLBACK_EVENT",
		"GOPHER_CALLBACK_PLATFORM", "GOPHER_CALLBACK_RULE", "GOPHER_CALLBACK_SYNC_ID", "GOPHER_CALLBACK_TRUNCATED", "GOPHER_CALLBACK_USER_HUID",
		"HOME", "HOOK_USER", "LANG", "PATH", "TZ",
	}
	if !slices.Equal(names, want) {
		t.Errorf("the command has %q", names)
	}
	for _, line := range []string{
		"EXPRESS_CALLBACK_EVENT=message_public", "EXPRESS_CALLBACK_SYNC_ID=C1/1.2", "GOPHER_CALLBACK_CHAT_ID=C1", "GOPHER_CALLBACK_USER_HUID=U1",
		"GOPHER_CALLBACK_BOT_ID=slack", "GOPHER_CALLBACK_ATTEMPT=3", "GOPHER_CALLBACK_DELIVERY_ID=msg_1", "HOOK_USER=value of HOOK_USER",
	} {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("no line %q in\n%s", line, got)
		}
	}
	if !strings.Contains(log, `"level":"debug"`) || !strings.Contains(log, "HOOK_USER") {
		t.Errorf("the output is not logged at debug level: %s", log)
	}
}

// TestExec_LeavesOutBadValues sends ids that cannot be in an environment.
func TestExec_LeavesOutBadValues(t *testing.T) {
	t.Parallel()
	c := message()
	c.Body = []byte(`{"sync_id":"a\u0000b","bot_id":"` + strings.Repeat("x", 200<<10) + `","from":{"user_huid":7,"group_chat_id":null}}`)
	file := filepath.Join(t.TempDir(), "out")
	run := command(t, &testenv.Log{}, ExecOptions{Command: []string{"sh", "-c", "env > " + file}})
	if err := run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil || strings.Contains(string(text), "_SYNC_ID=") || strings.Contains(string(text), "_BOT_ID=") ||
		!strings.Contains(string(text), "GOPHER_CALLBACK_CHAT_ID=\n") {
		t.Errorf("%v: %s", err, text)
	}
}

func TestExec_Outcomes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		script string
		ok     bool
		reject bool
		says   string
	}{
		"success":                      {script: "exit 0", ok: true},
		"a body that it does not read": {script: "exec 0<&-; exit 0", ok: true},
		"no retry":                     {script: "echo secret; exit 65", reject: true, says: "exit code 65"},
		"failure":                      {script: "echo secret >&2; exit 1", says: "exit status 1"},
		"ended by a signal":            {script: "kill -9 $$", says: "killed"},
		"more output than is kept":     {script: "head -c 1000000 /dev/zero; head -c 1000000 /dev/zero >&2", ok: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, log, err := shell(t, test.script, ExecOptions{})
			_, rejected := errors.AsType[*workqueue.RejectError](err)
			if (err == nil) != test.ok || rejected != test.reject || err != nil && (!strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "secret")) {
				t.Errorf("%v", err)
			}
			if strings.HasPrefix(name, "more") && (strings.Count(log, `\u0000`) != 2*maxOutput || !strings.Contains(log, `"stdout_bytes":1000000`)) {
				t.Errorf("%d bytes were logged", strings.Count(log, `\u0000`))
			}
		})
	}
}

func TestExec_RefusesOptions(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string]ExecOptions{
		"no command":      {},
		"an empty name":   {Command: []string{""}},
		"no such program": {Command: []string{"gopherbot-no-such-program"}},
		"a long timeout":  {Command: []string{"sh"}, Timeout: MaxExecTimeout + 1},
		"a negative one":  {Command: []string{"sh"}, Timeout: -1},
	} {
		if _, err := NewCommands(environment, isSecret, zerolog.Nop()).Exec(opts); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

// alive reports whether a process whose id a file has still runs, other than as a zombie.
func alive(t *testing.T, file string) bool {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	stat, err := os.ReadFile(filepath.Join("/proc", strings.TrimSpace(string(text)), "stat"))
	if err != nil {
		return false
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return state[0] != 'Z'
}

// TestExec_Timeout is vector 28, with commands that are harder and harder to end.
func TestExec_Timeout(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		script string
		within time.Duration
	}{
		"a child that holds the output": {"sleep 60 & echo $! > child; sleep 60", killDelay},
		"a child that ignores SIGTERM":  {"(trap '' TERM; sleep 60; sleep 60) & echo $! > child; sleep 60", killDelay + 2*time.Second},
		"a command that ignores it":     {"trap '' TERM; echo $$ > child; while :; do sleep 1; done", killDelay + 2*time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			run := command(t, &testenv.Log{}, ExecOptions{Command: []string{"sh", "-c", "cd " + dir + "; " + test.script}, Timeout: time.Second})
			began := time.Now()
			err := run(t.Context(), message())
			if took := time.Since(began); took < time.Second || took > time.Second+test.within {
				t.Errorf("it took %v", took)
			}
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v, want a timeout", err)
			}
			testenv.Eventually(t, "the child ends", func() bool { return !alive(t, filepath.Join(dir, "child")) })
		})
	}
}

// TestExec_LeavesNoChild runs a command that succeeds and leaves a process in the background.
func TestExec_LeavesNoChild(t *testing.T) {
	t.Parallel()
	for name, redirection := range map[string]string{"with its output": "", "without": " >/dev/null 2>&1"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			child := filepath.Join(t.TempDir(), "child")
			run := command(t, &testenv.Log{}, ExecOptions{Command: []string{"sh", "-c", "sleep 60" + redirection + " & echo $! > " + child}})
			if err := run(t.Context(), message()); err != nil {
				t.Error(err)
			}
			testenv.Eventually(t, "the child ends", func() bool { return !alive(t, child) })
		})
	}
}

// TestExec_StopsWithItsContext cancels the context of a command, as a consumer that stops
// does.
func TestExec_StopsWithItsContext(t *testing.T) {
	t.Parallel()
	child := filepath.Join(t.TempDir(), "child")
	run := command(t, &testenv.Log{}, ExecOptions{Command: []string{"sh", "-c", "echo $$ > " + child + ".new; mv " + child + ".new " + child + "; exec sleep 60"}})
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("the consumer stops")
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, message()) }()
	testenv.Eventually(t, "the command runs", func() bool { _, err := os.Stat(child); return err == nil })
	cancel(stopped)
	if err := testenv.Next(t, ended); !errors.Is(err, stopped) {
		t.Errorf("%v", err)
	}
	if alive(t, child) {
		t.Error("the command still runs")
	}
}

// TestCommands_AtMostFour starts six commands. The last two begin when others have ended.
func TestCommands_AtMostFour(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	fifo := filepath.Join(dir, "gate")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	run := command(t, &testenv.Log{}, ExecOptions{Command: []string{"sh", "-c", "touch " + dir + "/ran.$$; read line < " + fifo}})
	ended := make(chan error, MaxCommands+2)
	for range MaxCommands + 2 {
		go func() { ended <- run(t.Context(), message()) }()
	}
	running := func() int {
		list, err := filepath.Glob(filepath.Join(dir, "ran.*"))
		if err != nil {
			t.Error(err)
		}
		return len(list)
	}
	testenv.Eventually(t, "four run", func() bool { return running() == MaxCommands })
	if !pause.For(t.Context(), 200*time.Millisecond) || running() != MaxCommands {
		t.Errorf("%d commands run at once", running())
	}
	gate, err := os.OpenFile(fifo, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer gate.Close()
	for range MaxCommands + 2 {
		if _, err := gate.WriteString("go\n"); err != nil {
			t.Fatal(err)
		}
		if err := testenv.Next(t, ended); err != nil {
			t.Error(err)
		}
	}
	if running() != MaxCommands+2 {
		t.Errorf("%d commands ran", running())
	}
}
