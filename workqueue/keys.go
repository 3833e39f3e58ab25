package workqueue

import (
	"errors"
	"fmt"
	"hash/fnv"
	"regexp"
	"strconv"

	"github.com/redis/go-redis/v9"
)

// group is the one consumer group of every stream. Groups start at 0, so that
// a consumer started after the first event still gets it.
const group = "consumers"

var appPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)

// checkQueue returns an error for what every use of a queue needs: a client, and
// a name with which its keys begin.
func checkQueue(rdb redis.UniversalClient, app string) error {
	var errs []error
	if rdb == nil {
		errs = append(errs, errors.New("no client of Redis"))
	}
	if !appPattern.MatchString(app) {
		errs = append(errs, fmt.Errorf("app %q: want the deployment's name in letters, digits, dots, dashes and underscores", app))
	}
	return errors.Join(errs...)
}

// shard names the Redis keys of one shard of a type's events, of which each has
// a stream of its own. What is under them outlives a release: "Change what is
// kept in Redis" in CONTRIBUTING.md says what may change, and how.
//
// The part in braces is Redis Cluster's hash tag: all keys of one shard share
// it, so they live in one slot and one script may touch them together.
type shard string

func shardOf(app, eventType string, n int) shard {
	return shard(app + ":{" + eventType + "." + strconv.Itoa(n) + "}:")
}

func (s shard) stream() string { return string(s) + "stream" }

// groupCreated names the group-created marker: the stream has had a group.
func (s shard) groupCreated() string { return string(s) + "grouped" }

func (s shard) delayed() string { return string(s) + "delayed" }

func (s shard) dead() string { return string(s) + "dead" }

// deadSize names the count of the dead letters' bytes.
func (s shard) deadSize() string { return string(s) + "dead-size" }

// done names the set of an event's completed steps.
func (s shard) done(origin string) string { return string(s) + "done:" + origin }

// seen names what remembers that an event with this key was queued.
func (s shard) seen(key string) string { return string(s) + "seen:" + key }

// MaxShards is how many shards the events of a type may have at the most.
const MaxShards = 64

// checkShards returns an error for a number of shards that cannot be.
func checkShards(n int) error {
	if n < 1 || n > MaxShards {
		return fmt.Errorf("%d shards: want 1 to %d", n, MaxShards)
	}
	return nil
}

// spread returns the shard, of n, for the events of one partition. With it come
// the shards that would be the partition's if there were fewer, which are those
// that had it before the number was raised.
//
// Each shard draws a number for the partition, and the highest wins ("rendezvous
// hashing"): a further shard takes from each of the others its part, and all
// else stays where it is.
func spread(partition string, n int) (number int, former []int) {
	h := fnv.New64a()
	_, _ = h.Write([]byte(partition)) // never fails
	seed := h.Sum64()
	var highest uint64
	for i := range n {
		if drawn := mix(seed + uint64(i)); i == 0 || drawn > highest {
			if i > 0 {
				former = append(former, number)
			}
			highest, number = drawn, i
		}
	}
	return number, former
}

// mix makes of numbers that are alike some that are not: the finalizer of
// SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number
// Generators", 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
