package demo_test

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/gobridge/gopherbot/internal/demo"
	"github.com/gobridge/gopherbot/internal/test/browsertest"
)

// TestBrowser_Accessible has axe-core look at everything that the page shows, in light, dark, on a
// phone and at 200 %.
func TestBrowser_Accessible(t *testing.T) {
	t.Parallel()
	browsertest.NeedAxe(t)
	page := inCafe(t, func(o *demo.Options) {
		o.Sockets = true
		o.Environ = []string{"PORT=1"} // so that there is a note
	})
	page.Do(write("@gopher menu"), visible(fromBot+` .actions`), write("`code` in <https://example.org>"), write("/cafe help"), visible(ephemeral),
		click(fromBot+` [data-react]`), click(item("tada")), visible(`[data-toggle-reaction="tada"]`), click(`#messages > li [data-reply]`), write("a reply"), visible(`.replies .journey`))
	page.InEachWindow(func(w browsertest.Window, name string) {
		look := func(what string) {
			t.Helper()
			page.Accessible(name + ": " + what)
		}
		small := browsertest.Get(page, chromedp.Evaluate[bool](`document.querySelector("#menu").checkVisibility()`))
		side := func() browsertest.Action {
			if small {
				return chromedp.Steps(click(`#menu`), visible(`#side`))
			}
			return visible(`#side`)
		}
		page.Do(retype(`#text`, "/"), visible(`#completion`))
		look("messages, a thread and commands")
		page.Do(retype(`#text`, "/nothing\r"))
		shows(t, page, `#error`, "Slash commands do not work in threads.")
		if small {
			page.Do(side())
			look("the side")
			page.Do(typeInto(`#who`, kb.Escape))
		}
		page.Do(click(`#shortcuts`), visible(`.menu`))
		look("a menu")
		page.Do(click(item("order-anything")), visible(`#modal[open]`), click(`#modal-submit`), visible(`.field-error`))
		look("a form with errors")
		page.Do(click(`#modal-close`), gone(`#modal[open]`), side(), click(`#about-open`), visible(`#about[open]`))
		look("about the page")
		page.Do(click(`#about-close`), gone(`#about[open]`))
		page.Do(click(`#show-notify`), visible(`#curl`))
		look("notify")
		page.Do(click(`#notify-close`))
		for _, panel := range []string{"faults", "traffic"} {
			page.Do(click(`#show-`+panel), visible(`#`+panel+` li`))
			look(panel)
			page.Do(click(`#` + panel + `-close`))
		}
		page.Do(side(), click(`[data-open="D01ADA"]`), click(`#tab-home`), visible(`#home .blocks`))
		look("the bot's home")
		page.Do(click(`#tab-messages`), side(), click(`[data-open="C02NEWBIES"]`), visible(`#join-open`))
		look("an empty channel")
		page.Do(side(), click(`[data-open="C01GENERAL"]`), visible(fromBot), click(`#messages > li [data-reply]`))
	})
}
