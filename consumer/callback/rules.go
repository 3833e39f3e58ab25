package callback

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/notifyconfig"
	"github.com/gobridge/gopherbot/workqueue"
)

// The types of handlers that the bot has itself.
const (
	ExecType    = "exec"
	WebhookType = "webhook"
)

// registeredTimeout bounds a handler that a community registered.
const registeredTimeout = 5 * time.Minute

// rule is a callback rule that can run.
type rule struct {
	run     handler.CallbackFunc
	timeout time.Duration // after which run has returned, if it respects its context
}

// newRules returns the rules by name. The error names each rule that cannot run. registered
// are handlers by type; they take precedence over the bot's own.
func newRules(list []notifyconfig.Rule, registered map[string]handler.CallbackFunc, commands *Commands, transport http.RoundTripper) (map[string]rule, error) {
	rules := map[string]rule{}
	var errs []error
	for _, of := range list {
		r, err := newRule(of, registered, commands, transport)
		if _, twice := rules[of.Name]; twice {
			err = errors.New("another rule has the same name")
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("callback rule %q: %w", of.Name, err))
		}
		rules[of.Name] = r
	}
	return rules, errors.Join(errs...)
}

func newRule(of notifyconfig.Rule, registered map[string]handler.CallbackFunc, commands *Commands, transport http.RoundTripper) (rule, error) {
	switch run := registered[of.Handler]; {
	case run != nil:
		return rule{bounded(run), registeredTimeout}, nil
	case of.Handler == ExecType && of.Exec != nil:
		run, err := commands.Exec(ExecOptions{Command: of.Exec.Command, Env: of.Exec.Env, Timeout: of.Exec.Timeout})
		return rule{run, slotTimeout + of.Exec.Timeout + killDelay}, err
	case of.Handler == WebhookType && of.Webhook != nil:
		// The configuration has an http address only if it allows that one.
		run, err := Webhook(WebhookOptions{URL: of.Webhook.URL, AllowHTTP: true, Secret: of.Webhook.Secret, Timeout: of.Webhook.Timeout, Transport: transport})
		return rule{run, of.Webhook.Timeout}, err
	default:
		return rule{}, fmt.Errorf("there is no handler of type %q: want one of %q", of.Handler,
			slices.Sorted(maps.Keys(withBuiltIn(registered))))
	}
}

func withBuiltIn(registered map[string]handler.CallbackFunc) map[string]handler.CallbackFunc {
	all := map[string]handler.CallbackFunc{ExecType: nil, WebhookType: nil}
	maps.Copy(all, registered)
	return all
}

// bounded returns run with a timeout, and its errors as outcomes of the queue.
func bounded(run handler.CallbackFunc) handler.CallbackFunc {
	return func(ctx context.Context, c handler.Callback) error {
		ctx, cancel := context.WithTimeout(ctx, registeredTimeout)
		defer cancel()
		err := run(ctx, c)
		if errors.Is(err, handler.ErrNoRetry) {
			return workqueue.Reject(err)
		}
		return err
	}
}
