package demo_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/gobridge/gopherbot/internal/demo"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/browsertest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// onSharkfin has a demo simulate Sharkfin.
func onSharkfin(o *demo.Options) { o.Platform = demo.Sharkfin }

// TestSharkfin_Answers on the real way: the gateway's sockets and reading, the stream, the handlers
// and the server's tools.
func TestSharkfin_Answers(t *testing.T) {
	t.Parallel()
	url, _ := startWith(t, onSharkfin)
	v := view(t, url)
	say := func(channel, text string) {
		t.Helper()
		v.post("say", map[string]string{"as": "ada", "channel": channel, "text": text})
	}
	answer := func(channel, part string) {
		t.Helper()
		testenv.Eventually(t, "the bot says "+part, func() bool {
			return slices.ContainsFunc(v.in(channel)["gopher"], func(m slacksim.Message) bool { return strings.Contains(m.Text, part) })
		})
	}
	say("general", "@gopher what is a goroutine?")
	answer("general", "goroutine")
	say("general", "define channel")
	answer("general", "channel")
	say("general", "I love bbq") // which is worth an emoji on other platforms
	say("general", "@gopher help")
	answer("dm-ada-gopher", "flip a coin")
	say("organizers", "@gopher newbie resources")
	answer("organizers", "go.dev")
	say("dm-ada-gopher", "flip a coin")
	testenv.Eventually(t, "everything is handled", func() bool {
		v.mu.Lock()
		defer v.mu.Unlock()
		handled := 0
		for _, m := range v.messages {
			if m.User == "ada" && m.Journey.Reached(slacksim.Handled) {
				handled++
			}
		}
		return handled == 6
	})
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, m := range v.messages {
		if m.Journey != nil && (strings.HasPrefix(m.Journey.Outcome, "failed") || strings.HasPrefix(m.Journey.Outcome, "dropped")) {
			t.Errorf("%q: %s", m.Text, m.Journey.Outcome)
		}
	}
}

// TestSharkfin_Announces a blog's entry and an alert, whose end it posts in the alert's thread:
// nothing can be changed.
func TestSharkfin_Announces(t *testing.T) {
	t.Parallel()
	url, _ := startWith(t, onSharkfin)
	v := view(t, url)
	v.post("publish", struct{}{})
	testenv.Eventually(t, "the announcement", func() bool {
		said := v.in("general")["gopher"]
		return len(said) == 1 && said[0].Text == "A simulated blog: Channels, and what lives in them ("+url+"/blog/2)"
	})
	v.post("alert", map[string]bool{"fire": true})
	testenv.Eventually(t, "the alert", func() bool { return len(v.in("alerts")["gopher"]) == 1 })
	v.post("alert", map[string]bool{"fire": false})
	testenv.Eventually(t, "its end", func() bool { return len(v.in("alerts")["gopher"]) == 2 })
}

// TestSharkfin_Recovers from everything that can be broken on the page. The answer comes once.
func TestSharkfin_Recovers(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"consumer", "redis", "lose", "replace", "restart"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			url, _ := startWith(t, onSharkfin, func(o *demo.Options) { o.Log = o.Log.Level(6) }) // it fails on purpose
			v := view(t, url)
			v.post("fault/begin", map[string]string{"fault": fault, "as": "ada", "channel": "random"})
			testenv.Eventually(t, "the recovery", func() bool { return strings.HasPrefix(v.fault(fault).Status, "Recovered: ") })
			said := v.in("random")
			if len(said["ada"]) != 1 || len(said["gopher"]) != 1 {
				t.Fatalf("said: %+v", said)
			}
			for _, step := range []string{slacksim.Accepted, slacksim.Queued, slacksim.Taken, slacksim.Replied, slacksim.Handled} {
				if !said["ada"][0].Journey.Reached(step) {
					t.Errorf("the journey has no step %s: %+v", step, said["ada"][0].Journey)
				}
			}
		})
	}
}

// TestSharkfin_Burst: the server drops most of what it pushes, and every message is answered once.
func TestSharkfin_Burst(t *testing.T) {
	t.Parallel()
	url, _ := startWith(t, onSharkfin)
	v := view(t, url)
	v.post("fault/begin", map[string]string{"fault": "burst", "as": "ada", "channel": "random"})
	testenv.Eventually(t, "the end of the burst", func() bool { return strings.HasPrefix(v.fault("burst").Status, "1000 sent and handled") })
	end := view(t, url).in("random") // the first view may have been too slow
	if len(end["ada"]) != 1000 || len(end["gopher"]) != 100 {
		t.Errorf("%d messages, and %d answers", len(end["ada"]), len(end["gopher"]))
	}
}

// TestSharkfin_AnswersMistakes of a page, and of options.
func TestSharkfin_AnswersMistakes(t *testing.T) {
	t.Parallel()
	url, _ := startWith(t, onSharkfin)
	for path, body := range map[string]string{
		"say":          `{"as":"gopher","channel":"general","text":"hi"}`,
		"join/channel": `{"as":"ada","channel":"dm-gopher-rob"}`,
		"react":        `{"as":"ada","channel":"general","ts":"1.1","name":"tada"}`,
	} {
		client := http.Client{Timeout: testenv.Timeout, Transport: &http.Transport{DisableKeepAlives: true}}
		response, err := client.Post(url+"/api/"+path, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode < 400 {
			t.Errorf("%s %s: %s", path, body, response.Status)
		}
	}
	for _, test := range []struct {
		opts demo.Options
		want string
	}{
		{demo.Options{Platform: "sharkfn"}, `did you mean "sharkfin"?`},
		{demo.Options{Platform: "irc"}, `want one of slack, sharkfin`},
		{demo.Options{Platform: "sharkfin", Sockets: true}, `--socket`},
	} {
		if err := demo.Run(t.Context(), test.opts); err == nil || !strings.Contains(strings.ToLower(err.Error()), test.want) {
			t.Errorf("%+v: %v, want %q", test.opts.Platform, err, test.want)
		}
	}
}

// sharkfinBot is a message of the bot.
const sharkfinBot = `li.message[data-user="gopher"]`

// TestBrowser_Sharkfin opens the page, on which two people talk with the bot, and chats with it. What
// Sharkfin cannot do is not shown.
func TestBrowser_Sharkfin(t *testing.T) {
	t.Parallel()
	browsertest.Need(t)
	url, _ := startWith(t, onSharkfin, func(o *demo.Options) { o.Tour = true })
	page := open(t, url, 1280, 800)
	handled := `[data-step="handled"]`
	page.Do(visible(`li[data-user="rob"] `+handled), visible(`li[data-user="ada"] `+handled), visible(sharkfinBot),
		chromedp.WaitNotVisible(chromedp.CSS(`#tour`)), visible(`#play`))
	shows(t, page, `.brand`, "in a simulated Sharkfin")
	for _, none := range []string{`#attach`, `#shortcuts`, `#join-workspace`, `#join-newbies`, `#transport`, `#tabs`, `[data-react]`, `[data-reaction]`, `.ephemeral`, `[data-fill]`} {
		if browsertest.Get(page, chromedp.Evaluate[bool](`[...document.querySelectorAll('`+none+`')].some((e) => e.checkVisibility())`)) {
			t.Errorf("the page shows %s", none)
		}
	}
	answers := func() int {
		return browsertest.Get(page, chromedp.Evaluate[int](`document.querySelectorAll('`+sharkfinBot+`').length`))
	}
	before := answers()
	page.Do(write("@gopher flip a coin"))
	testenv.Eventually(t, "the coin", func() bool { return answers() == before+1 })
	if coin := browsertest.Get(page, chromedp.Evaluate[string](`[...document.querySelectorAll('`+sharkfinBot+` .text')].at(-1).innerText`)); coin != "heads" && coin != "tails" {
		t.Errorf("the coin shows %q", coin)
	}
	page.Do(write("define defer"))
	testenv.Eventually(t, "the definition", func() bool { return answers() == before+2 })
	page.Do(click(`#messages > li[data-user="ada"] .reply`), write("@gopher flip a coin"), visible(`ol.replies `+sharkfinBot))

	// Help is for one person alone, and comes as a direct message.
	page.Do(write("@gopher help"), visible(`[data-open="dm-ada-gopher"] .unread`), click(`[data-open="dm-ada-gopher"]`), visible(sharkfinBot))
	shows(t, page, sharkfinBot+` .text`, "flip a coin")
	page.Do(click(`#show-traffic`), visible(`#traffic-list [data-way="mcp"][data-from="bot"]`), visible(`#traffic-list [data-way="socket"][data-from="sharkfin"]`))
	if everything := browsertest.Get(page, chromedp.Evaluate[string](`document.documentElement.outerHTML`)); strings.Contains(everything, "ApiKey-v1") || strings.Contains(everything, ">Slack<") {
		t.Error("the page shows a key, or speaks of Slack")
	}
}

// TestBrowser_SharkfinInSmallWindows: nothing is cut off.
func TestBrowser_SharkfinInSmallWindows(t *testing.T) {
	t.Parallel()
	browsertest.Need(t)
	url, _ := startWith(t, onSharkfin)
	page := open(t, url, 1280, 800)
	page.Do(write("@gopher newbie resources"), visible(sharkfinBot))
	for _, size := range small {
		name := fmt.Sprintf("%dx%d", size[0], size[1])
		page.Do(chromedp.EmulateViewport(size[0], size[1], chromedp.EmulateMobile), visible(`#menu`))
		whole(t, page, name)
		page.Do(click(`#menu`), visible(`#side`))
		whole(t, page, name+": the side")
		page.Do(click(`[data-open="dm-ada-gopher"]`), chromedp.WaitNotVisible(chromedp.CSS(`#side`)))
		whole(t, page, name+": the direct messages")
		page.Do(click(`#menu`), click(`[data-open="general"]`), chromedp.WaitNotVisible(chromedp.CSS(`#side`)), click(`#menu`), click(`#about-open`), visible(`#about[open]`))
		whole(t, page, name+": about the page")
		page.Do(click(`#about-close`), gone(`#about[open]`))
		for _, panel := range []string{"traffic", "faults"} {
			page.Do(click(`#show-`+panel), visible(`#`+panel))
			whole(t, page, name+": "+panel)
			page.Do(click(`#`+panel+`-close`), chromedp.WaitNotVisible(chromedp.CSS(`#`+panel)))
		}
	}
}

// TestBrowser_SharkfinAccessible has axe-core look at the page in each window.
func TestBrowser_SharkfinAccessible(t *testing.T) {
	t.Parallel()
	browsertest.NeedAxe(t)
	url, _ := startWith(t, onSharkfin)
	page := open(t, url, 1280, 900)
	page.Do(write("@gopher newbie resources"), visible(sharkfinBot), click(`#messages > li [data-reply]`), write("a reply"), visible(`.replies .journey`))
	page.InEachWindow(func(_ browsertest.Window, name string) { page.Accessible(name) })
}
