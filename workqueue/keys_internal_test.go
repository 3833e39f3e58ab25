package workqueue

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"
)

func TestKeys_Spread(t *testing.T) {
	t.Parallel()
	const partitions = 10_000
	for n := 1; n <= MaxShards; n++ {
		counts := make([]int, n)
		for i := range partitions {
			partition := fmt.Sprint("channel ", i)
			number, former := spread(partition, n)
			counts[number]++
			if n == 1 {
				continue
			}
			before, earlier := spread(partition, n-1)
			switch {
			case number == before:
				if !slices.Equal(former, earlier) {
					t.Fatalf("%s stays in shard %d of %d, but %v is remembered instead of %v", partition, number, n, former, earlier)
				}
			case number != n-1:
				t.Fatalf("with shard %d added, %s goes from %d to %d", n-1, partition, before, number)
			case !slices.Equal(former, append(earlier, before)):
				t.Fatalf("%s was in %v and %d, but %v is remembered", partition, earlier, before, former)
			}
		}
		for number, count := range counts {
			if even := partitions / n; count < even/2 || count > even*2 {
				t.Errorf("shard %d of %d has %d of %d partitions", number, n, count, partitions)
			}
		}
	}
}

func TestKeys_FormerShards(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		running time.Duration
		asked   bool
	}{{time.Minute, true}, {119 * time.Minute, true}, {3 * time.Hour, true}, {4 * time.Hour, false}} {
		p := &Publisher{opts: PublisherOptions{App: "app", DedupWindow: 2 * time.Hour, Shards: MaxShards}, started: time.Now().Add(-test.running)}
		asked := false
		for i := range 10 { // some have always been in the first shard
			asked = asked || len(p.publishing(Event{Type: "greeting", Key: strconv.Itoa(i)}).former) > 0
		}
		if asked != test.asked {
			t.Errorf("after %v: %v", test.running, asked)
		}
	}
}
