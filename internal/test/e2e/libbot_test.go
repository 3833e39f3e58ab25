package e2e

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestLibbot_Runs builds, vets and tests the bot of another community, a module of
// its own in examples/libbot, and runs its processes, which are subcommands of one
// program, in a workspace.
func TestLibbot_Runs(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	program := filepath.Join(t.TempDir(), "libbot")
	output := func(name string, args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Dir = filepath.Join("..", "..", "..", "examples", "libbot")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	output("go", "build", "-o", program, ".")
	output("go", "vet", "./...")
	output("go", "test", "./...")
	if text := output(program, "manifest"); !strings.Contains(text, "name: libbot") || strings.Contains(text, "gopher.") {
		t.Errorf("the manifest is:\n%s", text)
	}
	if help := output(program, "queue", "--help"); !strings.Contains(help, "libbot queue [command]") || strings.Contains(help, "gopherbot") {
		t.Errorf("the help of queue is:\n%s", help)
	}

	port := b.port()
	delete(b.environ, "GOPHER_PLAYGROUND_URL")
	delete(b.environ, "GOPHER_PLAYGROUND_LINK_URL")
	b.environ["GOPHER_NOTIFY_YAML"] = "{server: {callbacks: {rules: [{name: readers, events: [team_join], bots: [slack], handler: {type: desk}}]}}}"
	children := []*child{
		b.run(exec.Command(program, "gateway"), "PORT="+port),
		b.run(exec.Command(program, "consumer"), "LIBBOT_CATALOGUE_URL=https://books.example/"),
		b.run(exec.Command(program, "bgtasks")),
	}
	children[0].logs(t, "gateway serves")
	children[1].logs(t, "consumer takes events")
	b.waitForDirectory()
	b.say(ada, general, mention+"hours")
	b.calls("chat.postMessage", 1)
	b.say(ada, general, "find Moby-Dick")
	calls := b.calls("chat.postMessage", 2)
	said := calls[0].Form["text"] + "\n" + calls[1].Form["text"]
	for _, want := range []string{"Tuesday to Saturday", "https://books.example/?q=Moby-Dick"} {
		if !strings.Contains(said, want) {
			t.Errorf("libbot says %q, want %q", said, want)
		}
	}
	if _, err := b.slack.JoinWorkspace(); err != nil {
		t.Fatal(err)
	}
	children[1].logs(t, "make a library card")
	for _, c := range children {
		if code := c.terminate(t); code != 0 {
			t.Errorf("%s ends with %d:\n%s", c.Args[1], code, c.log)
		}
	}
}
