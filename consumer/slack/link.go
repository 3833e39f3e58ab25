package slack

import (
	"fmt"
	"net/url"
	"strings"
)

// Link is the place of a message that a link leads to.
type Link struct {
	Channel string
	// Message is the message's timestamp, and Thread that of the message that began its
	// thread: the same if it is in none.
	Message, Thread string
}

// String is the channel and the message's timestamp, for the audit.
func (l Link) String() string { return l.Channel + "/" + l.Message }

// ParseLink reads a link of a message, as Slack's "Copy link" makes it.
// Source: https://docs.slack.dev/reference/methods/chat.getPermalink
func ParseLink(link string) (Link, error) {
	wrong := fmt.Errorf("%q is no link of a message: want one such as https://example.slack.com/archives/C012ABCDEF0/p1700000000000100", link)
	parsed, err := url.Parse(link)
	if err != nil || parsed.Scheme != "https" && parsed.Scheme != "http" {
		return Link{}, wrong
	}
	path, ok := strings.CutPrefix(parsed.Path, "/archives/")
	channel, digits, _ := strings.Cut(path, "/p")
	if !ok || !anyChannel.MatchString(channel) || len(digits) < 7 || strings.Trim(digits, "0123456789") != "" {
		return Link{}, wrong
	}
	at := len(digits) - 6
	l := Link{Channel: channel, Message: digits[:at] + "." + digits[at:]}
	l.Thread = l.Message
	if thread := parsed.Query().Get("thread_ts"); thread != "" {
		l.Thread = thread
	}
	if !timestamp.MatchString(l.Message) || !timestamp.MatchString(l.Thread) {
		return Link{}, wrong
	}
	return l, nil
}
