package presence

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/workqueue"
)

// The kinds of fields of an hour's counts: "state/<bot>/<state>", "wait/<bot>/<index in
// workqueue.Histogram.Counts>" and "rule/<rule>/<outcome>".
const (
	stateField = "state"
	waitField  = "wait"
	ruleField  = "rule"
)

// maxUnsent bounds the messages that were not posted in Redis.
const maxUnsent = 100

// Notifier counts what became of notifications, and the runs of callback rules, in a consumer
// process, and adds them to those that Reader.Notifications returns. All methods but Run are
// safe for concurrent use, and none of them blocks.
type Notifier struct {
	hourly *hourly
	keys   keys
	log    zerolog.Logger

	mu     sync.Mutex
	counts map[string]int64 // since the process started, by field
	unsent []Unsent         // not in Redis yet, the earliest first
}

// NewNotifier returns a Notifier on rdb, which the caller closes.
func NewNotifier(rdb redis.UniversalClient, app string, log zerolog.Logger) *Notifier {
	k := keys{app}
	return &Notifier{hourly: newHourly(rdb, k.notifications), keys: k, log: log, counts: map[string]int64{}}
}

// Ended counts an attempt at posting a message of a bot by the state in which it ended.
func (n *Notifier) Ended(bot, state string) { n.count(stateField, bot, state) }

// Posted counts a message that was posted by the time since it was queued.
func (n *Notifier) Posted(bot string, waited time.Duration) {
	i, _ := slices.BinarySearch(workqueue.HistogramBounds(), waited)
	n.count(waitField, bot, strconv.Itoa(i))
}

// Ran counts a run of a callback rule.
func (n *Notifier) Ran(rule, outcome string) { n.count(ruleField, rule, outcome) }

func (n *Notifier) count(kind, of, name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.counts[kind+"/"+of+"/"+name]++
}

// Failed records a message that was not posted, or perhaps not. Its error is truncated. Of more
// than 20 within 2 s the earliest are left out.
func (n *Notifier) Failed(u Unsent) {
	u.Error = truncated(u.Error)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.unsent = latest(append(n.unsent, u))
}

func latest(list []Unsent) []Unsent { return list[max(0, len(list)-maxPending):] }

// Run publishes new counts and failed messages every 2 s until ctx ends, and once more then.
// What cannot be written is written later. It appears twice if Redis wrote it and only its
// reply was lost.
func (n *Notifier) Run(ctx context.Context) { publish(ctx, n.write) }

func (n *Notifier) write(ctx context.Context) {
	n.mu.Lock()
	counts, unsent := maps.Clone(n.counts), n.unsent
	n.unsent = nil
	n.mu.Unlock()
	err := n.hourly.add(ctx, counts, func(ctx context.Context, p redis.Pipeliner) {
		for _, u := range unsent {
			if encoded, err := json.Marshal(u); err == nil {
				p.LPush(ctx, n.keys.unsent(), encoded)
			}
		}
		if len(unsent) > 0 {
			p.LTrim(ctx, n.keys.unsent(), 0, maxUnsent-1)
			p.Expire(ctx, n.keys.unsent(), failuresTTL)
		}
	})
	if err != nil {
		n.log.Debug().Err(err).Msg("count notifications: Redis does not accept the counts; retrying")
		n.mu.Lock()
		defer n.mu.Unlock()
		n.unsent = latest(append(unsent, n.unsent...))
	}
}
