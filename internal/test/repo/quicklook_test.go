package repo

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/consumer/gophers"
	"github.com/gobridge/gopherbot/internal/cli"
)

// TestContributing_QuickLook says to the bot what the first lines of CONTRIBUTING.md pipe into it.
func TestContributing_QuickLook(t *testing.T) {
	t.Parallel()
	start, _, _ := strings.Cut(read(t, "CONTRIBUTING.md"), "\n## ")
	said := regexp.MustCompile(`(?m)^    echo "(.*)" \| go run \./cmd/gopherbot chat\b`).FindStringSubmatch(start)
	if said == nil {
		t.Fatal("CONTRIBUTING.md does not begin with a quick look")
	}
	var out bytes.Buffer
	status := cli.Run(t.Context(), cli.Env{
		Content: gophers.Content, In: strings.NewReader(said[1] + "\n"), Out: &out, Err: os.Stderr,
	}, []string{"chat"})
	if status != 0 || !strings.HasPrefix(out.String(), "gopher> *mutex*") {
		t.Errorf("%q: status %d, and it answers\n%s", said[1], status, &out)
	}
}
