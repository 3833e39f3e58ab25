package consumer

import (
	"context"
	"errors"
	"time"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/workqueue"
)

// Controls are what operators have paused, silenced and ignored: see internal/control. Its
// methods are called for each event, so they must be quick.
type Controls interface {
	// HandlerPaused reports whether the handler of a HandlerRun.Handler is paused.
	HandlerPaused(name string) bool
	// Silenced reports whether the bot is to post nothing in a channel of a source.
	// channel is the channel's id or its name.
	Silenced(source, channel string) bool
	// Ignored reports whether nothing is to be run for a person of a source.
	Ignored(source, person string) bool
}

// uncontrolled are no Controls.
type uncontrolled struct{}

func (uncontrolled) HandlerPaused(string) bool    { return false }
func (uncontrolled) Silenced(string, string) bool { return false }
func (uncontrolled) Ignored(string, string) bool  { return false }

// The reasons for which an event is discarded by a control.
const (
	reasonIgnored  = "an operator has the bot ignore this person"
	reasonSilenced = "an operator has silenced the bot in this channel"
)

// PausableHandlers returns the names of the handlers that can be paused: those of the
// declarations, and those of messages to post.
func PausableHandlers(r *handler.Registry) []string {
	names := []string{announcementHandler, notificationHandler}
	for _, e := range r.Infos() {
		names = append(names, e.Name)
	}
	return names
}

// turnedDown returns the reason for which nothing is run for an event, "" if there is none.
func (d *Dispatcher) turnedDown(source string, in Incoming) string {
	user, channel := "", ""
	switch in := in.(type) {
	case Message:
		user, channel = in.User, in.Channel.ID
	case WorkspaceJoin:
		user = in.User
	case ChannelJoin:
		user, channel = in.User, in.Channel.ID
	case Interaction:
		user, channel = in.User, in.Channel.ID
	case ReactionAdded:
		user, channel = in.User, in.Channel.ID
	case HomeOpened:
		user = in.User
	}
	switch {
	case user != "" && d.opts.Controls.Ignored(source, user):
		return reasonIgnored
	case channel != "" && d.opts.Controls.Silenced(source, channel):
		return reasonSilenced
	default:
		return ""
	}
}

// turnDown discards an event. A person for whom a gateway waits gets an answer.
func (d *Dispatcher) turnDown(ctx context.Context, o request, in Incoming, reason string) error {
	if i, ok := in.(Interaction); ok {
		if _, err := d.refuse(ctx, o, i, switchedOff); err != nil {
			return err
		}
	}
	return workqueue.Discard(reason)
}

// silenced reports whether a call is to post nothing in another channel, and logs it.
func (d *Dispatcher) silenced(c *call, channel string) bool {
	if !d.opts.Controls.Silenced(c.Source, channel) {
		return false
	}
	d.opts.Log.Info().Str("event_id", c.ID).Str("request_id", c.RequestID).Str("action", c.task.Name).Str("channel", channel).
		Msg("left out a post: an operator has silenced the bot in its channel")
	return true
}

// switchedOff is shown at a form that no handler takes for now.
const switchedOff = "This is switched off for now. Please try again later."

// refuse gives the gateway that waits for the verdict about a form one with a mistake. It
// reports whether a gateway waits.
func (d *Dispatcher) refuse(ctx context.Context, o request, in Interaction, text string) (bool, error) {
	if in.AnswerTo == "" || in.Kind != Submit {
		return false, nil
	}
	answer, err := o.platform.(Interactor).Verdict(in, handler.Validation{Errors: map[string]string{"": text}})
	if err != nil {
		return false, nil // the gateway answers at the end of its budget
	}
	_, err = d.opts.Answers.Give(ctx, in.AnswerTo, o.ID, answer)
	return true, err
}

// errPaused is the error of an action whose handler is paused. It costs no attempt.
var errPaused = errors.New("its handler is paused by an operator")

// An event that a paused handler matches is tried again after a quarter of the time that it
// has waited, within these bounds: soon after the handler is resumed, and not so often that
// thousands of such events would keep the workers busy.
const (
	minPausedDelay = 5 * time.Second
	maxPausedDelay = 30 * time.Second
)

// pausedDelay returns the time until an event is tried again whose handler is paused.
func pausedDelay(waited time.Duration) time.Duration {
	return min(max(waited/4, minPausedDelay), maxPausedDelay)
}

// paused returns the outcome of an action whose handler is paused.
func (d *Dispatcher) paused(e *workqueue.Delivery) Outcome {
	return Outcome{Kind: RateLimited, After: pausedDelay(d.opts.Now().Sub(e.QueuedAt))}
}
