package browsertest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// Window is a window and a colour scheme in which people use a page.
type Window struct {
	Name          string
	Width, Height int64 // CSS pixels
	Dark          bool
}

// Windows are those in which each of our pages must be accessible: light, dark, on a phone, and
// at 200 %, where a window of 1280x800 has half the CSS pixels.
func Windows() []Window {
	return []Window{
		{"light", 1280, 800, false},
		{"dark", 1280, 800, true},
		{"phone", 320, 568, true},
		{"200 %", 640, 400, false},
	}
}

// Show shows the page in another window.
func Show(w Window) Action {
	scheme := "light"
	if w.Dark {
		scheme = "dark"
	}
	return chromedp.Steps(
		chromedp.EmulateViewport(w.Width, w.Height),
		chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
				{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
			}})
			return err
		}),
	)
}

// NeedAxe skips the test if axe-core is not installed, and fails it if testenv.All returns true.
func NeedAxe(t testing.TB) {
	t.Helper()
	if _, err := os.Stat(axe()); err == nil {
		return
	}
	reason := `needs axe-core, which is not installed; "make test" installs it`
	if testenv.All() {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

// axe is the path of axe-core.
func axe() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "testdata", "axe", "node_modules", "axe-core", "axe.min.js")
}

// Accessible fails the test for each violation that axe-core finds on the page as it is now. The
// rules are all of axe-core's that are not experimental: those of WCAG 2.2 A and AA, and best practices.
// Source: https://github.com/dequelabs/axe-core/blob/develop/doc/rule-descriptions.md
func (b Tab) Accessible(what string) {
	b.Helper()
	script, err := os.ReadFile(axe())
	if err != nil {
		b.Fatal(err)
	}
	if !Get(b, chromedp.Evaluate[bool](`"axe" in window`)) {
		Get(b, chromedp.Evaluate[bool](string(script)+"\n;true"))
	}
	found := Get(b, chromedp.Evaluate[[]string](`axe.run(document, {
		resultTypes: ["violations"],
		runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
	}).then(({ passes, violations }) => [String(passes.length), ...violations.flatMap(({ id, impact, help, nodes }) =>
		nodes.map(({ target, failureSummary }) => [id, impact, help, target.join(" "), failureSummary].join("; ")))])`, chromedp.EvalAwaitPromise))
	if found[0] == "0" {
		b.Errorf("%s: axe-core has applied no rule", what)
	}
	for _, violation := range found[1:] {
		b.Errorf("%s: %s", what, strings.ReplaceAll(violation, "\n", " "))
	}
}

// InEachWindow shows the page in each of Windows, and calls check for what it finds there.
func (b Tab) InEachWindow(check func(w Window, name string)) {
	b.Helper()
	for _, w := range Windows() {
		b.Do(Show(w))
		check(w, fmt.Sprintf("%s, %dx%d", w.Name, w.Width, w.Height))
	}
}
