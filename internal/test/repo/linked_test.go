package repo

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestLinked_Gateway holds the gateway to what it is linked with: an idle one takes little
// more memory than the pages of its program. A program with a template has all methods of
// all its types, because the template may call any.
func TestLinked_Gateway(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "./cmd/gateway").Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := strings.Fields(string(out))
	if !slices.Contains(packages, "net/http") {
		t.Fatalf("go list: %s", out)
	}
	for _, name := range packages {
		if name == "text/template" || strings.HasPrefix(name, "google.golang.org/grpc") {
			t.Errorf("the gateway is linked with %s; see docs/operations.md, Memory of the gateway", name)
		}
	}
}
