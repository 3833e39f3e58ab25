package demo_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/gobridge/gopherbot/internal/demo"
	"github.com/gobridge/gopherbot/internal/test/browsertest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// inCafe opens the page of a demo whose bot is cafe.
func inCafe(t *testing.T, configure ...func(*demo.Options)) browsertest.Tab {
	t.Helper()
	browsertest.Need(t)
	url, _ := startWith(t, append([]func(*demo.Options){func(o *demo.Options) { o.Content = cafe }}, configure...)...)
	return open(t, url, 1280, 900)
}

var typeInto, gone = browsertest.Type, browsertest.Gone

// js runs a script, and fails unless it returns true.
func js(script string, args ...any) browsertest.Action {
	script = fmt.Sprintf(script, args...)
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](script))
		if err == nil && !ok {
			err = fmt.Errorf("false: %s", script)
		}
		return err
	})
}

// set gives a menu or a field for dates a value, as a person would.
func set(selector, value string) browsertest.Action {
	return chromedp.Steps(visible(selector), js(`(() => {
		const node = document.querySelector(%q);
		node.value = %q;
		node.dispatchEvent(new Event("change", { bubbles: true }));
		return node.value !== "";
	})()`, selector, value))
}

// retype replaces the text of a field.
func retype(selector, text string) browsertest.Action {
	return chromedp.Steps(js(`document.querySelector(%q).value = "", true`, selector), typeInto(selector, text))
}

// shows waits until an element contains a text.
func shows(t *testing.T, page browsertest.Tab, selector, text string) {
	t.Helper()
	eventually(t, page, fmt.Sprintf(`(document.querySelector(%q)?.innerText ?? "").includes(%q)`, selector, text))
}

// become continues as another person, when the page shows that.
func become(id string) browsertest.Action {
	return chromedp.Steps(set(`#who`, id), chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Run(ctx, chromedp.Poll[bool](`document.title.includes(" as " + document.querySelector("#who").selectedOptions[0].textContent)`))
		return err
	}))
}

// focused reports which element has the focus.
func focused(selector string) string {
	return fmt.Sprintf(`document.activeElement === document.querySelector(%q)`, selector)
}

// eventually waits until a script returns true.
func eventually(t *testing.T, page browsertest.Tab, script string) {
	t.Helper()
	testenv.Eventually(t, script, func() bool { return browsertest.Get(page, chromedp.Evaluate[bool](script)) })
}

func field(name string) string { return `#form [data-block="` + name + `"]` }

// combo is the text field of a menu with a search, and pick chooses an option of it.
func combo(name string) string { return field(name) + ` input` }
func pick(name, value string) browsertest.Action {
	return chromedp.Steps(
		click(combo(name)), click(field(name)+` [data-pick="`+value+`"]`),
		visible(field(name)+` [data-unpick="`+value+`"]`), chromedp.WaitNotVisible(chromedp.CSS(field(name)+` .list`)),
	)
}

func item(id string) string { return `.menu [data-id="` + id + `"]` }

func TestBrowser_SlashCommand(t *testing.T) {
	t.Parallel()
	page := inCafe(t)
	page.Do(typeInto(`#text`, "/"), visible(`#completion [data-command="/cafe"]`))
	if list := page.Text(`#completion [data-command="/order"]`); !strings.Contains(list, "[for whom]") || !strings.Contains(list, "orders something") {
		t.Errorf("the completion shows %q", list)
	}
	page.Do(typeInto(`#text`, "o"), gone(`#completion [data-command="/cafe"]`), typeInto(`#text`, kb.Backspace), visible(`#completion [data-command="/cafe"]`))
	eventually(t, page, `document.querySelector("#completion [aria-selected=true]").dataset.command === "/order"`) // as declared
	page.Do(typeInto(`#text`, kb.ArrowDown))                                                                       // arrow down
	eventually(t, page, `document.querySelector("#completion [aria-selected=true]").dataset.command === "/cafe"`)
	page.Do(typeInto(`#text`, "\t"), js(`document.querySelector("#text").value === "/cafe "`))
	if usage := page.Text(`#usage`); !strings.Contains(usage, "/cafe [anything]") {
		t.Errorf("the hint is %q", usage)
	}
	page.Do(typeInto(`#text`, "menu\r"), visible(`[data-use="button"]`))

	page.Do(typeInto(`#text`, "/nothing of the kind\r"))
	shows(t, page, `#error`, "The bot has no such command.")
}

func TestBrowser_MessageControls(t *testing.T) {
	t.Parallel()
	page := inCafe(t)
	page.Do(write("@gopher menu"), visible(fromBot+` .actions`), visible(fromBot+` .blocks strong`),
		visible(fromBot+` a[data-use="button"][href="https://example.org/prices"]`))

	// A button asks first.
	closing := fromBot + ` button.danger`
	page.Do(click(closing), click(`#confirm-no`), gone(`#confirm[open]`), click(closing))
	if question := page.Text(`#confirm`); !strings.Contains(question, "Nobody gets tea then.") {
		t.Errorf("asked %q", question)
	}
	page.Do(click(`#confirm-yes`))
	if text := page.Text(ephemeral); !strings.Contains(text, "The cafe is closed.") {
		t.Errorf("said %q", text)
	}
	if n := browsertest.Get(page, chromedp.Evaluate[int](`document.querySelectorAll("li.message.ephemeral").length`)); n != 1 {
		t.Errorf("%d answers", n)
	}

	// A menu replaces the message.
	page.Do(set(fromBot+` select`, "carrot"), gone(fromBot+` select`))
	if text := page.Text(fromBot + ` .text`); text != "One carrot it is." {
		t.Errorf("said %q", text)
	}
}

// TestBrowser_Form fills a form with each kind of field, and corrects it.
func TestBrowser_Form(t *testing.T) {
	t.Parallel()
	page := inCafe(t)
	page.Do(write("@gopher menu"), click(fromBot+` [data-use="button"]`), visible(`#modal[open]`))
	if title := page.Text(`#modal-title`); title != "Order a tea" {
		t.Errorf("the title is %q", title)
	}
	if hint := page.Text(`#form [data-block-id="tea"] .hint`); hint != "No coffee, please." {
		t.Errorf("the hint is %q", hint)
	}
	eventually(t, page, focused(field("tea")))

	// Slack's client wants the required fields, and the app has its own mind.
	page.Do(click(`#modal-submit`), visible(`#form [data-block-id="tea"] .field-error`), visible(`#form [data-block-id="city"] .field-error`))
	page.Do(typeInto(field("tea"), "coffee"))
	page.Do(click(combo("city")), typeInto(combo("city"), "os"), visible(field("city")+` [data-pick="Osaka"]`), gone(field("city")+` [data-pick="Lima"]`))
	if option := page.Text(field("city") + ` [data-pick="Oslo"]`); !strings.Contains(option, "in Norway") {
		t.Errorf("the option is %q", option)
	}
	page.Do(typeInto(combo("city"), kb.ArrowDown), typeInto(combo("city"), "\r"), visible(field("city")+` [data-unpick="Oslo"]`))
	page.Do(click(`#modal-submit`))
	shows(t, page, `#form [data-block-id="tea"] .field-error`, "That is no tea.")
	eventually(t, page, focused(field("tea")+`[aria-invalid="true"]`))

	page.Do(
		retype(field("tea"), "green"),
		typeInto(field("note"), "two\nlines"), typeInto(field("mail"), "ada@example.org"), typeInto(field("page"), "https://example.org"),
		retype(field("cups"), "3"),
		set(field("size"), "l"), set(field("friend"), "U02ROB"), set(field("where"), "C03REVIEWS"),
		pick("stops", "Lima"), pick("stops", "Oslo"), pick("extras", "milk"), pick("extras", "sugar"), pick("guests", "U02ROB"),
		click(field("extras")+` [data-unpick="milk"]`), gone(field("extras")+` [data-unpick="milk"]`),
		set(field("day"), "2026-11-27"), set(field("at"), "2026-11-27T10:30"),
		click(field("gift")+` input`),
		typeInto(field("tea"), "\r"), // Enter submits
		gone(`#modal[open]`), click(`#direct [data-open]`),
	)
	said := page.Text(`li.message[data-channel="D01ADA"][data-user="U0GOPHER"] .text`)
	for _, line := range []string{
		"tea: green", "note: two\nlines", "cups: 3", "mail: ada@example.org", "page: https://example.org", "size: l", "city: Oslo", "stops: Lima, Oslo",
		"extras: sugar", "friend: U02ROB", "guests: U02ROB", "where: C03REVIEWS", "day: 2026-11-27", "at: 2026-11-27T", "gift: true",
	} {
		if !strings.Contains(said, line) {
			t.Errorf("the bot says %q, want %q", said, line)
		}
	}
}

func TestBrowser_ShortcutsAndKeys(t *testing.T) {
	t.Parallel()
	page := inCafe(t)
	page.Do(write("hello"), click(`li.message[data-user="U01ADA"] [data-more]`), visible(item("edit")), click(item("count")))
	if text := page.Text(ephemeral); !strings.Contains(text, "5 letters") {
		t.Errorf("said %q", text)
	}
	page.Do(click(`#shortcuts`))
	eventually(t, page, focused(item("order-anything")))
	page.Do(typeInto(item("order-anything"), "\r"), visible(`#modal[open]`), visible(field("tea")))
	eventually(t, page, focused(field("tea")))
	page.Do(typeInto(field("tea"), kb.Escape), gone(`#modal[open]`)) // Escape
	eventually(t, page, focused(`#shortcuts`))
	page.Do(click(`#shortcuts`), click(item("order-anything")), click(`#modal-close`), gone(`#modal[open]`))
}

func TestBrowser_Home(t *testing.T) {
	t.Parallel()
	page := inCafe(t)
	page.Do(click(`#direct [data-open]`), visible(`#composer`), click(`#tab-home`), visible(`#home [data-use="button"]`))
	if text := page.Text(`#home`); !strings.Contains(text, "says something to the cafe") {
		t.Errorf("the home shows %q", text)
	}
	page.Do(click(`#home [data-use="button"]`), typeInto(field("topic"), "menu\r"))
	shows(t, page, `#modal-blocks`, "shows the menu")
	page.Do(click(`#modal-cancel`), gone(`#modal[open]`), click(`#tab-messages`), visible(`#composer`))
}

func TestBrowser_Reactions(t *testing.T) {
	t.Parallel()
	page := inCafe(t)
	tada := `li.message[data-user="U01ADA"] [data-reaction="tada"]`
	page.Do(write("It works"), click(`li.message[data-user="U01ADA"] [data-react]`), click(item("tada")), visible(tada+` [aria-pressed="true"]`), visible(ephemeral))
	page.Do(become("U02ROB"), click(tada+` [aria-pressed="false"]`), visible(tada+` [aria-pressed="true"]`))
	if n := page.Text(tada + ` .count`); n != "2" {
		t.Errorf("%s people", n)
	}
	page.Do(click(tada+` button`), visible(tada+` [aria-pressed="false"]`), become("U01ADA"), click(tada+` [aria-pressed="true"]`), gone(tada))
}

func TestBrowser_EditsAndDeletions(t *testing.T) {
	t.Parallel()
	page := inCafe(t)
	mine := `li.message[data-user="U01ADA"]`
	more := mine + ` [data-more]`
	page.Do(write("Look at #reviews, @Rob & <all>"), click(more), click(item("edit")), visible(`#replying`),
		js(`document.querySelector("#text").value === "Look at #reviews, @rob & <all>"`), typeInto(`#text`, "!\r"), visible(mine+` .edited`))
	if text := page.Text(mine + ` .text`); text != "Look at #reviews, @Rob & <all>!" {
		t.Errorf("it says %q", text)
	}
	page.Do(become("U02ROB"), click(more), visible(item("count")), gone(item("edit")), typeInto(item("count"), kb.Escape), gone(`.menu`), become("U01ADA"))
	page.Do(click(more), click(item("edit")), visible(`#replying`), typeInto(`#text`, kb.Escape), js(`document.querySelector("#text").value === ""`))
	page.Do(click(more), click(item("delete")), click(`#confirm-yes`), gone(mine))
}

func TestBrowser_UnreadMarks(t *testing.T) {
	t.Parallel()
	page := inCafe(t)
	reviews := `[data-open="C03REVIEWS"]`
	page.Do(click(reviews), write("first"), visible(`li.message`), click(`[data-open="C01GENERAL"]`))
	page.Do(become("U02ROB"))
	if n := page.Text(reviews + ` .unread`); !strings.HasPrefix(n, "1") {
		t.Errorf("%q unread", n)
	}
	page.Do(click(reviews), visible(`.new-mark + li.message`), gone(reviews+` .unread`))
	page.Do(become("U01ADA"), gone(reviews+` .unread`), gone(`.new-mark`))
}

func TestBrowser_RawTraffic(t *testing.T) {
	t.Parallel()
	page := inCafe(t)
	entry := func(way, from string) string {
		return `#traffic-list [data-way="` + way + `"][data-from="` + from + `"]`
	}
	page.Do(write("@gopher menu"), visible(fromBot), write("@gopher nothing"), click(`#show-traffic`), visible(entry("http", "slack")), visible(entry("api", "bot")))
	shown := `[...document.querySelectorAll("#traffic-list > li")].filter((li) => !li.hidden)`
	all := browsertest.Get(page, chromedp.Evaluate[int](shown+`.length`))

	// Those of one message, and the JSON of one of them.
	page.Do(click(`#messages > li:first-child [data-traffic-of]`), visible(`#traffic-filter`))
	few := browsertest.Get(page, chromedp.Evaluate[int](shown+`.length`))
	if few == 0 || few >= all {
		t.Errorf("%d of %d entries are about the message", few, all)
	}
	page.Do(click(`#traffic-list > li:not([hidden]) summary`))
	shows(t, page, `#traffic-list > li:not([hidden]) pre`, `menu`)
	shows(t, page, `#traffic-list > li:not([hidden]) pre`, "\n  \"event\": {")
	everything := browsertest.Get(page, chromedp.Evaluate[string](shown+`.map((li) => li.traffic.body).join()`))
	if strings.Contains(everything, "xoxb-") {
		t.Error("the traffic shows the bot's token")
	}
	page.Do(click(`#traffic-all`), gone(`#traffic-list > li[hidden]`), click(`#traffic-close`), chromedp.WaitNotVisible(chromedp.CSS(`#traffic`)))
	eventually(t, page, focused(`#show-traffic`))
}
