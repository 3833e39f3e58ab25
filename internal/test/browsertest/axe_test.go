package browsertest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/test/browsertest"
)

// recorder records the errors of a test.
type recorder struct {
	testing.TB
	errors []string
}

func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

// TestAccessible_FindsViolations has a page whose picture has no text, and whose text cannot be
// read in the dark.
func TestAccessible_FindsViolations(t *testing.T) {
	t.Parallel()
	browsertest.Need(t)
	browsertest.NeedAxe(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `<!doctype html><html lang="en"><title>A page</title><link rel="icon" href="data:,">
			<style>@media (prefers-color-scheme: dark) { body { background: #222; color: #333 } }</style>
			<main><h1>Hello</h1><img src="data:,"></main>`)
	}))
	t.Cleanup(server.Close)
	r := &recorder{TB: t}
	tab := browsertest.Open(r, server.URL, 800, 600)
	tab.InEachWindow(func(w browsertest.Window, name string) { tab.Accessible(name) })
	found := strings.Join(r.errors, "\n")
	for _, w := range browsertest.Windows() {
		window := fmt.Sprintf("%s, %dx%d: ", w.Name, w.Width, w.Height)
		picture, contrast := strings.Contains(found, window+"image-alt"), strings.Contains(found, window+"color-contrast")
		if !picture || contrast != w.Dark {
			t.Errorf("%s: the picture %v, the text %v:\n%s", w.Name, picture, contrast, found)
		}
	}
}
