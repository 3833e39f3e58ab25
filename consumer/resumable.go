package consumer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/gobridge/gopherbot/handler"
)

// resumableResponder is the Responder of one action. It posts long replies in parts,
// numbers all posts of the action, and leaves out those that an earlier attempt has
// made. After a post with an unknown outcome, and after the action's timeout, it
// posts no more.
type resumableResponder struct {
	ctx      context.Context // the action's
	to       Responder
	progress *progress
	name     string // of the action's steps
	classify func(error) Outcome
	// silenced reports whether nothing is to be posted in another channel.
	silenced func(channel string) bool
	now      func() time.Time
	// interaction is the event's, nil if it is a message or a join.
	interaction *handler.Interaction

	mu          sync.Mutex
	posts, long int             // so far: single posts, and replies of more than one part
	made        []string        // steps that are done and not recorded yet
	open        map[string]Post // steps that have begun, or have an unknown outcome
	unknown     error           // of the first such outcome
}

// unknownError is the error of an action with a post that may have been made. It
// wraps nothing: the error of the post, such as a context's, has another meaning.
type unknownError struct{ err error }

func (e *unknownError) Error() string { return "outcome unknown: " + e.err.Error() }

// React adds a reaction, as a step of the action.
func (a *resumableResponder) React(ctx context.Context, emoji string) error {
	if err := context.Cause(a.ctx); err != nil {
		return err
	}
	ctx, cancel := a.bound(ctx)
	defer cancel()
	return a.to.React(ctx, emoji)
}

// Reply posts a reply, each message as a step of the action.
func (a *resumableResponder) Reply(ctx context.Context, reply handler.Reply) error {
	return a.say(ctx, ReplyKind(reply), reply)
}

// ReplyEphemeral posts a reply that only the author sees, like Reply.
func (a *resumableResponder) ReplyEphemeral(ctx context.Context, reply handler.Reply) error {
	return a.say(ctx, PostEphemeral, reply)
}

// DM posts a reply as a direct message, like Reply.
func (a *resumableResponder) DM(ctx context.Context, reply handler.Reply) error {
	return a.say(ctx, PostDM, reply)
}

// PostIn posts a reply in another channel, each message as a step of the action.
func (a *resumableResponder) PostIn(ctx context.Context, channel string, reply handler.Reply) error {
	return a.sayIn(ctx, PostChannel, channel, reply)
}

// Edit replaces a message. It is no step: to repeat it changes nothing.
func (a *resumableResponder) Edit(ctx context.Context, reply handler.Reply) error {
	if err := context.Cause(a.ctx); err != nil {
		return err
	}
	ctx, cancel := a.bound(ctx)
	defer cancel()
	return a.to.Edit(ctx, reply)
}

func (a *resumableResponder) say(ctx context.Context, kind PostKind, reply handler.Reply) error {
	return a.sayIn(ctx, kind, "", reply)
}

func (a *resumableResponder) sayIn(ctx context.Context, kind PostKind, channel string, reply handler.Reply) error {
	ctx, cancel := a.bound(ctx)
	defer cancel()
	parts, err := a.to.Render(ctx, reply)
	if err != nil {
		return err
	}
	if kind == PostChannel && a.silenced(channel) {
		return nil
	}
	for i := range parts {
		parts[i].Channel = channel
	}
	if len(parts) <= 1 {
		// A reply without any line left has a number, too: the next attempt may find
		// the channels that it names.
		step := fmt.Sprintf("%s: post %d", a.name, a.next(&a.posts))
		if len(parts) == 0 {
			return nil
		}
		return a.post(ctx, kind, step, parts[0])
	}
	long := a.next(&a.long)
	for i, part := range parts {
		step := fmt.Sprintf("%s: part %d of long reply %d", a.name, i+1, long)
		if err := a.post(ctx, kind, step, part); err != nil {
			return err
		}
		if a.progress.completed(step) {
			continue
		}
		if err := a.progress.complete(ctx, step); err != nil {
			return err
		}
	}
	return nil
}

// bound returns ctx such that it also ends with the action: a handler may pass
// another context than its own.
func (a *resumableResponder) bound(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(a.ctx, func() { cancel(context.Cause(a.ctx)) })
	return ctx, func() {
		stop()
		cancel(nil)
	}
}

// next numbers posts.
func (a *resumableResponder) next(of *int) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	*of++
	return *of
}

// post makes one post, unless an earlier attempt has made it.
func (a *resumableResponder) post(ctx context.Context, kind PostKind, step string, m Rendered) error {
	if err := context.Cause(a.ctx); err != nil {
		return err
	}
	if a.progress.completed(step) {
		return nil
	}
	p := Post{Kind: kind, Channel: m.Channel, Key: a.progress.key(step), Since: a.now()}
	if f, ok := a.to.(Finder); ok {
		p.Text = f.Digest(m)
	}
	if made, err := a.madeBefore(ctx, step, p); made || err != nil {
		return err
	}
	if err := a.begin(step, p); err != nil {
		return err
	}
	err := a.to.Post(WithPostKey(ctx, p.Key), kind, m)
	return a.end(step, err)
}

// madeBefore searches for a post of a consumer that died before it could record it.
// If no search is possible, the post counts as not made: consumers seldom die just
// then.
func (a *resumableResponder) madeBefore(ctx context.Context, step string, p Post) (bool, error) {
	if !a.progress.suspect() || a.progress.known(step) {
		return false, nil
	}
	p.Since = a.progress.since()
	made, err := posted(ctx, a.to, p)
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case errors.Is(err, ErrCannotTell):
		return false, nil
	case err != nil:
		a.unknown = &unknownError{fmt.Errorf("search for the post of an earlier attempt: %w", err)}
		return false, a.unknown
	case made:
		a.made = append(a.made, step)
	}
	return made, nil
}

// begin records that a post begins.
func (a *resumableResponder) begin(step string, p Post) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.unknown != nil {
		return a.unknown
	}
	a.open[step] = p
	return nil
}

// end records the end of a post.
func (a *resumableResponder) end(step string, err error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err != nil && a.classify(err).Kind == Unknown {
		a.unknown = &unknownError{err}
		return a.unknown
	}
	delete(a.open, step)
	if err == nil {
		a.made = append(a.made, step)
	}
	return err
}

// errUnderWay is the outcome of a post that had not ended when its action did.
var errUnderWay = errors.New("the post had not ended at the action's timeout")

// outcome returns the error of an action with a handler that returned err, or was
// abandoned with it. An unknown outcome of a post takes precedence over err.
func (a *resumableResponder) outcome(err error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.unknown == nil && len(a.open) > 0 {
		a.unknown = &unknownError{errUnderWay}
	}
	if a.unknown != nil {
		return a.unknown
	}
	return err
}

// steps returns the completed steps and those with an unknown outcome.
func (a *resumableResponder) steps() (made []string, unknown map[string]Post) {
	a.mu.Lock()
	defer a.mu.Unlock()
	unknown = map[string]Post{}
	for step, p := range a.open {
		unknown[step] = p
	}
	return slices.Clone(a.made), unknown
}

// posted asks a Responder whether a post was made.
func posted(ctx context.Context, to Responder, p Post) (bool, error) {
	f, ok := to.(Finder)
	if !ok {
		return false, ErrCannotTell
	}
	return f.Posted(ctx, p)
}
