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
// On 2 cores, which clients, server and Redis share, the medians of ten runs ("before" has
// net/http's server):
//
//	            events/s   of bare   µs CPU/event   of Redis   MB idle
//	bare          27,500      1.00             43        9.6         -
//	batching      35,000      1.28             34        5.1         -
//	before        22,800      0.80             52       11.5      24.6
//	gateway       28,500      1.03             38       11.5      13.0
//
// The same program differs by 7% from one process to the next, so a single run says 0.95 to
// 1.10.
//
// The rates differ by the CPU time of all three. Signature, JSON, log line and metrics take
// about 14 µs of the gateway's, and deduplication 4 to 6 µs of Redis's: of the script's time
// there, SET and XADD take half. What was tried and changed nothing: one batch under way at a
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
	for _, s := range servers {
		s.round(b) // warms it up
	}
	trim(b, client)
	for range gatewayRounds {
		for _, i := range rand.Perm(len(servers)) {
			servers[i].measure(b)
			trim(b, client)
		}
	}
	bare, batching, gateway := servers[0], servers[1], servers[2]
	b.ReportMetric(0, "ns/op")
	for _, s := range servers {
		b.ReportMetric(median(s.rates), s.name+"-events/s")
		b.ReportMetric(median(s.cpu), s.name+"-µs-CPU/event")
	}
	b.ReportMetric(median(gateway.rates)/median(bare.rates), "of-the-bare-rate")
	b.ReportMetric(median(gateway.rates)/median(batching.rates), "of-the-batching-rate")
}

// benchServer is a server process.
type benchServer struct {
	name       string
	cmd        *exec.Cmd
	address    string
	request    func(now time.Time) []byte // makes a request; benchRequest by default
	rates, cpu []float64                  // of the rounds: events/s, µs per event
}

func gatewayCommand(b *testing.B) *exec.Cmd {
	b.Helper()
	dir, err := binaries()
	if err != nil {
		b.Fatal(err)
	}
	return exec.Command(filepath.Join(dir, "gateway"))
}

// bareCommand runs this test's binary as a bare server: see bareServer.
func bareCommand(b *testing.B, batch bool) *exec.Cmd {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = []string{bareServerVariable + "=" + strconv.FormatBool(batch)}
	return cmd
}

func startBenchServer(b *testing.B, name string, cmd *exec.Cmd, env ...string) *benchServer {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	s := &benchServer{name: name, cmd: cmd, address: l.Addr().String(), request: benchRequest}
	_, port, _ := net.SplitHostPort(s.address)
	if err := l.Close(); err != nil {
		b.Fatal(err)
	}
	log, err := os.Create(filepath.Join(b.TempDir(), name+".log"))
	if err != nil {
		b.Fatal(err)
	}
	cmd.Stderr, cmd.Env = log, append(append(cmd.Env, env...), "PORT="+port)
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = log.Close()
	})
	testenv.Eventually(b, name+" serves", func() bool {
		conn, err := net.Dial("tcp", s.address)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
	return s
}

// resident returns how many bytes of memory the process has.
func (s *benchServer) resident(b *testing.B) int {
	b.Helper()
	return (&child{Cmd: s.cmd}).resident(b)
}

// measure notes the rate and the CPU of a round.
func (s *benchServer) measure(b *testing.B) {
	b.Helper()
	before := s.cpuTime(b)
	took := s.round(b)
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

// round has every connection send its part of a round's events, and returns how long
// that took. The requests are made before.
func (s *benchServer) round(b *testing.B) time.Duration {
	b.Helper()
	requests := make([][]byte, gatewayEvents)
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
			for i := next.Add(1) - 1; i < gatewayEvents; i = next.Add(1) - 1 {
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
