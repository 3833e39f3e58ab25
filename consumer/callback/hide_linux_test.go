package callback

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// hidden has this test's program be a bot that runs a command: see TestHideProcess.
const hidden = "CALLBACK_TEST_HIDDEN"

// TestHideProcess has a command look for a secret in the bot's first environment, as which it
// was started. The bot has dropped it, but the kernel still shows it.
func TestHideProcess(t *testing.T) {
	if mode := os.Getenv(hidden); mode != "" {
		if err := os.Unsetenv("BOT_SECRET"); err != nil {
			t.Fatal(err)
		}
		if mode == "yes" {
			if err := HideProcess(); err != nil {
				t.Fatal(err)
			}
		}
		run, err := NewCommands(environment, isSecret, zerolog.Nop()).Exec(ExecOptions{Command: []string{"sh", "-c", "cat /proc/$PPID/environ > " + os.Getenv("OUT") + " 2>&1; true"}})
		if err != nil {
			t.Fatal(err)
		}
		if err := run(t.Context(), message()); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Parallel()
	testenv.Program(t, "sh")
	program, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil { // for another user, see below
		t.Fatal(err)
	}
	bot := filepath.Join(dir, "bot")
	if err := os.WriteFile(bot, program, 0o755); err != nil {
		t.Fatal(err)
	}
	for mode, seen := range map[string]bool{"no": true, "yes": false} {
		out := filepath.Join(dir, mode)
		if err := os.WriteFile(out, nil, 0o666); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), bot, "-test.run=^TestHideProcess$", "-test.timeout=30s")
		cmd.Dir = "/"
		cmd.Env = []string{hidden + "=" + mode, "OUT=" + out, "BOT_SECRET=s3cret", "PATH=" + os.Getenv("PATH"), "TMPDIR=/tmp"}
		if os.Getuid() == 0 {
			// root may read everything, and bots do not run as root.
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
			if err := os.Chmod(out, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		if output, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, output)
		}
		got, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(got), "s3cret") != seen || len(got) == 0 {
			t.Errorf("hidden %s: the command read %q", mode, got)
		}
	}
}
