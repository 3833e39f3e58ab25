package notify

import (
	"context"
	"net/http"
	"time"

	"github.com/gobridge/gopherbot/gateway/notify/problem"
	"github.com/gobridge/gopherbot/internal/receipt"
)

// settle answers a request whose message was accepted, once it is posted if the request
// waits for that.
func (a *API) settle(ctx context.Context, c *call, got acceptance, wait time.Duration) (reply, *problem.Problem) {
	repeated := got.earlier != nil && !got.queued
	if repeated && got.earlier.State.Final() {
		return a.ended(*got.earlier, true, wait > 0)
	}
	if wait > 0 && !a.opts.Shadow {
		at := c.began.Add(min(a.opts.Now().Sub(c.began)+wait, maxAnswer))
		e, done, granted := a.waiting.until(ctx, got.id, at)
		if done {
			return a.ended(e, repeated, true)
		}
		if !granted {
			c.w.Header().Del(preferenceApplied)
		}
	}
	body := Answer{OK: true, Queued: true, RequestID: got.id, Duplicate: got.earlier != nil, Shadow: a.opts.Shadow}
	return reply{status: http.StatusAccepted, body: body, receipt: got.id}, nil
}

// ended answers a request whose message is done with. Only one that waits is told by its status
// that the message was not posted: a repeated one has done no wrong, and would be repeated again.
func (a *API) ended(e receipt.Entry, repeated, waits bool) (reply, *problem.Problem) {
	body := Answer{
		OK: true, RequestID: e.RequestID, SyncID: e.SyncID, Link: e.Link, Warnings: e.Warnings, Duplicate: repeated, Shadow: e.State == receipt.Suppressed && e.Code == "",
	}
	status := http.StatusOK
	switch e.State {
	case receipt.Failed, receipt.Expired:
		if repeated && !waits {
			body.State = e.State
			break
		}
		return reply{}, problem.New(problem.Refused, "the message was not posted (%s): %s", e.State, e.Error)
	case receipt.Unknown:
		status, body.State = http.StatusAccepted, e.State // nobody can tell
	case receipt.Sent:
	default:
		body.State = e.State
	}
	return reply{status: status, body: body, receipt: e.RequestID}, nil
}
