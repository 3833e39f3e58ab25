package metrics

import (
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
)

// Redis declares the process's connections to Redis, of which it may have limit,
// and how long ago its heartbeat succeeded.
func (s *Set) Redis(stats func() *redis.PoolStats, limit int, age func() time.Duration) {
	var (
		heartbeat = desc("redis_heartbeat_age_seconds", "How long ago Redis last accepted a heartbeat of this process, or was too full for it.")
		bound     = desc("redis_pool_max_connections", "How many connections to Redis this process may have, on a Redis Cluster to each node.")
		conns     = desc("redis_pool_connections", "Connections to Redis, by whether they are in use.", "state")
		lookups   = desc("redis_pool_lookups_total", "Times that a connection was wanted, by whether an idle one was there.", "result")
		waits     = desc("redis_pool_waits_total", "Times that a connection had to be waited for.")
		waited    = desc("redis_pool_wait_seconds_total", "How long connections were waited for, in all.")
		timeouts  = desc("redis_pool_timeouts_total", "Times that no connection was to be had in time.")
		stale     = desc("redis_pool_stale_total", "Connections that were closed because they were broken.")
	)
	risen := rising{}
	s.collect(func(to chan<- prometheus.Metric) {
		p := stats()
		to <- measured(heartbeat, age().Seconds())
		to <- measured(bound, float64(limit))
		to <- measured(conns, float64(p.IdleConns), "idle")
		to <- measured(conns, float64(p.TotalConns)-float64(p.IdleConns), "used")
		to <- risen.counted(lookups, float64(p.Hits), "hit")
		to <- risen.counted(lookups, float64(p.Misses), "miss")
		to <- risen.counted(waits, float64(p.WaitCount))
		to <- risen.counted(waited, float64(p.WaitDurationNs)/1e9)
		to <- risen.counted(timeouts, float64(p.Timeouts))
		to <- risen.counted(stale, float64(p.StaleConns))
	}, heartbeat, bound, conns, lookups, waits, waited, timeouts, stale)
}

// rising makes counters of figures that fall at times: those of a Redis Cluster
// are the sums over the nodes that there are, and a node may leave. A counter that
// falls would be one that began anew. It is used in one scrape at a time.
type rising map[string]float64

func (r rising) counted(d *prometheus.Desc, n float64, labels ...string) prometheus.Metric {
	key := d.String() + strings.Join(labels, ",")
	r[key] = max(r[key], n)
	return prometheus.MustNewConstMetric(d, prometheus.CounterValue, r[key], labels...)
}
