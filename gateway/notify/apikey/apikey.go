// Package apikey authenticates the requests of scripts and monitoring systems by keys, and
// limits how many each key may make. It must not know what the requests ask for.
package apikey

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/gobridge/gopherbot/internal/notifyconfig"
)

// Defaults of a key's rate, as package notifyconfig documents them.
const (
	DefaultRate  = 5
	DefaultBurst = 50
)

// Key is a key of the configuration, with its bucket of requests.
type Key struct {
	notifyconfig.Key
	bucket *rate.Limiter
}

// NewKey returns a key with a full bucket.
func NewKey(k notifyconfig.Key) *Key {
	if k.Rate == 0 {
		k.Rate = DefaultRate
	}
	if k.Burst == 0 {
		k.Burst = DefaultBurst
	}
	return &Key{k, rate.NewLimiter(rate.Limit(k.Rate), k.Burst)}
}

// MayCall reports whether the key may call an endpoint.
func (k *Key) MayCall(e notifyconfig.Endpoint) bool {
	return len(k.Endpoints) == 0 || slices.Contains(k.Endpoints, e)
}

// MayUse reports whether the key may use a bot.
func (k *Key) MayUse(bot string) bool { return len(k.Bots) == 0 || slices.Contains(k.Bots, bot) }

// Allow takes a request from the bucket. If that is empty it returns how long to wait for
// the next.
func (k *Key) Allow(now time.Time) (wait time.Duration, ok bool) {
	r := k.bucket.ReserveN(now, 1)
	wait = r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait, wait == 0
}

// Set is all keys. It is safe for concurrent use.
type Set struct{ keys []*Key }

// NewSet returns the keys of a configuration. Its buckets are all the memory that it takes,
// whoever calls.
func NewSet(keys []notifyconfig.Key) *Set {
	s := &Set{}
	for _, k := range keys {
		s.keys = append(s.keys, NewKey(k))
	}
	return s
}

// Match returns the key that was given, nil if it is none. It hashes what was given once and
// compares it with all keys, so its run time says nothing about them.
func (s *Set) Match(given string) *Key {
	hash := sha256.Sum256([]byte(given))
	found := -1
	for i, k := range s.keys {
		found = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(hash[:], k.Hash[:]), i, found)
	}
	if found < 0 {
		return nil
	}
	return s.keys[found]
}

// Given returns the one key that a request gives: the Bearer token, or else the header
// X-API-Key, or else the password of Basic authentication, "" if none. Basic comes last, so
// that a proxy's own does no harm.
func Given(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if token = strings.TrimSpace(token); token != "" && strings.EqualFold(scheme, "Bearer") {
		return token
	}
	if key := r.Header.Get("X-API-Key"); key != "" {
		return key
	}
	_, password, _ := r.BasicAuth()
	return password
}

// parameters are the names, in lower case, by which people would give a key in an address.
var parameters = []string{"key", "token", "api_key", "api-key", "apikey", "x-api-key", "access_token", "auth", "authorization", "bearer", "password"}

// InQuery reports whether a query seems to have a key, which proxies would log: a parameter
// of a name for one, or a value that is a key.
func (s *Set) InQuery(query url.Values) bool {
	for name, values := range query {
		if slices.Contains(parameters, strings.ToLower(name)) || slices.ContainsFunc(values, func(v string) bool { return s.Match(v) != nil }) {
			return true
		}
	}
	return false
}
