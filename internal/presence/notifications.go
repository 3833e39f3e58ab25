package presence

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/workqueue"
)

// Notifications is what became of the messages of the notification API, and of the runs of
// callback rules, in the last 24 hours.
type Notifications struct {
	// Bots are ordered by name, and Rules too. Those without a message or a run are left out.
	Bots  []BotNotifications
	Rules []RuleRuns
	// Unsent are the latest messages that were not posted, or perhaps not, the latest first.
	// Redis has the last 100, until a week after the last of them.
	Unsent []Unsent
}

// BotNotifications counts the messages of a bot.
type BotNotifications struct {
	Bot string
	// States counts the attempts by the state of the receipt in which they ended. A message
	// has one attempt for each "retrying", and then one in a final state. If an operator
	// replays it, it has another.
	States map[string]int64
	// Wait is how long messages that were posted had been queued.
	Wait workqueue.Histogram
}

// RuleRuns counts the runs of a callback rule by outcome.
type RuleRuns struct {
	Rule     string           `json:"rule"`
	Outcomes map[string]int64 `json:"outcomes"`
}

// Unsent is a message that was not posted, or perhaps not. It has nothing of what somebody
// wrote: no text, file name or e-mail address.
type Unsent struct {
	At        time.Time `json:"at"`
	RequestID string    `json:"request_id"`
	// State, Code and Error are those of the receipt. An error has at most 500 bytes.
	State string `json:"state"`
	Code  string `json:"code"`
	Error string `json:"error"`
	// Chat is the alias, the name or the id of the chat, and KeyName the name of the API key.
	Chat    string `json:"chat"`
	KeyName string `json:"key_name"`
}

// Notifications returns the counts of the last 24 hours, and up to n of the messages that
// were not posted. It takes one round trip.
func (r *Reader) Notifications(ctx context.Context, n int) (Notifications, error) {
	var sums func() map[string]int64
	var texts *redis.StringSliceCmd
	_, err := r.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		sums = lastDay(ctx, p, r.keys.notifications)
		texts = p.LRange(ctx, r.keys.unsent(), 0, int64(n)-1)
		return nil
	})
	if err != nil {
		return Notifications{}, fmt.Errorf("read the counts of notifications: %w", err)
	}
	var values []any
	for _, text := range texts.Val() {
		values = append(values, text)
	}
	list := notificationsOf(sums())
	list.Unsent = decode(values, func(a, b Unsent) int { return b.At.Compare(a.At) })
	return list, nil
}

// notificationsOf returns the counts of fields. It leaves out those of a release with others.
func notificationsOf(sums map[string]int64) Notifications {
	bots, rules := map[string]*BotNotifications{}, map[string]map[string]int64{}
	bot := func(name string) *BotNotifications {
		if bots[name] == nil {
			bots[name] = &BotNotifications{Bot: name, States: map[string]int64{}}
		}
		return bots[name]
	}
	for f, n := range sums {
		kind, rest, _ := strings.Cut(f, "/")
		of, name, ok := strings.Cut(rest, "/")
		switch {
		case !ok:
		case kind == stateField:
			bot(of).States[name] += n
		case kind == waitField:
			wait := &bot(of).Wait
			if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < len(wait.Counts) {
				wait.Counts[i] += n
			}
		case kind == ruleField:
			if rules[of] == nil {
				rules[of] = map[string]int64{}
			}
			rules[of][name] += n
		}
	}
	var all Notifications
	for _, b := range bots {
		all.Bots = append(all.Bots, *b)
	}
	for rule, outcomes := range rules {
		all.Rules = append(all.Rules, RuleRuns{rule, outcomes})
	}
	slices.SortFunc(all.Bots, func(a, b BotNotifications) int { return cmp.Compare(a.Bot, b.Bot) })
	slices.SortFunc(all.Rules, func(a, b RuleRuns) int { return cmp.Compare(a.Rule, b.Rule) })
	return all
}
