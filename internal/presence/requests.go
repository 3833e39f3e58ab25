package presence

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Requests is what a platform has sent: requests, and frames of sockets. Its times are by the
// clocks of the gateways.
type Requests struct {
	// Platform is the platform's name, such as "slack".
	Platform string `json:"platform"`
	// Authentic is the time of the last authentic request; zero if there was none within 30
	// days. A request with which a platform, or doctor, checks the gateway's address does not
	// count.
	Authentic time.Time `json:"authentic,omitzero"`
	// Refused is how many requests were refused since then. WrongSecret counts those of them
	// that were complete, and signed with another secret than ours.
	Refused     int64 `json:"refused"`
	WrongSecret int64 `json:"wrong_secret"`
	// FirstRefused and LastRefused are the times of the first and the last of them; zero if
	// there is none.
	FirstRefused time.Time `json:"first_refused,omitzero"`
	LastRefused  time.Time `json:"last_refused,omitzero"`
	// Reason is why the last of them was refused. It quotes nothing of the request's body, and
	// has at most about 100 bytes.
	Reason string `json:"reason,omitempty"`
}

// The fields of a platform in the hash of requests, each after the platform and a slash. Times
// are Unix times in ms.
const (
	authenticField    = "authentic"
	refusedField      = "refused"
	wrongSecretField  = "wrong_secret"
	firstRefusedField = "first_refused"
	lastRefusedField  = "last_refused"
	reasonField       = "reason"
)

// Requests returns what each platform has sent, ordered by platform. A platform that has sent
// nothing within 30 days is not listed. Gateways write it every 2 s.
func (r *Reader) Requests(ctx context.Context) ([]Requests, error) {
	fields, err := r.rdb.HGetAll(ctx, r.keys.requests()).Result()
	if err != nil {
		return nil, fmt.Errorf("read what the platforms have sent: %w", err)
	}
	byPlatform := map[string]*Requests{}
	for field, value := range fields {
		platform, name, _ := strings.Cut(field, "/")
		if byPlatform[platform] == nil {
			byPlatform[platform] = &Requests{Platform: platform}
		}
		byPlatform[platform].set(name, value)
	}
	list := make([]Requests, 0, len(byPlatform))
	for _, p := range byPlatform {
		list = append(list, *p)
	}
	slices.SortFunc(list, func(a, b Requests) int { return strings.Compare(a.Platform, b.Platform) })
	return list, nil
}

// set sets a field. It leaves out those of a release with others.
func (r *Requests) set(field, value string) {
	n, err := strconv.ParseInt(value, 10, 64)
	switch {
	case field == reasonField:
		r.Reason = value
	case err != nil:
	case field == authenticField:
		r.Authentic = time.UnixMilli(n)
	case field == refusedField:
		r.Refused = n
	case field == wrongSecretField:
		r.WrongSecret = n
	case field == firstRefusedField:
		r.FirstRefused = time.UnixMilli(n)
	case field == lastRefusedField:
		r.LastRefused = time.UnixMilli(n)
	}
}

// write adds r to what Redis has of its platform, in the transaction of p.
func (r Requests) write(ctx context.Context, p redis.Pipeliner, key string) {
	field := func(name string) string { return r.Platform + "/" + name }
	if !r.Authentic.IsZero() {
		p.HSet(ctx, key, field(authenticField), r.Authentic.UnixMilli())
		p.HDel(ctx, key, field(refusedField), field(wrongSecretField), field(firstRefusedField), field(lastRefusedField), field(reasonField))
	}
	if r.Refused > 0 {
		p.HIncrBy(ctx, key, field(refusedField), r.Refused)
		p.HIncrBy(ctx, key, field(wrongSecretField), r.WrongSecret)
		p.HSetNX(ctx, key, field(firstRefusedField), r.FirstRefused.UnixMilli())
		p.HSet(ctx, key, field(lastRefusedField), r.LastRefused.UnixMilli(), field(reasonField), r.Reason)
	}
}
