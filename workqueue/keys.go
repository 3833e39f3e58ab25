package workqueue

import (
	"errors"
	"fmt"
	"hash/fnv"
	"regexp"
	"strconv"

	"github.com/redis/go-redis/v9"
)

// group is the one consumer group of every stream. Groups start at 0, so that a consumer
// that starts after the first event still receives it.
const group = "consumers"

var appPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)

// checkQueue returns an error if there is no client, or app cannot be the beginning of
// keys.
func checkQueue(rdb redis.UniversalClient, app string) error {
	var errs []error
	if rdb == nil {
		errs = append(errs, errors.New("no Redis client"))
	}
	if !appPattern.MatchString(app) {
		errs = append(errs, fmt.Errorf("app %q: want the deployment's name in letters, digits, dots, dashes and underscores", app))
	}
	return errors.Join(errs...)
}

// shard names the Redis keys of one shard of a type. Each shard has a stream of its own.
// The keys and their values outlive a release: "Change what is kept in Redis" in
// CONTRIBUTING.md has the rules for changes.
//
// The part in braces is Redis Cluster's hash tag. All keys of one shard share it, so that
// they are in one slot and one script may use them together.
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

// outcomes names the stream of outcomes.
func (s shard) outcomes() string { return string(s) + "outcomes" }

// done names the set of an event's completed steps.
func (s shard) done(origin string) string { return string(s) + "done:" + origin }

// seen names the deduplication key of an event.
func (s shard) seen(key string) string { return string(s) + "seen:" + key }

// MaxShards is how many shards a type may have at most.
const MaxShards = 64

// checkShards returns an error if n is out of range.
func checkShards(n int) error {
	if n < 1 || n > MaxShards {
		return fmt.Errorf("%d shards: want 1 to %d", n, MaxShards)
	}
	return nil
}

// spread returns the shard of a partition, of n shards, and the shards that it would have
// if there were fewer, which are those that had it before the number was raised.
//
// Each shard draws a number for the partition, and the highest wins ("rendezvous
// hashing"): a new shard gets an equal part of the partitions of each other shard, and
// all other partitions keep theirs.
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

// mix maps similar numbers to dissimilar ones. It is the finalizer of SplitMix64 (Steele,
// Lea, Flood: "Fast Splittable Pseudorandom Number Generators", 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
