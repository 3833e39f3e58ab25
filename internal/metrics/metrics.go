// Package metrics exports the processes' metrics to Prometheus. It declares the name, the
// labels and the help text of every metric. The values of labels come from the code and
// the configuration, so they are few; text from outside never becomes one.
//
// It knows the counters of the other packages. Those must not know Prometheus.
package metrics

import (
	"net/http"
	"runtime"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/rs/zerolog"
)

// namespace is the prefix of the names of our metrics.
const namespace = "gopherbot"

// scrapeTimeout bounds the reads from Redis for a scrape. Prometheus itself waits for
// ten seconds by default.
const scrapeTimeout = 4 * time.Second

// Set holds the metrics of one process. Its methods declare metrics.
type Set struct {
	registry *prometheus.Registry
	// apiCalls registers the metrics of API calls once, when the first platform
	// declares its own.
	apiCalls func() apiCalls
}

// New returns a Set with the metrics of the Go runtime and of the operating system's
// process, and with the name of this process, its commit and its version, "" if one is unknown.
func New(process, commit, version string) *Set {
	s := &Set{registry: prometheus.NewRegistry()}
	s.apiCalls = sync.OnceValue(func() apiCalls {
		return apiCalls{
			total:     s.counter("api_calls_total", "Requests to a chat platform's API, by method and status.", "platform", "method", "status"),
			seconds:   s.counter("api_call_seconds_total", "Total time of requests to a chat platform's API.", "platform", "method"),
			rateLimit: s.counter("api_rate_limit_seconds_total", "Total time for which a chat platform's rate limits asked the bot to wait.", "platform", "method"),
		}
	})
	s.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: namespace, Name: "info", Help: "The name, the commit, the version and the Go release of this process, as labels. Always 1.",
		ConstLabels: prometheus.Labels{"process": process, "commit": commit, "version": version, "go": runtime.Version()},
	})
	info.Set(1)
	s.registry.MustRegister(info)
	return s
}

// Handler answers a scrape. Metrics that cannot be read are left out, and the error is
// logged at debug level: the heartbeat already reports that Redis is unavailable.
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

// collect declares metrics that are read at each scrape.
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

// desc describes a metric that is read at each scrape.
func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil)
}

func counted(d *prometheus.Desc, n int64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
}

func measured(d *prometheus.Desc, v float64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
}
