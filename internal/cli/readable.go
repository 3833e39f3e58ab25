package cli

import (
	"regexp"
	"strings"

	slacktext "github.com/gobridge/gopherbot/internal/slack/text"
)

var reference = regexp.MustCompile(`<([^<>|]+)(?:\|([^<>]*))?>`)

// readable returns a reply's text as it reads on a terminal: a link is its label
// and its address, and *bold* and its like stay as they are.
func readable(text string) string {
	text = reference.ReplaceAllStringFunc(text, func(whole string) string {
		parts := reference.FindStringSubmatch(whole)
		target, label := parts[1], parts[2]
		switch {
		case strings.HasPrefix(target, "@"), strings.HasPrefix(target, "#"):
			return target
		case label == "", label == target:
			return target
		default:
			return label + " (" + target + ")"
		}
	})
	return slacktext.Unescape(text)
}
