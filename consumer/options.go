package consumer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/handler"
)

// Options configures a Dispatcher. Platforms, Registry and Deduper are required.
type Options struct {
	// Platforms are the chat platforms, each by the Source of its events. There is
	// at least one.
	Platforms map[string]Platform
	// Directories are the channel directories to which changes of a platform's
	// channels are applied, by source. The channel events of a platform without one
	// stay on the queue.
	Directories map[string]ChannelDirectory
	Registry    *handler.Registry
	// Deduper keeps the cooldowns of answers.
	Deduper Deduper
	// Answers passes answers to the gateway that waits for them. Required if a
	// platform is an Interactor.
	Answers Answers
	// Roles returns the roles of a person of a source, for declarations with the field
	// Only. Without it nobody has a role.
	Roles func(source, user string) []handler.Role
	// Controls are what operators have paused, silenced and ignored. Without it nothing is.
	Controls Controls
	// Cooldown is the time for which a static answer is not repeated in a channel.
	// The default, 0, repeats it every time.
	Cooldown time.Duration
	// ActionTimeout bounds each action, so that one that hangs leaves time for the
	// next. Defaults to DefaultActionTimeout. It must be longer than the timeout of a
	// call of the platform's API; otherwise the outcome of a slow call is unknown.
	ActionTimeout time.Duration
	// Settle is the time from a post with an unknown outcome to the first search for
	// it in its channel. Defaults to DefaultSettle.
	Settle time.Duration
	// Pace is the time between two messages of a Poster for one chat, after the first five.
	// Defaults to DefaultPace.
	Pace time.Duration
	// Shadow is the mode for trying the bot out: it answers only people who speak to
	// it, and logs all other answers.
	Shadow bool
	// Now is the clock for the age of messages. Defaults to time.Now.
	Now func() time.Time
	// Watch, if set, is called before every run of a handler, with the Handler of the
	// HandlerRun. It returns the run's context, and a function that is called when the
	// run has ended. Both delay the handler, so they must not block.
	Watch func(ctx context.Context, handler string) (context.Context, func(HandlerRun))
	// Unknown, if set, is called with "" for each post whose outcome is unknown, and
	// with a result once the outcome is known. It must not block.
	Unknown func(result UnknownResult)
	// Receipts get the states of messages that have a request id, Subjects have what the
	// chats show of evolving things, and Contents the texts and files that events are too
	// small for. Without Receipts and Subjects a message is posted all the same.
	Receipts Receipts
	Subjects Subjects
	Contents Contents
	// Sent, if set, is called after each attempt at posting a message. It must not block.
	Sent func(SendReport)
	// Notified, if set, is called with the end of each message that has a request id, before
	// its event is acknowledged. If it returns an error, it is called again later, and the
	// message is not posted again. It may be called several times for one Notified.Key.
	Notified func(ctx context.Context, n Notified) error
	Log      zerolog.Logger

	pace *pacer
}

// DefaultActionTimeout is the default of Options.ActionTimeout.
const DefaultActionTimeout = 9 * time.Second

// validate returns an error that names every option that is missing or invalid.
func (o Options) validate() error {
	var errs []error
	if len(o.Platforms) == 0 || o.Registry == nil || o.Deduper == nil {
		errs = append(errs, errors.New("dispatcher options: Platforms, Registry and Deduper are required"))
	}
	for source, platform := range o.Platforms {
		if source == "" || platform == nil {
			errs = append(errs, fmt.Errorf("platform of source %q: want a source and a platform", source))
		}
		if _, ok := platform.(Interactor); ok && o.Answers == nil {
			errs = append(errs, fmt.Errorf("platform of source %q has forms: want Answers", source))
		}
	}
	if o.Cooldown < 0 || o.ActionTimeout < 0 || o.Settle < 0 || o.Pace < 0 {
		errs = append(errs, fmt.Errorf("cooldown %v, action timeout %v, settle %v, pace %v: want no negative duration", o.Cooldown, o.ActionTimeout, o.Settle, o.Pace))
	}
	return errors.Join(errs...)
}

// withDefaults returns o with its defaults in place of zero values.
func (o Options) withDefaults() Options {
	if o.ActionTimeout == 0 {
		o.ActionTimeout = DefaultActionTimeout
	}
	if o.Settle == 0 {
		o.Settle = DefaultSettle
	}
	if o.Controls == nil {
		o.Controls = uncontrolled{}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Pace == 0 {
		o.Pace = DefaultPace
	}
	o.pace = newPacer(o.Pace)
	return o
}
