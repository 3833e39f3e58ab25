package demo_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/gobridge/gopherbot/internal/demo"
	"github.com/gobridge/gopherbot/internal/test/browsertest"
)

// TestBrowser_SuggestATerm follows a suggestion for the glossary to its approval.
func TestBrowser_SuggestATerm(t *testing.T) {
	t.Parallel()
	browsertest.Need(t)
	url, _ := start(t)
	page := open(t, url, 1280, 900)
	reviews := `[data-open="C03REVIEWS"]`
	approve := fromBot + ` [data-use="button"]:not(.danger)`

	page.Do(become("U02ROB"), click(`#shortcuts`), click(item("suggest-a-term")),
		typeInto(field("term"), "frobnicator"), typeInto(field("definition"), "Too short."), click(`#modal-submit`))
	shows(t, page, `#form [data-block-id="definition"] .field-error`, "at least 60 characters")
	eventually(t, page, focused(field("definition")))
	page.Do(typeInto(field("definition"), strings.Repeat(" It turns things into other things.", 2)), click(`#modal-submit`), gone(`#modal[open]`))

	// Rob is no moderator, but Ada is.
	page.Do(visible(reviews+` .unread`), click(reviews), click(approve))
	shows(t, page, ephemeral, "moderator")
	page.Do(become("U01ADA"), click(approve), gone(approve))
	shows(t, page, `#messages`, "Approved by @Ada")
	page.Do(visible(fromBot + ` a[href*="github.com"]`))
}

// TestBrowser_RemoveAnAnswer reacts to an answer with the emoji that removes it.
func TestBrowser_RemoveAnAnswer(t *testing.T) {
	t.Parallel()
	browsertest.Need(t)
	url, _ := start(t)
	page := open(t, url, 1280, 900)
	page.Do(write("define goroutine"), click(fromBot+` [data-react]`), click(item("x")))
	eventually(t, page, `!(document.querySelector('`+fromBot+` .text')?.innerText ?? "").includes("lightweight")`)
}

// TestBrowser_Sockets chats over sockets, and switches to HTTP.
func TestBrowser_Sockets(t *testing.T) {
	t.Parallel()
	page := inCafe(t, func(o *demo.Options) { o.Sockets = true })
	handled := `li.message[data-user="U01ADA"] .journey [data-step="handled"]`
	overHTTP := `#traffic-list [data-way="http"]`
	page.Do(visible(`#sockets:checked`), write("@gopher menu"), visible(fromBot), visible(handled), click(`#show-traffic`),
		visible(`#traffic-list [data-way="socket"][data-from="slack"]`), visible(`#traffic-list [data-way="socket"][data-from="bot"]`), gone(overHTTP))
	for _, step := range []string{"accepted", "queued", "taken", "replied"} {
		page.Do(visible(`li.message[data-user="U01ADA"] .journey [data-step="` + step + `"]`))
	}
	page.Do(click(fromBot+` [data-use="button"]`), typeInto(field("tea"), "coffee"), pick("city", "Oslo"), click(`#modal-submit`))
	shows(t, page, `#form [data-block-id="tea"] .field-error`, "That is no tea.") // in the acknowledgement
	page.Do(click(`#modal-cancel`), gone(`#modal[open]`), gone(overHTTP))

	page.Do(click(`#sockets`), visible(`#sockets:not(:checked)`), write("/cafe menu"), visible(overHTTP), visible(fromBot+` ~ `+fromBot))
	if everything := browsertest.Get(page, chromedp.Evaluate[string](`document.documentElement.outerHTML`)); strings.Contains(everything, "xapp-") || strings.Contains(everything, "ticket=") {
		t.Error("the page shows a secret of the sockets")
	}
}
