package workqueue

// group is the one consumer group of every stream. Groups start at 0, so that
// a consumer started after the first event still gets it.
const group = "consumers"

// keys names the Redis keys of one deployment.
//
// The part in braces is Redis Cluster's hash tag: all keys of one shard share
// it, so they live in one slot and one script may touch them together. Every
// type has one shard, 0, for now; its number is in the name so that adding
// more does not rename the first.
type keys struct{ app string }

func (k keys) shard(eventType string) string { return k.app + ":{" + eventType + ".0}" }

func (k keys) stream(eventType string) string { return k.shard(eventType) + ":stream" }

func (k keys) delayed(eventType string) string { return k.shard(eventType) + ":delayed" }

func (k keys) dead(eventType string) string { return k.shard(eventType) + ":dead" }

// done names the set of the actions of an event that have completed.
func (k keys) done(eventType, origin string) string { return k.shard(eventType) + ":done:" + origin }

func (k keys) seen(eventType, key string) string { return k.shard(eventType) + ":seen:" + key }
