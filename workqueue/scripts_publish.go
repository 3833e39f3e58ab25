package workqueue

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

var publishScript = script("publish")

// publishArgs are the KEYS and ARGV of one run of the publish script.
type publishArgs struct {
	keys []string
	args []any
}

// publishArgs prepares the events of calls. Keys are remembered for window; a stream
// takes no more than maxBacklog events.
func (s scripts) publishArgs(window time.Duration, maxBacklog int, calls []*publishing) publishArgs {
	stream, delayed := s.shard.stream(), s.shard.delayed()
	a := publishArgs{
		keys: append(make([]string, 0, 2+len(calls)), stream, delayed),
		args: append(make([]any, 0, 2+len(calls)), window.Milliseconds(), maxBacklog),
	}
	for _, call := range calls {
		seen := delayed // the event has no key
		if call.key != "" {
			seen = s.shard.seen(call.key)
		}
		a.keys = append(a.keys, seen)
		a.args = append(a.args, call.encoded)
	}
	return a
}

// publish adds events to the stream. It sends the script's hash only, because a
// pipeline cannot send the text after the reply: the caller passes a reply of
// NOSCRIPT to publishText.
func (s scripts) publish(ctx context.Context, a publishArgs) *redis.Cmd {
	return publishScript.EvalSha(ctx, s.rdb, a.keys, a.args...)
}

// publishText does the same with the script's text, which Redis keeps from then on.
func (s scripts) publishText(ctx context.Context, a publishArgs) *redis.Cmd {
	return publishScript.Eval(ctx, s.rdb, a.keys, a.args...)
}

// publishResults returns the result of each event, in their order; 0 means that the
// stream is full.
func publishResults(reply *redis.Cmd) ([]Result, error) {
	digits, err := reply.Text()
	if err != nil {
		return nil, err
	}
	results := make([]Result, len(digits))
	for i, digit := range []byte(digits) {
		results[i] = Result(digit - '0')
	}
	return results, nil
}
