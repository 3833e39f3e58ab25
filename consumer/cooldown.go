package consumer

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/markup"
)

// cooldownKey returns the Deduper's key of a match, and for how long the match must
// not be run again; 0 if it may be. An answer for other people has another key.
func (d *Dispatcher) cooldownKey(o request, match handler.Match) (cooldownKey string, lasts time.Duration) {
	switch {
	case o.dryRun:
		return "", 0
	case match.Static && o.channelKey != "":
		people := slices.Sorted(slices.Values(o.mentions))
		return key("answer", o.channelKey, match.Name, strings.Join(people, ",")), d.opts.Cooldown
	case match.Once != "" && o.messageKey != "":
		return key("once", o.messageKey, match.Once), onceFor
	case match.Cooldown > 0 && o.userKey != "":
		return key("welcome", o.userKey, match.Name), match.Cooldown // the name is from before messages had it
	}
	return "", 0
}

// onceFor is how long a decision about a message is remembered. Its controls are usually
// removed within seconds.
const onceFor = 7 * 24 * time.Hour

// key joins the parts of a key of the Deduper. Channels and people are below their
// source and workspace.
func key(parts ...string) string { return strings.Join(parts, "/") }

// pointToEarlier returns a call that shows the person who asked for an answer the
// place where it was given, or that a decision was made. done is false if another event is about to give it. link
// leads to it, "" if there is none.
func (c *call) pointToEarlier(done bool, link string) *call {
	text := "I said that in this channel a moment ago."
	switch {
	case c.task.Once != "" && done:
		text = "Somebody has decided that already."
	case c.task.Once != "":
		text = "Somebody is deciding that just now."
	case !done:
		text = "I am about to answer that in this channel; somebody was faster."
	case link != "":
		text = "I said that in this channel a moment ago: <" + markup.EscapeReferences(link) + "|here it is>."
	}
	pointer := *c
	pointer.steps = c.task.Name + " (pointer)"
	pointer.task.run = func(ctx context.Context, r handler.Responder) error { return r.ReplyEphemeral(ctx, handler.Text(text)) }
	return &pointer
}
