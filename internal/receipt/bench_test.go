package receipt_test

import (
	"fmt"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/receipt"
	"github.com/gobridge/gopherbot/internal/test/redistest"
)

// BenchmarkMemory reports how much memory of Redis a receipt takes, of 10,000: when its message
// waits, and when it is posted. It measures once, whatever b.N is: run it with -benchtime 1x.
func BenchmarkMemory(b *testing.B) {
	const receipts = 10_000
	rdb := redistest.Dial(b, redistest.Start(b).URL())
	s := receipt.New(rdb, "gopherbot")
	origin := receipt.Origin{KeyName: "prometheus", Chat: "alerts", Bot: "slack", CreatedAt: time.Now().UTC(), Open: receipt.OpenFor(4 * time.Hour)}
	id := func(n int) string { return fmt.Sprintf("%026d", n) }
	if _, err := s.Create(b.Context(), id(receipts), "", origin); err != nil { // Redis loads the script
		b.Fatal(err)
	}
	empty := used(b, rdb)
	for n := range receipts {
		if _, err := s.Create(b.Context(), id(n), "", origin); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric((used(b, rdb)-empty)/receipts, "bytes/queued")
	for n := range receipts {
		r := receipt.Receipt{RequestID: id(n), State: receipt.Sent, Attempts: 1, SyncID: "C0123456789/1700000000.000100", Link: "https://example.slack.com/archives/C0123456789/p1700000000000100"}
		if err := s.Write(b.Context(), r, origin); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric((used(b, rdb)-empty)/receipts, "bytes/sent")
	b.ReportMetric((used(b, rdb)-empty)/1e6, "MB-for-10000")
}

var usedMemory = regexp.MustCompile(`(?m)^used_memory:(\d+)`)

// used returns how many bytes Redis has allocated.
func used(b *testing.B, rdb redis.UniversalClient) float64 {
	b.Helper()
	info, err := rdb.Info(b.Context(), "memory").Result()
	if err != nil {
		b.Fatal(err)
	}
	n, err := strconv.ParseFloat(usedMemory.FindStringSubmatch(info)[1], 64)
	if err != nil {
		b.Fatal(err)
	}
	return n
}
