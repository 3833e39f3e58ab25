package consumer

import (
	"context"
	"fmt"
	"sync"

	"github.com/gobridge/gopherbot/handler"
)

// answers is the Responder that one action is given. It says long replies in
// parts, and records those that were said, so that a retry goes on where the
// last try stopped. When the action's time is up it takes no more.
type answers struct {
	ctx      context.Context // the action's
	to       Responder
	progress *progress
	name     string // the action's

	mu      sync.Mutex
	replies int // of more than one part, so far
}

// React implements handler.Responder.
func (a *answers) React(ctx context.Context, emoji string) error {
	if err := context.Cause(a.ctx); err != nil {
		return err
	}
	return a.to.React(ctx, emoji)
}

// Reply implements handler.Responder.
func (a *answers) Reply(ctx context.Context, reply handler.Reply) error {
	return a.say(ctx, reply, a.to.Reply)
}

// ReplyEphemeral implements handler.Responder.
func (a *answers) ReplyEphemeral(ctx context.Context, reply handler.Reply) error {
	return a.say(ctx, reply, a.to.ReplyEphemeral)
}

// DM implements handler.Responder.
func (a *answers) DM(ctx context.Context, reply handler.Reply) error {
	return a.say(ctx, reply, a.to.DM)
}

func (a *answers) say(ctx context.Context, reply handler.Reply, send func(context.Context, handler.Reply) error) error {
	parts := a.to.Split(reply)
	if len(parts) == 1 {
		if err := context.Cause(a.ctx); err != nil {
			return err
		}
		return send(ctx, parts[0])
	}
	long := a.next()
	for i, part := range parts {
		if err := context.Cause(a.ctx); err != nil {
			return err
		}
		step := fmt.Sprintf("%s: part %d of long reply %d", a.name, i+1, long)
		if a.progress.completed(step) {
			continue
		}
		if err := send(ctx, part); err != nil {
			return err
		}
		if err := a.progress.complete(ctx, step); err != nil {
			return err
		}
	}
	return nil
}

// next numbers the long replies of the action.
func (a *answers) next() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.replies++
	return a.replies
}
