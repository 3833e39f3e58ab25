package e2e

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/test/redistest"
)

// benchKeys is how many keys the requests have in turn: each may send 1,000 a second, and 10,000 at once.
const benchKeys = 8

func benchKey(n int64) string { return fmt.Sprintf("%s-%d", notifyKey, n) }

// notifyRequest is a request to POST /api/v1/send.
func notifyRequest(time.Time) []byte {
	const body = `{"chat_id":"alerts","message":"deploy 42 of the shop is done after 3 minutes: https://ci.example.com/deploys/42","status":"ok"}`
	return fmt.Appendf(nil, "POST /api/v1/send HTTP/1.1\r\nHost: gopherbot.example\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n"+
		"X-API-Key: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", benchKey(benchMessages.Add(1)%benchKeys), len(body), body)
}

// BenchmarkNotify compares accepted sends with the bare servers of BenchmarkGateway, in the same
// way: each server is a process of its own, all get the same requests over 64 connections, in
// rounds of random order, and the medians are reported. The bare ones authenticate, decode,
// remember and log nothing, and make one XADD for a request, or one pipeline for several. The
// gateway creates a receipt in the same round trip, because a message that is queued must have
// one, and remembers the event's key: two more writes of Redis. It measures once, whatever b.N is: run it with
// -benchtime 1x.
//
// On 2 cores, which clients, server and Redis share, one run gave 0.85 of the bare rate: 26,000
// sends/s against 30,700, with 42 µs of the gateway's CPU against 38, and 11 µs of Redis's
// against 10. Of Redis's time about 3 µs are for the receipt.
func BenchmarkNotify(b *testing.B) {
	var keys, environ []string
	for n := range int64(benchKeys) {
		keys = append(keys, fmt.Sprintf("{name: ci%d, key: env:CI_KEY_%[1]d, rate: 1000, burst: 10000}", n))
		environ = append(environ, fmt.Sprintf("CI_KEY_%d=%s", n, benchKey(n)))
	}
	rdb := redistest.Start(b)
	client := redistest.Dial(b, rdb.URL())
	servers := []*benchServer{
		startBenchServer(b, "bare", bareCommand(b, false), "REDIS_URL="+rdb.URL()),
		startBenchServer(b, "batching", bareCommand(b, true), "REDIS_URL="+rdb.URL()),
		startBenchServer(b, "notify", gatewayCommand(b), append(environ, "REDIS_URL="+rdb.URL(), "ENV=production", "GOPHER_REDIS_INSECURE=true",
			"GOPHER_APP=bench", "GOPHER_LOG_LEVEL=info", "GOPHER_SLACK_APP_ID="+appID, "GOPHER_SLACK_TEAM_ID="+teamID,
			"GOPHER_SLACK_REQUEST_SECRET="+signingSecret, "GOPHER_QUEUE_MAX_BACKLOG=1000000",
			"GOPHER_NOTIFY_YAML={chats: {alerts: {bot: slack, id: C01GENERAL}}, server: {api_keys: ["+strings.Join(keys, ", ")+"]}}")...),
	}
	for _, s := range servers {
		s.request = notifyRequest
	}
	for range gatewayRounds {
		for _, i := range rand.Perm(len(servers)) {
			servers[i].measure(b, client)
			trim(b, client)
		}
	}
	bare, batching, notify := servers[0], servers[1], servers[2]
	b.ReportMetric(0, "ns/op")
	for _, s := range servers {
		b.ReportMetric(median(s.redis), s.name+"-µs-CPU-of-Redis/send")
		b.ReportMetric(median(s.rates), s.name+"-sends/s")
		b.ReportMetric(median(s.cpu), s.name+"-µs-CPU/send")
	}
	b.ReportMetric(median(notify.rates)/median(bare.rates), "of-the-bare-rate")
	b.ReportMetric(median(notify.rates)/median(batching.rates), "of-the-batching-rate")
}

var usedCPU = regexp.MustCompile(`used_cpu_(?:sys|user):([0-9.]+)`)

// redisCPU returns how many microseconds Redis was on a CPU.
func redisCPU(b *testing.B, rdb redis.UniversalClient) (sum float64) {
	b.Helper()
	info, err := rdb.Info(b.Context(), "cpu").Result()
	if err != nil {
		b.Fatal(err)
	}
	for _, found := range usedCPU.FindAllStringSubmatch(info, -1) {
		seconds, err := strconv.ParseFloat(found[1], 64)
		if err != nil {
			b.Fatal(err)
		}
		sum += seconds * 1e6
	}
	return sum
}
