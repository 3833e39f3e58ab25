// Package metrics exports the processes' metrics to Prometheus: the name, the labels and
// the help text of every metric are declared here. Labels have few values, which
// the code or the configuration names; nothing that comes from outside becomes
// one.
//
// It knows the counters of the other packages, and none of them knows Prometheus.
package metrics

import (
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/rs/zerolog"
)

// namespace begins the name of every metric of ours.
const namespace = "gopherbot"

// scrapeTimeout bounds the reads from Redis for a scrape. Prometheus itself waits for
// ten seconds by default.
const scrapeTimeout = 4 * time.Second

// Set is the metrics of one process. Its methods declare what that process has.
type Set struct {
	registry *prometheus.Registry
	// apiCalls registers the metrics of API calls once, when the first platform
	// declares its own.
	apiCalls func() apiCalls
}

// New returns a Set with what every Go program has, and with which process this
// is and of which commit, "" if that is not known.
func New(process, commit string) *Set {
	s := &Set{registry: prometheus.NewRegistry()}
	s.apiCalls = sync.OnceValue(func() apiCalls {
		return apiCalls{
			total:     s.counter("api_calls_total", "Requests to a chat platform's API, by method and how they ended.", "platform", "method", "status"),
			seconds:   s.counter("api_call_seconds_total", "How long requests to a chat platform's API took, in all.", "platform", "method"),
			rateLimit: s.counter("api_rate_limit_seconds_total", "Total time for which a chat platform's rate limits asked the bot to wait.", "platform", "method"),
		}
	})
	s.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: namespace, Name: "info", Help: "Which process this is, and of which commit. Always 1.",
		ConstLabels: prometheus.Labels{"process": process, "commit": commit},
	})
	info.Set(1)
	s.registry.MustRegister(info)
	return s
}

// Handler answers a scrape. What cannot be read is left out, and logged for who
// looks for it: the heartbeat reports a Redis that is unavailable.
func (s *Set) Handler(log zerolog.Logger) http.Handler {
	return promhttp.HandlerFor(s.registry, promhttp.HandlerOpts{
		ErrorHandling: promhttp.ContinueOnError, ErrorLog: printer{log}, CoalesceGather: true,
	})
}

// printer writes the library's messages to our log.
type printer struct{ log zerolog.Logger }

// Println implements promhttp.Logger.
func (p printer) Println(v ...any) { p.log.Debug().Str("from", "metrics").Msgf("%v", v) }

// counter declares a counter with labels.
func (s *Set) counter(name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
	s.registry.MustRegister(c)
	return c
}

// collect declares metrics that are read when they are asked for.
func (s *Set) collect(read func(chan<- prometheus.Metric), descs ...*prometheus.Desc) {
	s.registry.MustRegister(collector{descs, read})
}

type collector struct {
	descs []*prometheus.Desc
	read  func(chan<- prometheus.Metric)
}

// Describe implements prometheus.Collector.
func (c collector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range c.descs {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (c collector) Collect(to chan<- prometheus.Metric) { c.read(to) }

// desc describes a metric that is read when it is asked for.
func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil)
}

func counted(d *prometheus.Desc, n int64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
}

func measured(d *prometheus.Desc, v float64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
}
