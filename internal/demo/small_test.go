package demo_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/gobridge/gopherbot/internal/demo"
	"github.com/gobridge/gopherbot/internal/test/browsertest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// small are windows in CSS pixels: a page at 200 %, an old phone, upright and lying down, and
// one of today.
var small = [][2]int64{{640, 400}, {320, 568}, {568, 320}, {390, 844}}

// cutOff returns the parts of the page outside of the messages that a person cannot see whole or
// cannot click.
const cutOff = `(() => {
	const cut = [];
	const { scrollWidth, scrollHeight } = document.documentElement;
	if (scrollWidth > innerWidth || scrollHeight > innerHeight) cut.push("the page is " + scrollWidth + "x" + scrollHeight);
	for (const e of document.querySelectorAll("h2, .heading > *, select, textarea, button, [role=menuitem], dialog[open], .menu, .panel, .side")) {
		if (!e.checkVisibility({ visibilityProperty: true }) || e.closest("#log, #home, #traffic-log, #faults-list")) continue;
		const scroller = e.closest(".side, .menu, dialog[open] .blocks, dialog[open] .content");
		if (scroller && scroller !== e) e.scrollIntoView({ block: "nearest" });
		const { left, top, right, bottom, width, height } = e.getBoundingClientRect();
		if (width === 0) continue;
		if (left < -0.5 || top < -0.5 || right > innerWidth + 0.5 || bottom > innerHeight + 0.5) cut.push("outside: " + e.outerHTML.slice(0, 90));
		if (e.matches("h2, button") && e.scrollWidth > e.clientWidth + 1) cut.push("its text is cut: " + e.outerHTML.slice(0, 90));
		if (!e.matches("button, select, textarea")) continue;
		const at = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
		const above = document.querySelector("dialog[open], .menu, .with-side .side, .panel:not([hidden])");
		if (!(e.contains(at) || at?.contains(e) || above && !above.contains(e))) cut.push("covered: " + e.outerHTML.slice(0, 90));
	}
	return cut.join("\n");
})()`

// whole fails if something is cut off.
func whole(t *testing.T, page browsertest.Tab, what string) {
	t.Helper()
	if cut := browsertest.Get(page, chromedp.Evaluate[string](cutOff)); cut != "" {
		t.Errorf("%s:\n%s", what, cut)
	}
}

// TestBrowser_SmallWindows opens everything in small windows: the messages keep at least half of
// the height, and nothing is cut off.
func TestBrowser_SmallWindows(t *testing.T) {
	t.Parallel()
	page := inCafe(t, func(o *demo.Options) { o.Sockets = true })
	page.Do(write("@gopher menu"), visible(fromBot+` .actions`))
	for _, size := range small {
		name := fmt.Sprintf("%dx%d", size[0], size[1])
		page.Do(chromedp.EmulateViewport(size[0], size[1], chromedp.EmulateMobile), visible(`#menu`))
		roomy := func(when string) {
			t.Helper()
			whole(t, page, name+": "+when)
			const share = `document.querySelector("#log").clientHeight / innerHeight`
			if got := browsertest.Get(page, chromedp.Evaluate[float64](share)); got < 0.5 {
				t.Errorf("%s: %s: the messages have %.0f %% of the height", name, when, got*100)
			}
		}
		roomy("at first")
		page.Do(click(`#messages > li [data-reply]`), typeInto(`#text`, "/nothing of the kind\r"))
		shows(t, page, `#error`, "Slash commands do not work in threads.")
		roomy("in a thread, with an error")
		page.Do(retype(`#text`, "/o"), visible(`#completion`))
		roomy("with a command that is typed")
		page.Do(retype(`#text`, "a"+kb.Escape), chromedp.WaitNotVisible(chromedp.CSS(`#replying`)))

		page.Do(click(`#menu`), visible(`#side`))
		whole(t, page, name+": the side")
		page.Do(typeInto(`#who`, kb.Escape), chromedp.WaitNotVisible(chromedp.CSS(`#side`)))
		eventually(t, page, focused(`#menu`))
		page.Do(click(`#menu`), click(`[data-open="D01ADA"]`), visible(`#tabs`))
		roomy("in the direct messages")
		page.Do(click(`#menu`), click(`[data-open="C02NEWBIES"]`), visible(`#join-open`))
		roomy("in a channel to be joined")
		page.Do(click(`#menu`), click(`[data-open="C01GENERAL"]`), chromedp.WaitNotVisible(chromedp.CSS(`#side`)))

		page.Do(click(`#try`), visible(`.menu`))
		whole(t, page, name+": the examples")
		page.Do(typeInto(`.menu [role=menuitem]`, kb.Escape), gone(`.menu`), click(`#shortcuts`), click(item("order-anything")), visible(`#modal[open]`))
		whole(t, page, name+": a form")
		page.Do(click(`#modal-close`), gone(`#modal[open]`), click(`#menu`), click(`#about-open`), visible(`#about[open]`))
		whole(t, page, name+": about the page")
		page.Do(click(`#about-close`), gone(`#about[open]`))
		eventually(t, page, focused(`#menu`))
		for _, panel := range []string{"traffic", "faults"} {
			page.Do(click(`#show-`+panel), visible(`#`+panel))
			whole(t, page, name+": "+panel)
			page.Do(click(`#`+panel+`-close`), chromedp.WaitNotVisible(chromedp.CSS(`#`+panel)))
		}
		page.Do(retype(`#text`, ""))
	}
}

// TestBrowser_Keyboard reaches everything with the keyboard alone, in a small window and in a
// large one, and always sees where it is.
func TestBrowser_Keyboard(t *testing.T) {
	t.Parallel()
	page := inCafe(t)
	const here = `(() => {
		const e = document.activeElement;
		const { left, top, right, bottom } = e.getBoundingClientRect();
		const seen = right > 0 && bottom > 0 && left < innerWidth && top < innerHeight;
		return (seen ? "" : "out of sight: ") + (e.id || e.dataset.open || e.dataset.say || e.tagName);
	})()`
	tabs := func(stop string) []string {
		t.Helper()
		var seen []string
		for range 60 {
			page.Do(chromedp.KeyEvent(kb.Tab))
			at := browsertest.Get(page, chromedp.Evaluate[string](here))
			if strings.HasPrefix(at, "out of sight") {
				t.Error(at)
			}
			if seen = append(seen, at); at == stop {
				return seen
			}
		}
		t.Fatalf("60 times Tab do not lead to %s: %q", stop, seen)
		return nil
	}
	reaches := func(seen []string, wanted ...string) {
		t.Helper()
		for _, id := range wanted {
			if !slices.Contains(seen, id) {
				t.Errorf("the keyboard does not reach %s: %q", id, seen)
			}
		}
	}
	top := js(`(document.activeElement.blur(), getSelection().removeAllRanges(), scrollTo(0, 0), true)`)

	page.Do(chromedp.EmulateViewport(568, 320), visible(`#menu`), top)
	reaches(tabs("send"), "skip", "menu", "show-faults", "show-traffic", "log", "text", "try", "shortcuts", "attach")
	page.Do(typeInto(`#menu`, kb.Enter))
	eventually(t, page, focused(`#who`))
	reaches(tabs("about-open"), "C01GENERAL", "C08RANDOM", "D01ADA", "join-newbies", "join-workspace")
	page.Do(chromedp.KeyEvent(kb.Escape))
	eventually(t, page, focused(`#menu`))

	// An example is sent from the menu.
	page.Do(typeInto(`#try`, kb.Enter), visible(`.menu`), chromedp.KeyEvent(kb.End))
	last := browsertest.Get(page, chromedp.Evaluate[string](`document.activeElement.innerText`))
	page.Do(chromedp.KeyEvent(kb.Enter), gone(`.menu`))
	shows(t, page, `#messages li[data-user="U01ADA"] .text`, strings.TrimPrefix(last, "@gopher "))

	page.Do(chromedp.EmulateViewport(1280, 800), visible(`#side`), js(`document.querySelector("#who").focus(), true`))
	reaches(tabs("send"), "about-open", "@gopher help", "shortcuts")

	// The skip link is the first, and the shortcut leads to the text from anywhere.
	page.Do(js(`document.querySelector("#skip").focus(), true`), visible(`#skip`), chromedp.KeyEvent(kb.Enter))
	eventually(t, page, focused(`#text`))
	address := `location.hash.includes("in=C01GENERAL")`
	page.Do(js(address), js(`document.querySelector("#who").focus(), true`),
		js(`!document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "µ", code: "KeyM", altKey: true, bubbles: true, cancelable: true }))`))
	eventually(t, page, focused(`#text`))
	if keys := page.Text(`#keys`); !strings.Contains(keys, "Alt + M") {
		t.Errorf("the page explains %q", keys)
	}
	testenv.Eventually(t, "the bot has answered", func() bool {
		return browsertest.Get(page, chromedp.Evaluate[int](`document.querySelectorAll('`+fromBot+`').length`)) > 0
	})
}
