package docs_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/gobridge/gopherbot/gateway/notify/docs"
	"github.com/gobridge/gopherbot/internal/test/browsertest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestBrowser_Page reads the page in light, dark, on a phone and at 200 %: it has its style,
// nothing is cut off, and axe-core finds nothing. A browser reports what the policy blocks as
// an error, which fails the test.
func TestBrowser_Page(t *testing.T) {
	t.Parallel()
	browsertest.Need(t)
	browsertest.NeedAxe(t)
	tab := browsertest.Open(t, serve(t, docs.Options{BasePath: "/api/v1", Version: "v1.2.3"})+"/docs/", 1280, 800)
	tab.Do(browsertest.Visible(`#endpoint-send`))
	backgrounds := map[string]bool{}
	tab.InEachWindow(func(_ browsertest.Window, name string) {
		tab.Accessible(name)
		if wide := browsertest.Get(tab, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > document.documentElement.clientWidth`)); wide {
			t.Errorf("%s: the page is wider than the window", name)
		}
		backgrounds[browsertest.Get(tab, chromedp.Evaluate[string](`getComputedStyle(document.documentElement).backgroundColor`))] = true
	})
	if len(backgrounds) != 2 {
		t.Errorf("light and dark have the backgrounds %v", backgrounds)
	}
	// The keyboard leads from a code at an endpoint to what it means.
	tab.Do(browsertest.Type(`[aria-labelledby="endpoint-send"] a[href="#code-unknown_chat"]`, "\r"))
	testenv.Eventually(t, "it is marked", func() bool {
		return browsertest.Get(tab, chromedp.Evaluate[bool](`document.querySelector("#code-unknown_chat").matches(":target")`))
	})
}
