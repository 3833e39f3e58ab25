package gateway

import (
	"context"
	"net/http"
	"time"
)

const (
	// DefaultWaitBudget is for Slack, which waits 3 seconds for an answer.
	DefaultWaitBudget = 2200 * time.Millisecond
	// waitPublishTimeout is how long the queue may take, to 50 ms, for an event whose
	// answer is waited for. It is part of the budget.
	waitPublishTimeout = time.Second
	// verdictTime is how long it may take at least, after the budget, to learn whether an
	// answer came in time.
	verdictTime = 250 * time.Millisecond
)

// Wait has the request wait for the answer of the consumer that handles its event. It is
// for what cannot be said later, such as the errors of a form that somebody submits.
type Wait struct {
	// Payload returns the event's payload, in place of Event.Payload. The consumer gives
	// its answer to answerTo; it is "" if nobody waits. Required. It is called before the
	// request is answered, so it may use the body.
	Payload func(answerTo string) ([]byte, error)
	// Late is the answer if none came in time, or none can be waited for: JSON, or empty.
	Late []byte
	// Budget is the time for all of it, from the request's receipt. Learning the verdict
	// may take 250 ms more. Defaults to DefaultWaitBudget.
	Budget time.Duration
}

// Awaiter waits for consumers' answers to events. A *await.Waiter of internal/await is
// one.
type Awaiter interface {
	// Register returns an address to which a consumer can give its answer to an event
	// with the deduplication key. A repetition of the event shares the verdict. An error
	// means that the gateway cannot wait for one more; nothing is to be queued then.
	Register(key string) (address string, err error)
	// Cancel ends a registration whose event was certainly not queued.
	Cancel(address string)
	// Await ends a registration with its verdict, at until plus grace at the latest, or
	// grace from now if until has passed: the answer, or false if it is too late for any.
	// An error means that the verdict is unknown.
	Await(ctx context.Context, address string, until time.Time, grace time.Duration) (answer []byte, answered bool, err error)
}

// publishAndWait queues the result's event and waits for a consumer's answer to it.
// Meanwhile it holds neither the body, which release frees, nor the payload: requests that
// wait for consumers that are down must not take the memory of other requests.
func (in *Ingress) publishAndWait(ctx context.Context, wait *Wait, release func(), result *Result) {
	address, err := in.opts.Await.Register(result.Event.Key)
	if err != nil {
		result.late(wait, err.Error())
		return
	}
	if result.Event.Payload, err = wait.Payload(address); err != nil {
		in.opts.Await.Cancel(address)
		result.is(http.StatusBadRequest, BadRequest, err.Error())
		return
	}
	began := time.Now()
	in.publish(ctx, &in.waitDeadlines, result)
	published := time.Now()
	result.Event.Payload = nil
	release()
	if result.Full {
		in.opts.Await.Cancel(address)
		return
	}
	// Whether Redis is slow shows in how long publishing took. The verdict, one more call,
	// gets as long, so that it is known in time.
	budget := wait.Budget
	if budget == 0 {
		budget = DefaultWaitBudget
	}
	end := result.began.Add(budget + verdictTime)
	grace := max(verdictTime, published.Sub(began))
	until := end.Add(-grace)
	if result.Outcome == Unavailable {
		// The event may be on the queue although the call failed. If a consumer has
		// answered it, it is; if not, no consumer may do so any more.
		until, grace = published, max(verdictTime, end.Sub(published))
	}
	answer, answered, err := in.opts.Await.Await(ctx, address, until, grace)
	switch {
	case answered:
		result.is(http.StatusOK, Answered, "")
		result.Reply, result.JSON = string(answer), len(answer) > 0
	case result.Outcome == Unavailable: // not acknowledged
	case err != nil:
		result.late(wait, err.Error())
	default:
		result.late(wait, "no consumer answered within "+budget.String())
	}
}

func (r *Result) late(wait *Wait, reason string) {
	r.is(http.StatusOK, Late, reason)
	r.Reply, r.JSON = string(wait.Late), len(wait.Late) > 0
}
