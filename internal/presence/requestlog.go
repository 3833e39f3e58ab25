package presence

import (
	"context"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"
)

const (
	// requestsTTL is how long after the last request what the platforms sent is kept.
	requestsTTL = 30 * 24 * time.Hour
	// maxReasonBytes bounds the reason of a refusal.
	maxReasonBytes = 100
)

// RequestLog records for operators the last authentic request of each platform and the
// requests refused since: see Reader.Requests. A gateway has one. However many requests come,
// it writes to Redis at most every 2 s, and only if there were any. Its methods but Run are
// safe for concurrent use, and none of them blocks.
type RequestLog struct {
	rdb redis.UniversalClient
	key string
	log zerolog.Logger

	mu  sync.Mutex
	new map[string]Requests // not in Redis yet, by platform
}

// NewRequestLog returns a RequestLog on rdb, which the caller closes.
func NewRequestLog(rdb redis.UniversalClient, app string, log zerolog.Logger) *RequestLog {
	return &RequestLog{rdb: rdb, key: keys{app}.requests(), log: log, new: map[string]Requests{}}
}

// Authentic records an authentic request. The requests that were refused before it no longer
// count.
func (l *RequestLog) Authentic(platform string, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.new[platform] = Requests{Platform: platform, Authentic: at}
}

// Refused records a request that was refused for a reason, of which the first 100 bytes are
// kept. wrongSecret says that it was complete, and signed with another secret than ours.
func (l *RequestLog) Refused(platform string, at time.Time, reason string, wrongSecret bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.new[platform]
	if r.Refused++; r.Refused == 1 {
		r.FirstRefused = at
	}
	if wrongSecret {
		r.WrongSecret++
	}
	r.Platform, r.LastRefused, r.Reason = platform, at, cut(reason, maxReasonBytes)
	l.new[platform] = r
}

// Run writes what is new every 2 s until ctx ends, and once more then. What Redis does not
// accept is written later, and counts twice if only its reply was lost.
func (l *RequestLog) Run(ctx context.Context) { publish(ctx, l.write) }

func (l *RequestLog) write(ctx context.Context) {
	l.mu.Lock()
	list := l.new
	l.new = map[string]Requests{}
	l.mu.Unlock()
	if len(list) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	_, err := l.rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
		for _, r := range list {
			r.write(ctx, p, l.key)
		}
		p.Expire(ctx, l.key, requestsTTL)
		return nil
	})
	if err != nil {
		l.log.Debug().Err(err).Msg("record what the platforms sent: Redis does not accept it; retrying")
		l.restore(list)
	}
}

// restore puts back what was not written, before what came meanwhile.
func (l *RequestLog) restore(list map[string]Requests) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for platform, before := range list {
		after := l.new[platform]
		switch {
		case !after.Authentic.IsZero(): // before no longer counts
			continue
		case after.Refused > 0:
			before.Refused, before.WrongSecret = before.Refused+after.Refused, before.WrongSecret+after.WrongSecret
			before.LastRefused, before.Reason = after.LastRefused, after.Reason
			if before.FirstRefused.IsZero() {
				before.FirstRefused = after.FirstRefused
			}
		}
		l.new[platform] = before
	}
}
