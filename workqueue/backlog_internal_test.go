package workqueue

import "testing"

func TestBacklogFor(t *testing.T) {
	t.Parallel()
	const mb, gb = 1 << 20, 1 << 30
	for _, test := range []struct {
		name            string
		memory          int64
		shards, masters int
		want            int
	}{
		{"the smallest Heroku plan", 25e6, 1, 1, minBacklog},
		{"nothing is known", 0, 1, 1, minBacklog},
		{"100 MB", 100 * mb, 1, 1, 6_400},
		{"1 GB", gb, 1, 1, 65_536},
		{"more than there is use for", 1 << 50, 1, 1, maxBacklog},
		{"shards share a Redis", gb, 4, 1, 16_384},
		{"each master has a shard", gb, 3, 3, 65_536},
		{"a master has two of four shards", gb, 4, 3, 32_768},
		{"fewer shards than masters", gb, 1, 3, 65_536},
		{"no masters", gb, 1, 0, 65_536},
	} {
		if got := BacklogFor(test.memory, test.shards, test.masters); got != test.want {
			t.Errorf("%s: %d, want %d", test.name, got, test.want)
		}
	}
}

func TestMemoryOf(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		info string
		want int64 // 0 for an error
	}{
		{"# Memory\r\nused_memory:9\r\ntotal_system_memory:1000\r\nmaxmemory:100\r\nmaxmemory_human:1B\r\n", 100},
		{"total_system_memory:1000\r\nmaxmemory:0\r\n", 1000},
		{"total_system_memory:1000\r\n", 1000},
		{"maxmemory:0\r\ntotal_system_memory:0\r\n", 0},
		{"maxmemory:-5\r\n", 0},
		{"maxmemory:much\r\n", 0},
		{"", 0},
	} {
		if got, err := memoryOf(test.info); got != test.want || (err == nil) != (test.want > 0) {
			t.Errorf("%q: %d (%v), want %d", test.info, got, err, test.want)
		}
	}
}
