package page_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/gobridge/gopherbot/internal/test/browsertest"
)

// TestBrowser_EarlierMessages has more messages than are drawn at first.
func TestBrowser_EarlierMessages(t *testing.T) {
	t.Parallel()
	a := start(t, nil, acknowledge)
	for i := range 150 {
		if _, err := a.workspace.Say("U02ROB", "C08RANDOM", fmt.Sprintf("message %d", i+1), ""); err != nil {
			t.Fatal(err)
		}
	}
	a.Do(click(`[data-open="C08RANDOM"]`), visible(`[data-earlier]`))
	count := func() int {
		return browsertest.Get(a.Tab, chromedp.Evaluate[int](`document.querySelectorAll("#messages > .message").length`))
	}
	if n := count(); n != 100 {
		t.Errorf("%d messages are drawn", n)
	}
	a.shows(`[data-earlier]`, "Show 50 earlier messages")
	a.eventually(`(({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight < 2)(document.querySelector("#log"))`)

	// What is in view stays where it is.
	const top = `(document.querySelector("#log").scrollTop = 0, document.querySelector("#messages > .message").dataset.ts)`
	first := browsertest.Get(a.Tab, chromedp.Evaluate[string](top))
	place := fmt.Sprintf(`Math.round(document.querySelector('[data-ts="%s"]').getBoundingClientRect().top)`, first)
	before := browsertest.Get(a.Tab, chromedp.Evaluate[int](place))
	a.Do(browsertest.Type(`[data-earlier]`, "\r"), gone(`[data-earlier]`))
	if n := count(); n != 150 {
		t.Errorf("%d messages are drawn", n)
	}
	if after := browsertest.Get(a.Tab, chromedp.Evaluate[int](place)); after < 0 || after > before+60 {
		t.Errorf("the first message was at %d, and is at %d", before, after)
	}
	a.eventually(`document.activeElement === document.querySelector("#log")`)
}
