package ops_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/gobridge/gopherbot/gateway/ops"
	"github.com/gobridge/gopherbot/internal/test/browsertest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// platform records the posts and the deletions.
type platform struct {
	mu   sync.Mutex
	said []string
}

func (p *platform) add(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.said = append(p.said, line)
}

func (p *platform) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.said, "; ")
}

// speak gives the page a platform that refuses what is said in the channel "archived".
func (p *platform) speak(o *ops.Options) {
	o.Speech = ops.Speech{
		Say: func(place, text string) (string, func(context.Context) (string, error), string) {
			if text == "" {
				return "", nil, "the text is empty"
			}
			return "#" + place, func(context.Context) (string, error) {
				if place == "archived" {
					return "", errors.New("post a message: is_archived")
				}
				p.add(place + ": " + text)
				return "https://example.slack.com/archives/C1/p1", nil
			}, ""
		},
		Unsay: func(link string) (string, func(context.Context) error, string) {
			if !strings.Contains(link, "://") {
				return "", nil, "this is no link of a message"
			}
			return "C1/1", func(context.Context) error { p.add("deleted " + link); return nil }, ""
		},
	}
}

func TestSpeech(t *testing.T) {
	t.Parallel()
	p := &platform{}
	s := newSite(t, p.speak)
	if a := s.post("say", `{"place":"general","text":"hello"}`); a.status != http.StatusUnauthorized {
		t.Errorf("without a session: %d %s", a.status, a.body)
	}
	s.login(token)
	long := strings.Repeat("é", 4000) // more bytes than an act on an event may have
	for _, test := range []struct {
		path, body string
		status     int
		answer     string
		audited    string // the audit's last entry, "" if there is none of it
	}{
		{"say", `{"place":"general","text":""}`, http.StatusBadRequest, "the text is empty", ""},
		{"say", `{"place":"general","text":"` + messageText + `"}`, http.StatusOK, `"link":"https://example.slack.com/archives/C1/p1","where":"#general"`, "ada 127.0.0.1 page say: #general : done"},
		{"say", `{"place":"general","text":"` + long + `"}`, http.StatusOK, "#general", "ada 127.0.0.1 page say: #general : done"},
		{"say", `{"place":"archived","text":"` + messageText + `"}`, http.StatusBadGateway, "is_archived", "ada 127.0.0.1 page say: #archived : failed: post a message: is_archived"},
		{"unsay", `{"link":"C1"}`, http.StatusBadRequest, "no link of a message", ""},
		{"unsay", `{"link":"https://x/1"}`, http.StatusOK, "C1/1", "ada 127.0.0.1 page delete: C1/1 : done"},
	} {
		if a := s.post(test.path, test.body); a.status != test.status || !strings.Contains(a.body, test.answer) {
			t.Errorf("%s %.60s: %d %s", test.path, test.body, a.status, a.body)
		}
		if test.audited == "" {
			continue
		}
		if got := s.audited(1)[0]; got != test.audited {
			t.Errorf("%s %.60s: the audit has %q, want %q", test.path, test.body, got, test.audited)
		}
	}
	if got, want := p.String(), "general: "+messageText+"; general: "+long+"; deleted https://x/1"; got != want {
		t.Errorf("%.200s", got)
	}
	if strings.Contains(s.log.String(), messageText) {
		t.Error("the log has the text")
	}
}

// TestSpeech_WithoutAToken says why the gateway cannot.
func TestSpeech_WithoutAToken(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.login(token)
	for _, path := range []string{"say", "unsay"} {
		if a := s.post(path, `{"place":"general","text":"hello","link":"https://x/1"}`); a.status != http.StatusNotFound || !strings.Contains(a.body, "GOPHER_SLACK_BOT_ACCESS_TOKEN") {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
}

// TestBrowser_Speech says something, and takes it back.
func TestBrowser_Speech(t *testing.T) {
	t.Parallel()
	browsertest.Need(t)
	p := &platform{}
	s := newSite(t, p.speak)
	tab := s.opened(browsertest.Expect("status of 502"))
	tab.Do(browsertest.Visible(`#say`), browsertest.Type(`#say-place`, "archived"), browsertest.Type(`#say-text`, "Sorry."),
		browsertest.Click(`#say button`), browsertest.Visible(`#say [role=alert]`))
	if text := tab.Text(`#say [role=alert]`); text != "post a message: is_archived" {
		t.Errorf("%q", text)
	}
	// The text is still there.
	browsertest.Get(tab, chromedp.Evaluate[string](`document.querySelector('#say-place').value = ""`))
	tab.Do(browsertest.Type(`#say-place`, "general"), browsertest.Click(`#say button`), browsertest.Visible(`#said a`))
	if text := tab.Text(`#said`); text != "Posted in #general. Look at it" {
		t.Errorf("%q", text)
	}
	tab.Do(browsertest.Type(`#unsay-link`, "https://x/1"), browsertest.Type(`#unsay-delete`, "\r"), browsertest.Visible(`#unsay-delete.danger`))
	if got := p.String(); got != "general: Sorry." {
		t.Errorf("before the second click: %s", got)
	}
	tab.Do(browsertest.Type(`#unsay-delete`, "\r"))
	testenv.Eventually(t, "it is deleted", func() bool { return p.String() == "general: Sorry.; deleted https://x/1" })
}

func TestPurge_WantsTheName(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.login(token)
	if a := s.post("purge", `{"type":"greeting","typed":"other"}`); a.status != http.StatusBadRequest || !strings.Contains(a.body, "Type the name of the type") {
		t.Errorf("another name typed: %d %s", a.status, a.body)
	}
	if a := s.post("purge", `{"type":"nothing","typed":"nothing"}`); a.status != http.StatusBadRequest {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// TestBrowser_Purge removes all events of a type, once its name is typed.
func TestBrowser_Purge(t *testing.T) {
	t.Parallel()
	browsertest.Need(t)
	s := newSite(t)
	tab := s.opened(browsertest.Expect("status of 400"))
	s.publish("Ev1", "Ev2")
	tab.Do(browsertest.Visible(`#speech-none`)) // the gateway cannot speak
	tab.Do(browsertest.Type(`#purge-name`, "greetin"), browsertest.Click(`#purge button`), browsertest.Visible(`#purge [role=alert]`))
	if n := s.stats().Depth; n != 2 {
		t.Errorf("%d events wait", n)
	}
	tab.Do(browsertest.Type(`#purge-name`, "g"), browsertest.Click(`#purge button`))
	testenv.Eventually(t, "they are removed", func() bool { return tab.Text(`#purged`) == "2 of greeting were removed." })
	if n := s.stats().Depth; n != 0 {
		t.Errorf("%d events wait", n)
	}
	if got := s.audited(1)[0]; got != "ada 127.0.0.1 page purge: greeting : done" {
		t.Errorf("the audit: %s", got)
	}
}
