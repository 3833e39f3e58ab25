package page_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/slack/sim/page"
	"github.com/gobridge/gopherbot/internal/test/browsertest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type object = map[string]any

// app is a stand-in for a bot: told gets each interaction, whose answer is that of answer.
type app struct {
	browsertest.Tab
	workspace *slacksim.Workspace
	api       string
	told      chan object
}

// start opens the page of a workspace whose app answers interactions with the result of answer,
// or not at all if that is nil.
func start(t *testing.T, configure func(*slacksim.Options), answer func(a *app, told object) any) *app {
	t.Helper()
	browsertest.Need(t)
	a := &app{told: make(chan object, 100)}
	bot := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		form, invalid := url.ParseQuery(string(body))
		if err != nil || invalid != nil || r.URL.Path == "/slack/event" {
			return
		}
		told := object{}
		for name := range form {
			told[name] = form.Get(name)
		}
		if payload := form.Get("payload"); payload != "" {
			if err := json.Unmarshal([]byte(payload), &told); err != nil {
				t.Error(err)
			}
		}
		a.told <- told
		if said := answer(a, told); said == nil {
			<-r.Context().Done()
		} else if said != "" {
			_ = json.NewEncoder(rw).Encode(said) // the workspace may have closed the connection
		}
	}))
	t.Cleanup(bot.Close)
	mux := http.NewServeMux()
	front := httptest.NewServer(mux)
	a.api = front.URL + "/api/slack/"
	opts := slacksim.Options{
		AppID: "A0TEST", TeamID: "T0TEST", SigningSecret: "secret", BotToken: "xoxb-1", EventURL: bot.URL + "/slack/event", APIURL: a.api,
		Client: &http.Client{Timeout: testenv.Timeout, Transport: &http.Transport{DisableKeepAlives: true}}, Log: zerolog.New(zerolog.NewTestWriter(t)),
	}
	if configure != nil {
		configure(&opts)
	}
	a.workspace = slacksim.New(opts)
	mux.Handle("/api/slack/", http.StripPrefix("/api/slack", a.workspace.API()))
	mux.Handle("/", page.Handler(a.workspace, nil))
	t.Cleanup(func() {
		front.CloseClientConnections() // the page's stream would keep it open
		front.Close()
	})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.workspace.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := testenv.Next(t, done); err != nil {
			t.Error(err)
		}
	})
	a.Tab = browsertest.Open(t, front.URL, 1280, 900)
	a.Do(browsertest.Visible(`#channels [data-open]`))
	return a
}

// call calls a method of the Web API, with the values of its form.
func (a *app) call(method string, values object) {
	a.Helper()
	form := url.Values{}
	for name, value := range values {
		text, ok := value.(string)
		if !ok {
			encoded, err := json.Marshal(value)
			if err != nil {
				a.Fatal(err)
			}
			text = string(encoded)
		}
		form.Set(name, text)
	}
	r, err := http.NewRequestWithContext(a.Context(), http.MethodPost, a.api+method, strings.NewReader(form.Encode()))
	if err != nil {
		a.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "Bearer xoxb-1")
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: testenv.Timeout}
	response, err := client.Do(r)
	if err != nil {
		a.Fatal(err)
	}
	defer response.Body.Close()
	var said struct {
		OK    bool
		Error string
	}
	if err := json.NewDecoder(response.Body).Decode(&said); err != nil || !said.OK {
		a.Errorf("%s: %s (%v)", method, said.Error, err)
	}
}

// action returns the action of the next interaction, which is a use of an element.
func (a *app) action() object {
	a.Helper()
	told := testenv.Next(a, a.told)
	actions, ok := told["actions"].([]any)
	if !ok {
		a.Fatalf("no use of an element: %v", told)
	}
	return actions[0].(object)
}

func (a *app) eventually(script string, args ...any) {
	a.Helper()
	script = fmt.Sprintf(script, args...)
	testenv.Eventually(a, script, func() bool { return browsertest.Get(a.Tab, chromedp.Evaluate[bool](script)) })
}

// shows waits until an element contains a text.
func (a *app) shows(selector, text string) {
	a.Helper()
	a.eventually(`(document.querySelector(%q)?.innerText ?? "").includes(%q)`, selector, text)
}

// set gives a menu or a field a value, as a person would.
func (a *app) set(selector, value string) {
	a.Helper()
	a.Do(browsertest.Visible(selector))
	a.eventually(`(() => {
		const node = document.querySelector(%q);
		node.value = %q;
		node.dispatchEvent(new Event("change", { bubbles: true }));
		return node.value !== "";
	})()`, selector, value)
}

var visible, gone, click, typeInto = browsertest.Visible, browsertest.Gone, browsertest.Click, browsertest.Type

func plain(text string) object { return object{"type": "plain_text", "text": text} }

func option(value string) object { return object{"text": plain("The " + value), "value": value} }

func acknowledge(*app, object) any { return "" }

func TestBrowser_Timeout(t *testing.T) {
	t.Parallel()
	a := start(t, func(o *slacksim.Options) {
		o.Timeout = 100 * time.Millisecond
		o.Commands = []slacksim.Command{{Name: "/slow", Description: "takes its time"}}
	}, func(*app, object) any { return nil })
	a.Do(typeInto(`#text`, "/sl\t"), typeInto(`#text`, "a=b & c\r"))
	if told := testenv.Next(t, a.told); told["command"] != "/slow" || told["text"] != "a=b & c" {
		t.Errorf("the app gets %v", told)
	}
	a.shows(`#error`, `/slow failed with the error "operation_timeout": The bot did not answer within 3 seconds.`)
	a.eventually(`document.querySelector("#text").value === "/slow a=b & c"`) // to be sent again
}

// TestBrowser_Elements uses the elements that our own bot does not have.
func TestBrowser_Elements(t *testing.T) {
	t.Parallel()
	a := start(t, nil, acknowledge)
	element := func(kind string, more object) object {
		more["type"], more["action_id"] = kind, kind
		return more
	}
	blocks := []any{
		object{"type": "header", "text": plain("The :tada: header")},
		object{"type": "section", "text": object{"type": "mrkdwn", "text": "*bold*"}, "accessory": element("overflow", object{"options": []any{option("a"), option("b")}}),
			"fields": []any{plain("a field")}},
		object{"type": "divider"},
		object{"type": "context", "elements": []any{object{"type": "mrkdwn", "text": "_small_"}, object{"type": "image", "image_url": "https://example.org/x.png", "alt_text": "a gopher"}}},
		object{"type": "actions", "block_id": "row", "elements": []any{
			element("static_select", object{"option_groups": []any{object{"label": plain("Group"), "options": []any{option("a"), option("b")}}}}),
			element("radio_buttons", object{"options": []any{option("a"), option("b")}}),
			element("checkboxes", object{"options": []any{option("a"), option("b")}, "initial_options": []any{option("a")}}),
			element("datepicker", object{}), element("timepicker", object{}), element("users_select", object{}), element("channels_select", object{}),
			element("multi_users_select", object{}),
			element("button", object{"text": plain("Go :rocket:"), "style": "primary", "value": "v"}),
		}},
	}
	a.call("chat.postMessage", object{"channel": "C01GENERAL", "text": "fallback", "blocks": blocks})
	use := func(kind string) string { return `[data-use="` + kind + `"]` }
	a.Do(visible(`h3.header [aria-label="tada"]`), visible(`.section strong`), visible(`.section .fields`), visible(`hr.block`), visible(`.context em`),
		visible(`.context a[href="https://example.org/x.png"]`), gone(`.message .said > .text`))

	a.eventually(`document.querySelector('[data-use="static_select"] optgroup').label === "Group"`)

	chosen := func(action object) any {
		o, _ := action["selected_option"].(object)
		return o["value"]
	}
	a.Do(click(use("overflow")), click(`.menu button:last-child`))
	if got := chosen(a.action()); got != "b" {
		t.Errorf("overflow: %v", got)
	}
	a.set(use("static_select"), "b")
	if got := chosen(a.action()); got != "b" {
		t.Errorf("select: %v", got)
	}
	a.Do(click(use("radio_buttons") + ` input[value="a"]`))
	if got := chosen(a.action()); got != "a" {
		t.Errorf("radio buttons: %v", got)
	}
	a.Do(click(use("checkboxes") + ` input[value="b"]`))
	if got, _ := a.action()["selected_options"].([]any); len(got) != 2 {
		t.Errorf("checkboxes: %v", got)
	}
	for kind, want := range map[string][2]string{
		"datepicker": {"selected_date", "2026-11-27"}, "timepicker": {"selected_time", "10:30"},
		"users_select": {"selected_user", "U02ROB"}, "channels_select": {"selected_channel", "C03REVIEWS"},
	} {
		a.set(use(kind), want[1])
		if got := a.action(); got["type"] != kind || got[want[0]] != want[1] {
			t.Errorf("%s: %v", kind, got)
		}
	}
	a.Do(typeInto(use("multi_users_select")+` input`, "rob"), click(`[data-pick="U02ROB"]`), visible(`[data-unpick="U02ROB"]`))
	if got := fmt.Sprint(a.action()["selected_users"]); got != "[U02ROB]" {
		t.Errorf("people: %s", got)
	}
	a.Do(click(use("button") + `.primary`))
	if got := a.action(); got["value"] != "v" || got["block_id"] != "row" {
		t.Errorf("button: %v", got)
	}
}

func modal(title string, more object) object {
	view := object{"type": "modal", "title": plain(title), "submit": plain("Next"), "close": plain("Back"), "notify_on_close": true, "callback_id": title, "external_id": title, "blocks": []any{
		object{"type": "input", "block_id": "name", "label": plain("Name"), "element": object{"type": "plain_text_input", "action_id": "value"}},
	}}
	for key, value := range more {
		view[key] = value
	}
	return view
}

// TestBrowser_Views has a stack of views, and one that changes while it is open.
func TestBrowser_Views(t *testing.T) {
	t.Parallel()
	a := start(t, func(o *slacksim.Options) {
		o.Shortcuts = []slacksim.Shortcut{{Name: "Begin", Type: "global", CallbackID: "begin", Description: "opens a view"}}
	}, func(a *app, told object) any {
		switch told["type"] {
		case "shortcut":
			a.call("views.open", object{"trigger_id": told["trigger_id"], "view": modal("First", nil)})
		case "view_submission":
			return object{"response_action": "push", "view": modal("Second", nil)}
		}
		return ""
	})
	closed := func(view string, cleared bool) {
		t.Helper()
		told := testenv.Next(t, a.told)
		if got, _ := told["view"].(object); told["type"] != "view_closed" || got["callback_id"] != view || told["is_cleared"] != cleared {
			t.Errorf("%v of %v, cleared: %v", told["type"], got["callback_id"], told["is_cleared"])
		}
	}
	name := `#form [data-block="name"]`
	push := func() {
		a.Do(typeInto(name, "\r"))
		a.shows(`#modal-title`, "Second")
		a.shows(`#modal-below`, "First")
		if told := testenv.Next(t, a.told); told["type"] != "view_submission" {
			t.Errorf("got %v", told)
		}
	}
	a.Do(click(`#shortcuts`), click(`.menu [data-id="begin"]`), visible(name))
	testenv.Next(t, a.told)
	a.Do(typeInto(name, "Ada"))
	a.call("views.update", object{"external_id": "First", "view": modal("First", object{"submit": plain("Go on")})})
	a.shows(`#modal-submit`, "Go on")
	a.eventually(`document.activeElement === document.querySelector(%q) && document.activeElement.value === "Ada"`, name)

	push()
	a.eventually(`document.querySelector(%q).value === ""`, name)
	a.Do(click(`#modal-cancel`))
	a.shows(`#modal-title`, "First")
	closed("Second", false)
	a.eventually(`document.querySelector(%q).value === "Ada"`, name)
	push()
	a.Do(click(`#modal-close`), gone(`#modal[open]`))
	closed("First", true)
}
