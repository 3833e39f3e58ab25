package workqueue

import "time"

// Encode returns an event as it is on its stream.
func Encode(e Event) []byte { return entry{Event: e}.encode() }

// Shard lets tests know in which of n shards the events of a partition are.
func Shard(partition string, n int) int {
	number, _ := spread(partition, n)
	return number
}

// Skew makes the clock that the consumer reads differ from this machine's.
func (c *Consumer) Skew(by time.Duration) {
	c.now = func() time.Time { return time.Now().Add(by) }
}
