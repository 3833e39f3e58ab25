package e2e

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// compareBase is the commit that BenchmarkConsumer compares with: the last one with 10 workers, two idle connections to the API and a
// goroutine for each lease. GOPHER_BENCH_BASE names another.
const compareBase = "1ba5726"

// BenchmarkConsumer has the consumer of this tree and that of an earlier commit handle the same events, with their defaults, in
// turns, each with a Redis of its own and against an API in another process than theirs. It prints the median rate of each and their
// ratio. On two cores, which Redis and the API share:
//
//	                                  base    this tree   ratio
//	each answer takes the API 150 ms    66/s        437/s     6.6
//	the API answers at once          5,700/s     10,200/s     1.8
//	messages that match nothing     26,200/s     49,900/s     1.9
func BenchmarkConsumer(b *testing.B) {
	base := os.Getenv("GOPHER_BENCH_BASE")
	if base == "" {
		base = compareBase
	}
	programs := map[string]string{"base": consumerOf(b, base)}
	dir, err := binaries()
	if err != nil {
		b.Fatal(err)
	}
	programs["this"] = filepath.Join(dir, "consumer")

	for _, load := range []struct {
		name    string
		text    string
		kind    string // of the channel
		events  int
		latency time.Duration
	}{
		{"API=150ms", "flip a coin", "im", 600, 150 * time.Millisecond},
		{"API=0ms", "flip a coin", "im", 20_000, 0},
		{"NoMatch", "we put a build into production on Friday, and nothing broke", "channel", 60_000, 0},
	} {
		b.Run(load.name, func(b *testing.B) {
			rates := map[string][]float64{}
			for i := 0; b.Loop(); i++ {
				order := []string{"base", "this"}
				if i%2 == 1 {
					slices.Reverse(order)
				}
				for _, name := range order {
					rates[name] = append(rates[name], consumeRate(b, programs[name], load.events, load.kind, load.text, load.latency))
				}
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(rates["base"]), "base-events/s")
			b.ReportMetric(median(rates["this"]), "events/s")
			b.ReportMetric(median(rates["this"])/median(rates["base"]), "ratio")
		})
	}
}

// consumeRate returns how many events a second the consumer handles, from the first twentieth of them to the last.
func consumeRate(b *testing.B, program string, events int, kind, text string, latency time.Duration) float64 {
	b.Helper()
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/auth.test" {
			fmt.Fprintf(w, `{"ok":true,"team_id":%q,"user_id":"UBOT","bot_id":"BBOT","url":"https://x.slack.example/"}`, teamID)
			return
		}
		_, _ = io.Copy(io.Discard, r.Body) // so that the connection is used again
		if latency > 0 {
			select {
			case <-time.After(latency):
			case <-r.Context().Done():
				return
			}
		}
		_, _ = io.WriteString(w, `{"ok":true,"channel":"D1","ts":"1.2"}`)
	}))
	defer api.Close()
	redisURL := redistest.Start(b).URL()
	rdb := redistest.Dial(b, redisURL)
	eventType := queueMessages(b, rdb, events, kind, text)

	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	var log testenv.Log
	cmd := exec.CommandContext(ctx, program)
	cmd.Env = append(os.Environ(), "ENV=production", "REDIS_URL="+redisURL, "GOPHER_REDIS_INSECURE=true", "GOPHER_APP=compare", "GOPHER_LOG_LEVEL=info",
		"GOPHER_SLACK_API_URL="+api.URL+"/", "GOPHER_SLACK_TEAM_ID="+teamID, "GOPHER_SLACK_BOT_ACCESS_TOKEN="+botToken)
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() {
		cancel()
		_ = cmd.Wait() // it was killed
	}()

	deadline := time.NewTimer(2 * time.Minute)
	defer deadline.Stop()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	stream := "compare:{" + eventType + ".0}:stream"
	handled := func(want int) time.Time {
		for {
			left, err := rdb.XLen(b.Context(), stream).Result()
			if err != nil {
				b.Fatal(err)
			}
			if events-int(left) >= want {
				return time.Now()
			}
			select {
			case <-tick.C:
			case <-deadline.C:
				b.Fatalf("%d of %d events are left\n%s", left, events, &log)
			}
		}
	}
	from, to := events/20, events-events/20
	start := handled(from)
	return float64(to-from) / handled(to).Sub(start).Seconds()
}

// queueMessages queues messages that say text, each in a channel of its own of a kind, and returns the events' type.
func queueMessages(b *testing.B, rdb redis.UniversalClient, n int, kind, text string) (eventType string) {
	b.Helper()
	eventType = event.Type(event.Slack, event.MessagePrivate)
	if kind == "channel" {
		eventType = event.Type(event.Slack, event.MessagePublic)
	}
	publisher, err := workqueue.NewPublisher(rdb, workqueue.PublisherOptions{App: "compare", MaxBacklog: n})
	if err != nil {
		b.Fatal(err)
	}
	now := time.Now()
	numbers := make(chan int)
	var publishing sync.WaitGroup
	for range 256 {
		publishing.Go(func() {
			for i := range numbers {
				ts := fmt.Sprintf("%d.%06d", now.Unix(), i)
				payload, err := json.Marshal(map[string]any{
					"type": "message", "channel": channelOf(i), "channel_type": kind, "user": "UADA", "text": text, "ts": ts, "event_ts": ts, "team": teamID,
				})
				if err == nil {
					id := fmt.Sprintf("Ev%08d", i)
					_, err = publisher.Publish(b.Context(), workqueue.Event{
						Type: eventType, Key: id, Source: event.Slack, ID: id, Time: now, RequestID: id, Payload: payload,
					})
				}
				if err != nil {
					b.Error(err)
				}
			}
		})
	}
	for i := range n {
		numbers <- i
	}
	close(numbers)
	publishing.Wait()
	if b.Failed() {
		b.FailNow()
	}
	return eventType
}

// consumerOf builds the consumer of a commit and returns the program.
func consumerOf(b *testing.B, commit string) string {
	b.Helper()
	archive, err := exec.Command("git", "-C", "../../..", "archive", "--format=tar", commit).Output()
	if err != nil {
		b.Skipf("this clone lacks commit %s to compare with: %v", commit, err)
	}
	dir := b.TempDir()
	if err := extract(archive, dir); err != nil {
		b.Fatal(err)
	}
	program := filepath.Join(dir, "consumer-of-"+commit)
	build := exec.Command("go", "build", "-o", program, "./cmd/consumer")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("build commit %s: %v\n%s", commit, err, out)
	}
	return program
}

// extract writes the files of a tar archive below dir.
func extract(archive []byte, dir string) error {
	for r := tar.NewReader(bytes.NewReader(archive)); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if header.Typeflag != tar.TypeReg {
			continue
		}
		content, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		name := filepath.Join(dir, filepath.FromSlash(header.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(name, content, 0o644); err != nil {
			return err
		}
	}
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
