package callback

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/blob"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/notifyconfig"
	"github.com/gobridge/gopherbot/workqueue"
)

const (
	// MaxAttempts is how many attempts at an event may fail, and MaxAge how long there are
	// attempts. Then it is a dead letter.
	MaxAttempts = 10
	MaxAge      = time.Hour

	// concurrency is how many events of a platform are handled at once. Most of them wait
	// for a server.
	concurrency = 16
	// otherRelease is the time until the next attempt at an event that this process cannot
	// handle and another one may: during a deploy there are two configurations.
	otherRelease = 30 * time.Second
)

// Options configures a Runner. All but Handlers, Shadow, Observe and Log are required.
type Options struct {
	// Rules are the callback rules of the configuration.
	Rules []notifyconfig.Rule
	// Handlers are the registered handlers, by the type that rules name.
	Handlers map[string]handler.CallbackFunc
	// Commands runs the commands of the process.
	Commands *Commands
	// Transport makes the requests of webhooks.
	Transport http.RoundTripper
	// Blobs has the bodies that events are too small for.
	Blobs *blob.Store
	// Shadow has rules logged and not run: in shadow mode no message leaves the bot.
	Shadow bool
	// Ignored, if set, reports whether no rule is to be run for what a person of a source
	// does. It must be quick.
	Ignored func(source, person string) bool
	// Observe, if set, is called after each run of a rule. It must not block.
	Observe func(Run)
	Log     zerolog.Logger
}

// Runner handles the events of callback rules.
type Runner struct {
	opts  Options
	rules map[string]rule
	// timeout is how long an attempt at an event may take.
	timeout time.Duration
	backoff func(n int) time.Duration
}

// New returns a Runner, or an error that names each rule that cannot run.
func New(opts Options) (*Runner, error) {
	if opts.Commands == nil || opts.Transport == nil || opts.Blobs == nil {
		return nil, errors.New("callback options: want commands, a transport and blobs")
	}
	rules, err := newRules(opts.Rules, opts.Handlers, opts.Commands, opts.Transport)
	if err != nil {
		return nil, err
	}
	r := &Runner{opts: opts, rules: rules, timeout: time.Minute, backoff: backoff}
	for _, rule := range rules {
		r.timeout += rule.timeout // one event may have them all
	}
	return r, nil
}

// Register makes r the handler of a source's events of the kind Callback. Without rules it
// handles those of a configuration that had some.
func (r *Runner) Register(c *workqueue.Consumer, source string) {
	c.Handle(event.Type(source, event.Callback), r.handle,
		workqueue.Concurrency(concurrency), workqueue.MaxAttempts(MaxAttempts), workqueue.Timeout(r.timeout), workqueue.Backoff(r.backoff))
}

// backoff returns the time after the n-th attempt: of 5 s, doubled after each attempt up to
// 15 min, a random part between a half and the whole. Ten attempts take about half an hour.
func backoff(n int) time.Duration {
	d := min(5*time.Second<<(min(n, 10)-1), 15*time.Minute)
	return d/2 + rand.N(d/2+1)
}

// handle runs the rules of an event in order, each but those that an earlier attempt has
// completed. A rule that fails holds up those after it, because they are to run in order. One
// that no retry can help does not.
func (r *Runner) handle(ctx context.Context, d *workqueue.Delivery) error {
	request, err := event.DecodeCallback(d.Payload)
	switch {
	case errors.Is(err, event.ErrVersion):
		r.opts.Log.Error().Err(err).Str("type", d.Type).Str("event_id", d.ID).Dur("retry_in_ms", otherRelease).
			Msg("decode a callback: deploy a release that reads it")
		return workqueue.RetryAfter(otherRelease, err)
	case err != nil:
		return workqueue.Reject(err)
	}
	d.Note("callback rules " + strings.Join(request.Rules, ", "))
	if r.opts.Shadow {
		r.opts.Log.Info().Str("would", "run callback rules").Strs("rules", request.Rules).Str("event", request.Event).Str("event_id", d.ID).Msg("shadow mode")
		r.drop(ctx, d, request)
		return nil
	}
	body, err := r.body(ctx, request)
	switch {
	case errors.Is(err, blob.ErrLost):
		return workqueue.Reject(err)
	case err != nil:
		return r.inTime(d, err)
	}
	if user := idsOf(handler.Callback{Body: body}).user; user != "" && r.opts.Ignored != nil && r.opts.Ignored(d.Source, user) {
		r.drop(ctx, d, request)
		return workqueue.Discard("an operator has the bot ignore this person")
	}
	if err := r.runAll(ctx, d, request, body); err != nil {
		return r.inTime(d, err)
	}
	r.drop(ctx, d, request)
	return nil
}

func (r *Runner) body(ctx context.Context, request event.CallbackRequest) ([]byte, error) {
	if request.BodyBlob != nil {
		return r.opts.Blobs.Get(ctx, *request.BodyBlob)
	}
	return []byte(request.Body), nil
}

// drop deletes the body of an event that is done with. It expires anyway.
func (r *Runner) drop(ctx context.Context, d *workqueue.Delivery, request event.CallbackRequest) {
	if request.BodyBlob == nil {
		return
	}
	if err := r.opts.Blobs.Delete(ctx, request.BodyBlob.ID); err != nil {
		r.opts.Log.Warn().Err(err).Str("event_id", d.ID).Msg("delete the body of a callback that is done; it expires by itself")
	}
}

// runAll runs the rules of an event.
func (r *Runner) runAll(ctx context.Context, d *workqueue.Delivery, request event.CallbackRequest, body []byte) error {
	var refused error
	for i, name := range request.Rules {
		if d.Completed(name) {
			continue
		}
		if d.Completed(refusal(d, name)) {
			refused = errors.Join(refused, fmt.Errorf("callback rule %s: refused by an earlier attempt", name))
			continue
		}
		rule, ok := r.rules[name]
		if !ok {
			return workqueue.RetryAfter(otherRelease, fmt.Errorf("callback rule %s: this process has no such rule: give gateways and consumers one configuration", name))
		}
		err := r.run(ctx, d, rule, handler.Callback{
			Rule: name, Event: request.Event, Platform: request.Platform, Bot: request.Bot, ID: request.DeliveryID(name),
			Attempt: d.Attempt, Body: body, Truncated: request.Truncated,
		})
		step := name
		if err != nil {
			err = fmt.Errorf("callback rule %s: %w", name, err)
			if _, final := errors.AsType[*workqueue.RejectError](err); !final {
				return err
			}
			refused, step = errors.Join(refused, err), refusal(d, name)
		}
		if i == len(request.Rules)-1 && refused == nil {
			break // the event is done, and the record of its steps with it
		}
		if err := d.Complete(ctx, step); err != nil {
			return err
		}
	}
	if refused != nil {
		return workqueue.Reject(refused)
	}
	return nil
}

// refusal is the name of the step that records a rule which no retry can help. When an
// operator replays the event, the rule is tried again.
func refusal(d *workqueue.Delivery, rule string) string {
	if d.ReplayedAt.IsZero() {
		return rule + ": refused"
	}
	return fmt.Sprintf("%s: refused after the replay of %d", rule, d.ReplayedAt.UnixMilli())
}

// inTime returns the outcome of an attempt that failed: no other one comes after MaxAge.
func (r *Runner) inTime(d *workqueue.Delivery, err error) error {
	since := d.QueuedAt
	if d.ReplayedAt.After(since) {
		since = d.ReplayedAt
	}
	if age := time.Since(since); age >= MaxAge {
		return workqueue.Reject(fmt.Errorf("no success within %v: %w", MaxAge, err))
	}
	return err
}
