package metrics

import (
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
)

// Redis declares the process's connections to Redis, of which it may have up to limit,
// and the age of its latest heartbeat.
func (s *Set) Redis(stats func() *redis.PoolStats, limit int, age func() time.Duration) {
	var (
		heartbeat = desc("redis_heartbeat_age_seconds", "Time since Redis last accepted a heartbeat of this process, or answered that it is out of memory.")
		bound     = desc("redis_pool_max_connections", "Maximum number of connections to Redis of this process, on a Redis Cluster to each node.")
		conns     = desc("redis_pool_connections", "Connections to Redis, by state: idle or used.", "state")
		lookups   = desc("redis_pool_lookups_total", "Requests for a connection to Redis, by result: hit (an idle one was reused) or miss.", "result")
		waits     = desc("redis_pool_waits_total", "Requests for a connection to Redis that had to wait.")
		waited    = desc("redis_pool_wait_seconds_total", "Total time that requests for a connection to Redis waited.")
		timeouts  = desc("redis_pool_timeouts_total", "Requests for a connection to Redis that timed out.")
		stale     = desc("redis_pool_stale_total", "Connections to Redis that were closed because they were broken.")
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

// rising turns numbers that may decrease into counters. The numbers of a Redis Cluster
// are sums over its current nodes, and a node may leave; Prometheus would take a counter
// that decreases for one that was reset. It is used by one scrape at a time.
type rising map[string]float64

func (r rising) counted(d *prometheus.Desc, n float64, labels ...string) prometheus.Metric {
	key := d.String() + strings.Join(labels, ",")
	r[key] = max(r[key], n)
	return prometheus.MustNewConstMetric(d, prometheus.CounterValue, r[key], labels...)
}
