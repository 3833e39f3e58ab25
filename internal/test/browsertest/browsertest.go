// Package browsertest opens web pages in a real browser for tests. It must not know the
// pages.
package browsertest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// Need skips the test if no browser is installed.
func Need(t testing.TB) { testenv.Program(t, browsers...) }

var browsers = []string{"chromium", "chromium-browser", "google-chrome"}

// Tab is an open page in a browser.
type Tab struct {
	testing.TB
	// Browser is the context of chromedp's actions.
	Browser context.Context
}

// Action is an action of a person, or a wait.
type Action = chromedp.Action[chromedp.Void]

// Open opens a page in a window of the given size, until the test ends. The test fails if
// the page's console has a warning or an error.
func Open(t testing.TB, url string, width, height int, options ...Option) Tab {
	t.Helper()
	var c config
	for _, option := range options {
		option(&c)
	}
	flags := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(testenv.Program(t, browsers...)),
		chromedp.NoSandbox, // CI runs as root
		chromedp.DisableGPU,
		chromedp.WindowSize(width, height),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("force-prefers-reduced-motion", true),
	)
	ctx, closeBrowser := chromedp.NewExecAllocator(t.Context(), append(flags, c.flags...)...)
	ctx, closeTab := chromedp.NewContext(ctx)
	b := Tab{t, ctx}
	// The first context that is used is the browser's own, so not one that ends
	// when the action is done.
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("start the browser: %v", err)
	}

	var console sync.WaitGroup
	complaints := chromedp.Console(ctx)
	console.Go(func() {
		for message, err := range complaints {
			if err != nil {
				return // the tab is closed
			}
			complains := message.IsException() || message.Type == "error" || message.Type == "warning"
			expected := func(part string) bool { return strings.Contains(message.String(), part) }
			if complains && !slices.ContainsFunc(c.expected, expected) {
				t.Errorf("the page's console: %s", message)
			}
		}
	})
	t.Cleanup(func() {
		closeTab()
		closeBrowser()
		testenv.Wait(t, &console)
	})
	b.Do(chromedp.Navigate(url))
	return b
}

type config struct {
	flags    []chromedp.ExecAllocatorOption
	expected []string
}

// Option configures the browser, or the expected messages of its console.
type Option func(*config)

// Dark is for people who prefer dark pages.
func Dark(c *config) {
	c.flags = append(c.flags, chromedp.Flag("blink-settings", "preferredColorScheme=0"))
}

// Do runs actions. Each waits for its element.
func (b Tab) Do(actions ...Action) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Browser, testenv.Timeout)
	defer cancel()
	for i, a := range actions {
		if err := chromedp.Do(ctx, a); err != nil {
			b.fail(fmt.Sprintf("action %d of %d", i+1, len(actions)), err)
		}
	}
}

// fail ends the test, with the content of the page.
func (b Tab) fail(what string, err error) {
	b.Helper()
	shown, _ := chromedp.Run(b.Browser, chromedp.Evaluate[string](`document.body.innerText`))
	b.Fatalf("%s: %v; the page shows:\n%s", what, err, shown)
}

// Get runs an action and returns its result.
func Get[T any](b Tab, a chromedp.Action[T]) T {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Browser, testenv.Timeout)
	defer cancel()
	v, err := chromedp.Run(ctx, a)
	if err != nil {
		b.fail("looking", err)
	}
	return v
}

// Text returns the text of an element once it is visible.
func (b Tab) Text(selector string) string {
	b.Helper()
	return Get(b, chromedp.Text(chromedp.CSS(selector)))
}

// Picture returns a picture of the window, as PNG.
func (b Tab) Picture() []byte {
	b.Helper()
	picture := Get(b, chromedp.CaptureScreenshot())
	if len(picture) < 10_000 {
		b.Errorf("a picture of %d bytes shows no page", len(picture))
	}
	return picture
}

// Visible waits until an element is visible.
func Visible(selector string) Action { return chromedp.WaitVisible(chromedp.CSS(selector)) }

// Gone waits until there is no such element.
func Gone(selector string) Action { return chromedp.WaitNotPresent(chromedp.CSS(selector)) }

// Click clicks on an element once it is visible.
func Click(selector string) Action { return chromedp.Click(chromedp.CSS(selector)) }

// Type types into an element, or presses keys while it has the focus.
//
// It is not chromedp.SendKeys, which reads the element's attributes while they may change: the race detector reports that.
func Type(selector, text string) Action {
	return chromedp.Steps(Visible(selector), chromedp.Focus(chromedp.CSS(selector)), chromedp.KeyEvent(text))
}

// Expect allows messages with part in the page's console.
func Expect(part string) Option {
	return func(c *config) { c.expected = append(c.expected, part) }
}
