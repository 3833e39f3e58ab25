package e2e

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	gatewayslack "github.com/gobridge/gopherbot/gateway/slack"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

const (
	gatewayRounds = 11    // of each server
	gatewayEvents = 5_000 // of a round
	gatewayConns  = 64    // each with one request at a time
)

// BenchmarkGateway compares the gateway, as a process that logs each request to a
// file, with two bare net/http servers: one makes one XADD per request, the other
// adds the bodies of concurrent requests in one pipeline. None of the bare ones
// verifies, decodes, deduplicates or logs. The clients send the same requests
// over 64 connections; in each round the order of the servers is drawn at random.
// It reports the medians of the rounds. CPU is that of the server's process. It
// measures once, whatever b.N is: run it with -benchtime 1x.
//
// On 2 cores, which clients, server and Redis share, the medians of five runs; "before" had
// net/http's server, in one run of an earlier day, with its own bare server:
//
//	            events/s   of bare   µs CPU/event   of Redis   MB idle
//	bare          28,900      1.00             40       10.0         -
//	batching      40,300      1.40             28        4.1         -
//	before        21,400      0.80             56          -      24.6
//	gateway       31,900      1.11             34        7.5      12.3
//
// Ten runs of the day gave 1.08 to 1.23, median 1.12.
//
// The rates differ by the CPU time of all three. Signature, JSON, log line and metrics take
// about 12 µs of the gateway's, and deduplication 3 to 5 µs of Redis's: of the script's time
// there, SET and XADD take half. Three experiments changed nothing: one batch under way at a
// time instead of two, a garbage collector that runs a tenth as often, and a program that was
// built with a profile.
func BenchmarkGateway(b *testing.B) {
	rdb := redistest.Start(b)
	client := redistest.Dial(b, rdb.URL())
	servers := []*benchServer{
		startBenchServer(b, "bare", bareCommand(b, false), "REDIS_URL="+rdb.URL()),
		startBenchServer(b, "batching", bareCommand(b, true), "REDIS_URL="+rdb.URL()),
		startBenchServer(b, "gateway", gatewayCommand(b), "REDIS_URL="+rdb.URL(), "ENV=production", "GOPHER_REDIS_INSECURE=true",
			"GOPHER_APP=bench", "GOPHER_LOG_LEVEL=info", "GOPHER_SLACK_APP_ID="+appID, "GOPHER_SLACK_TEAM_ID="+teamID,
			"GOPHER_SLACK_REQUEST_SECRET="+signingSecret, "GOPHER_QUEUE_MAX_BACKLOG=1000000"),
	}
	b.ReportMetric(float64(servers[2].resident(b))/1e6, "MB-idle")
	for range gatewayRounds {
		for _, i := range rand.Perm(len(servers)) {
			servers[i].measure(b, client)
			trim(b, client)
		}
	}
	bare, batching, gateway := servers[0], servers[1], servers[2]
	b.ReportMetric(0, "ns/op")
	for _, s := range servers {
		b.ReportMetric(median(s.rates), s.name+"-events/s")
		b.ReportMetric(median(s.cpu), s.name+"-µs-CPU/event")
		b.ReportMetric(median(s.redis), s.name+"-µs-CPU-of-Redis/event")
	}
	b.ReportMetric(median(gateway.rates)/median(bare.rates), "of-the-bare-rate")
	b.ReportMetric(median(gateway.rates)/median(batching.rates), "of-the-batching-rate")
}

// benchServer is a server process. Each round has a new one: the same program is up to 7%
// faster or slower from one process to the next.
type benchServer struct {
	name    string
	command func() *exec.Cmd
	env     []string
	cmd     *exec.Cmd
	address string
	request func(now time.Time) []byte // makes a request; benchRequest by default
	// Of the rounds: events/s, µs of CPU per event, and those of Redis.
	rates, cpu, redis []float64
}

func gatewayCommand(b *testing.B) func() *exec.Cmd {
	b.Helper()
	dir, err := binaries()
	if err != nil {
		b.Fatal(err)
	}
	return func() *exec.Cmd { return exec.Command(filepath.Join(dir, "gateway")) }
}

// bareCommand runs this test's binary as a bare server: see bareServer.
func bareCommand(b *testing.B, batch bool) func() *exec.Cmd {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	return func() *exec.Cmd {
		cmd := exec.Command(self)
		cmd.Env = []string{bareServerVariable + "=" + strconv.FormatBool(batch)}
		return cmd
	}
}

func startBenchServer(b *testing.B, name string, command func() *exec.Cmd, env ...string) *benchServer {
	b.Helper()
	s := &benchServer{name: name, command: command, env: env, request: benchRequest}
	s.start(b)
	b.Cleanup(s.stop)
	return s
}

// start starts the process.
func (s *benchServer) start(b *testing.B) {
	b.Helper()
	port, err := testenv.FreePort()
	if err != nil {
		b.Fatal(err)
	}
	s.address = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	log, err := os.Create(filepath.Join(b.TempDir(), s.name+".log"))
	if err != nil {
		b.Fatal(err)
	}
	defer log.Close()
	s.cmd = s.command()
	s.cmd.Stderr, s.cmd.Env = log, append(append(s.cmd.Env, s.env...), fmt.Sprint("PORT=", port))
	if err := s.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	testenv.Eventually(b, s.name+" serves", func() bool {
		conn, err := net.Dial("tcp", s.address)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
}

// stop ends the process.
func (s *benchServer) stop() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

// resident returns how many bytes of memory the process has.
func (s *benchServer) resident(b *testing.B) int {
	b.Helper()
	return (&child{Cmd: s.cmd}).resident(b)
}

// measure notes the rate and the CPU of a round, by a new process that is warm.
func (s *benchServer) measure(b *testing.B, rdb redis.UniversalClient) {
	b.Helper()
	s.stop()
	s.start(b)
	s.round(b, gatewayEvents/2)
	before, ofRedis := s.cpuTime(b), redisCPU(b, rdb)
	took := s.round(b, gatewayEvents)
	s.redis = append(s.redis, (redisCPU(b, rdb)-ofRedis)/gatewayEvents)
	s.rates = append(s.rates, gatewayEvents/took.Seconds())
	s.cpu = append(s.cpu, float64((s.cpuTime(b)-before).Microseconds())/gatewayEvents)
}

// cpuTime returns how long the process was on a CPU, to 10 ms.
func (s *benchServer) cpuTime(b *testing.B) time.Duration {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	_, fields, _ := strings.Cut(string(stat), ") ")
	var ticks int
	for _, field := range strings.Fields(fields)[11:13] { // utime and stime, see proc(5)
		n, err := strconv.Atoi(field)
		if err != nil {
			b.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

var benchMessages atomic.Int64

// round has every connection send its part of so many events, and returns how long
// that took. The requests are made before.
func (s *benchServer) round(b *testing.B, events int) time.Duration {
	b.Helper()
	requests := make([][]byte, events)
	for i := range requests {
		requests[i] = s.request(time.Now())
	}
	conns := make([]net.Conn, gatewayConns)
	for i := range conns {
		conn, err := net.Dial("tcp", s.address)
		if err != nil {
			b.Fatal(err)
		}
		defer conn.Close()
		if err := conn.SetDeadline(time.Now().Add(testenv.Timeout)); err != nil {
			b.Fatal(err)
		}
		conns[i] = conn
	}
	start := time.Now()
	var next atomic.Int64
	var wg sync.WaitGroup
	for _, conn := range conns {
		wg.Go(func() {
			answers := bufio.NewReader(conn)
			for i := next.Add(1) - 1; i < int64(events); i = next.Add(1) - 1 {
				if _, err := conn.Write(requests[i]); err != nil {
					b.Errorf("%s: %v", s.name, err)
					return
				}
				response, err := http.ReadResponse(answers, nil)
				if err != nil {
					b.Errorf("%s: %v", s.name, err)
					return
				}
				if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode/100 != 2 {
					b.Errorf("%s answered %s (%v)", s.name, response.Status, err)
					return
				}
			}
		})
	}
	wg.Wait()
	return time.Since(start)
}

// benchRequest returns a request that brings a message which no other does.
func benchRequest(now time.Time) []byte {
	n := benchMessages.Add(1)
	text := "how do I read a file line by line without reading all of it into memory?"
	body := fmt.Sprintf(`{"token":"XXYYZZ","team_id":%[1]q,"context_team_id":%[1]q,"context_enterprise_id":null,"api_app_id":%[2]q,`+
		`"event":{"client_msg_id":"9d1c7f6e-2f0c-4c85-a6f0-a3b7f6d5e1c2","type":"message","user":"U2147483697","text":%[3]q,"ts":"%[4]d.%06[5]d",`+
		`"blocks":[{"type":"rich_text","block_id":"xK9m","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":%[3]q}]}]}],`+
		`"channel":"C%06[5]d","team":%[1]q,"event_ts":"%[4]d.%06[5]d","channel_type":"channel"},"type":"event_callback","event_id":"Ev%010[5]d",`+
		`"event_time":%[4]d,"authorizations":[{"enterprise_id":null,"team_id":%[1]q,"user_id":"U0LAN0Z89","is_bot":true,"is_enterprise_install":false}],`+
		`"is_ext_shared_channel":false,"event_context":"4-eyJldCI6Im1lc3NhZ2UiLCJ0aWQiOiJUMDAwMDAwMDAiLCJhaWQiOiJBMDAwMDAwMDAifQ"}`,
		teamID, appID, text, now.Unix(), n)
	header := http.Header{
		"Host": {"gopherbot.example"}, "User-Agent": {"Slackbot 1.0 (+https://api.slack.com/robots)"}, "Accept": {"*/*"},
		"Accept-Encoding": {"gzip,deflate"}, "Content-Type": {"application/json"}, "Content-Length": {strconv.Itoa(len(body))},
	}
	gatewayslack.Sign(header, []byte(body), signingSecret, now)
	var request strings.Builder
	request.WriteString("POST /slack/event HTTP/1.1\r\n")
	_ = header.Write(&request) // a Builder has no errors
	return []byte(request.String() + "\r\n" + body)
}

// trim removes the events that the rounds have added, so that Redis does the same
// work in each.
func trim(b *testing.B, rdb redis.UniversalClient) {
	b.Helper()
	for keys := rdb.ScanType(b.Context(), 0, "*", 1000, "stream").Iterator(); keys.Next(b.Context()); {
		if err := rdb.XTrimMaxLen(b.Context(), keys.Val(), 0).Err(); err != nil {
			b.Fatal(err)
		}
	}
}
