package notify

import (
	"context"
	"net/http"
	"strings"

	"github.com/gobridge/gopherbot/gateway/notify/problem"
	"github.com/gobridge/gopherbot/internal/lazyregexp"
)

// receipt tells what became of a message. One that was never accepted, that is too old, or
// that another key sent are the same to the caller.
func (a *API) receipt(ctx context.Context, c *call) (reply, *problem.Problem) {
	id := strings.TrimPrefix(c.r.URL.Path, a.opts.Config.BasePath+receiptsPath)
	if p := c.queryOf(); p != nil {
		return reply{}, p
	}
	if !isRequestID().MatchString(id) {
		return reply{}, notFound()
	}
	entries, err := a.opts.Receipts.Get(ctx, id)
	switch {
	case err != nil:
		return reply{}, queueUnavailable(err)
	case entries[0] == nil || entries[0].Origin.KeyName != c.key.Name:
		return reply{}, notFound()
	}
	c.notification, c.bot, c.chat = id, entries[0].Bot, entries[0].Chat
	return reply{status: http.StatusOK, body: entries[0].Receipt}, nil
}

// isRequestID is the form of the ids that newID and derivedID return.
var isRequestID = lazyregexp.New(`^[A-Z2-7]{26}$`)
