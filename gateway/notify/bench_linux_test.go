package notify_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/gateway/notify"
	"github.com/gobridge/gopherbot/internal/notifyconfig"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/workqueue"
)

// BenchmarkAccepted compares accepted sends with a bare server, which does no more than
// read the body, add it to a stream and answer. CPU is the client's, too, and not Redis's.
func BenchmarkAccepted(b *testing.B) {
	const body = `{"chat_id":"alerts","message":"deploy 42 is done","status":"ok"}`
	b.Run("bare", func(b *testing.B) {
		rdb, app := redistest.New(b)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			text, err := io.ReadAll(r.Body)
			if err == nil {
				err = rdb.XAdd(r.Context(), &redis.XAddArgs{Stream: app + ":bare", Values: []any{"e", text}}).Err()
			}
			if err != nil {
				http.Error(w, err.Error(), http.StatusServiceUnavailable)
				return
			}
			w.WriteHeader(http.StatusAccepted)
			_, _ = io.WriteString(w, `{"ok":true}`)
		}))
		defer server.Close()
		accepted(b, server.URL, body)
	})
	b.Run("notify", func(b *testing.B) {
		rdb, app := redistest.New(b)
		a := openOn(b, rdb, app, func(o *notify.Options) {
			o.Publisher = unbounded(b, rdb, app)
			o.Config.Keys = []notifyconfig.Key{key("ci", ciKey, func(k *notifyconfig.Key) { k.Rate, k.Burst = 1e9, 1e9 })}
		})
		accepted(b, a.url+"/api/v1/send", body)
	})
}

// unbounded is a publisher that lets a benchmark's sends wait.
func unbounded(b *testing.B, rdb redis.UniversalClient, app string) *workqueue.Publisher {
	publisher, err := workqueue.NewPublisher(rdb, workqueue.PublisherOptions{App: app, DedupWindow: notify.DedupWindow, MaxBacklog: 1e9})
	if err != nil {
		b.Fatal(err)
	}
	return publisher
}

func accepted(b *testing.B, url, body string) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}, Timeout: 30 * time.Second}
	defer client.CloseIdleConnections()
	b.SetParallelism(16)
	before := cpu(b)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r, err := http.NewRequestWithContext(b.Context(), "POST", url, strings.NewReader(body))
			if err != nil {
				b.Error(err)
				return
			}
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("X-API-Key", ciKey)
			response, err := client.Do(r)
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, response.Body)
			response.Body.Close()
			if response.StatusCode != http.StatusAccepted {
				b.Errorf("answered %d", response.StatusCode)
				return
			}
		}
	})
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sends/s")
	b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(b.N), "cpu-µs/send")
}

// cpu returns the CPU time of this process.
func cpu(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
