package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
)

// Redis declares the process's connections to Redis, of which it may have most,
// and how long ago its heartbeat succeeded.
func (s *Set) Redis(stats func() *redis.PoolStats, most int, age func() time.Duration) {
	var (
		heartbeat = desc("redis_heartbeat_age_seconds", "How long ago this process last wrote to Redis as a sign of life.")
		bound     = desc("redis_pool_max_connections", "How many connections to Redis this process may have, on a Redis Cluster to each node.")
		conns     = desc("redis_pool_connections", "Connections to Redis, by whether they are in use.", "state")
		lookups   = desc("redis_pool_lookups_total", "Times that a connection was wanted, by whether an idle one was there.", "result")
		waits     = desc("redis_pool_waits_total", "Times that a connection had to be waited for.")
		waited    = desc("redis_pool_wait_seconds_total", "How long connections were waited for, in all.")
		timeouts  = desc("redis_pool_timeouts_total", "Times that no connection was to be had in time.")
		stale     = desc("redis_pool_stale_total", "Connections that were closed because they were broken.")
	)
	s.collect(func(to chan<- prometheus.Metric) {
		p := stats()
		to <- measured(heartbeat, age().Seconds())
		to <- measured(bound, float64(most))
		to <- measured(conns, float64(p.IdleConns), "idle")
		to <- measured(conns, float64(p.TotalConns)-float64(p.IdleConns), "used")
		to <- counted(lookups, int64(p.Hits), "hit")
		to <- counted(lookups, int64(p.Misses), "miss")
		to <- counted(waits, int64(p.WaitCount))
		to <- prometheus.MustNewConstMetric(waited, prometheus.CounterValue, float64(p.WaitDurationNs)/1e9)
		to <- counted(timeouts, int64(p.Timeouts))
		to <- counted(stale, int64(p.StaleConns))
	}, heartbeat, bound, conns, lookups, waits, waited, timeouts, stale)
}
