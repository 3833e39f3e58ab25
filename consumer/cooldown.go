package consumer

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/markup"
)

// once runs an action, unless another event had it run a moment ago and it must
// not be repeated.
//
// The action is noted as begun before it runs, and as done after: a process
// that dies in between leaves a note that holds up others for a moment, and the
// event, when it is delivered again, not at all. So what was begun and not said
// is said; and what failed was not said, and is taken back. What may have been
// said counts as said for everyone else, and for its own event until that knows.
func (d *Dispatcher) once(ctx context.Context, o request, action task) error {
	what, lasts := d.cooldownKey(o, action.Match)
	if lasts == 0 {
		_, err := d.isolated(ctx, o, action)
		return err
	}
	holder, done, link, err := d.opts.Deduper.Reserve(ctx, what, o.ID)
	switch {
	case err != nil:
		return err
	case holder != o.ID && action.Direct:
		return d.pointToEarlier(ctx, o, action, done, link)
	case holder != o.ID, done && !o.uncertain(action.Name):
		return nil
	}
	link, err = d.isolated(ctx, o, action)

	// What is done is done, even if the consumer has begun to stop.
	settle, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	var forgot error
	if err != nil && classify(o.platform, err).Kind != Unknown {
		forgot = d.opts.Deduper.Release(settle, what, o.ID)
	} else {
		forgot = d.opts.Deduper.Commit(settle, what, o.ID, link, lasts)
	}
	if forgot != nil { // at worst it is said again too soon
		d.opts.Log.Warn().Err(forgot).Str("event_id", o.ID).Str("request_id", o.RequestID).Str("action", action.Name).Msg("the memory fails")
	}
	return err
}

// settleTimeout is how long a word to the memory may take.
const settleTimeout = 3 * time.Second

// cooldownKey says what must not be repeated for how long; 0 if it may be. An
// answer for other people is another answer.
func (d *Dispatcher) cooldownKey(o request, action handler.Match) (what string, lasts time.Duration) {
	switch {
	case o.dryRun:
		return "", 0
	case action.Static && o.channelKey != "":
		people := slices.Sorted(slices.Values(o.mentions))
		return key("answer", o.channelKey, action.Name, strings.Join(people, ",")), d.opts.Cooldown
	case action.Cooldown > 0 && o.userKey != "":
		return key("welcome", o.userKey, action.Name), action.Cooldown
	}
	return "", 0
}

// key joins the parts of a key of the memory.
func key(parts ...string) string { return strings.Join(parts, "/") }

// pointToEarlier shows somebody who asked for an answer where it was given.
func (d *Dispatcher) pointToEarlier(ctx context.Context, o request, action task, done bool, link string) error {
	text := "I said that in this channel a moment ago."
	switch {
	case !done:
		text = "I am about to answer that in this channel; somebody was faster."
	case link != "":
		text = "I said that in this channel a moment ago: <" + markup.EscapeReferences(link) + "|here it is>."
	}
	action.run = func(ctx context.Context, r handler.Responder) error { return r.ReplyEphemeral(ctx, handler.Text(text)) }
	_, err := d.isolate(ctx, o, action, action.Name+" (pointer)")
	return err
}
