package e2e

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	gatewayslack "github.com/gobridge/gopherbot/gateway/slack"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// memoryAboveIdle is how much more memory than when it is idle a gateway may take,
// whatever strangers send: docs/operations.md, "Memory of the gateway".
const memoryAboveIdle = 64 << 20

// memoryOfIdle is how much memory a gateway may take that serves and has nothing to do.
const memoryOfIdle = 18_000_000

// resident returns how many bytes of memory a process has.
func (c *child) resident(t testing.TB) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", c.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(status))[1])
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}

// besiege opens connections that send a gateway some bytes and then nothing, until
// release is called. It returns once all have sent what the gateway lets them.
func besiege(t *testing.T, address string, connections int, request string) (release func()) {
	t.Helper()
	var wg sync.WaitGroup
	conns := make([]net.Conn, connections)
	for i := range conns {
		wg.Go(func() {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Error(err)
				return
			}
			conns[i] = conn
			if err := conn.SetDeadline(time.Now().Add(testenv.Timeout)); err != nil {
				t.Error(err)
			}
			_, _ = conn.Write([]byte(request)) // the gateway may close it before
		})
	}
	testenv.Wait(t, &wg)
	release = sync.OnceFunc(func() {
		for _, conn := range conns {
			if conn != nil {
				conn.Close()
			}
		}
	})
	t.Cleanup(release)
	return release
}

func TestMemory_OfAnIdleGateway(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	gateway := b.spawnGateway()
	got := gateway.resident(t)
	t.Logf("%.1f MB", float64(got)/1e6)
	if got > memoryOfIdle {
		t.Errorf("%.1f MB, want at most %.1f", float64(got)/1e6, memoryOfIdle/1e6)
	}
}

// TestMemory_OfTheGateway has 500 connections hold what they can of a gateway's
// memory, while Slack sends events.
func TestMemory_OfTheGateway(t *testing.T) {
	t.Parallel()
	head := "POST /slack/event HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
	signed := head + fmt.Sprintf("X-Slack-Request-Timestamp: %d\r\nX-Slack-Signature: v0=%064d\r\n", time.Now().Unix(), 0)
	announced := func(head string, length, sent int) string {
		return fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, length, strings.Repeat("x", sent))
	}
	for _, test := range []struct {
		name, request string
		log           string // is in the log then
	}{
		{"unsigned", announced(head, 2<<20, 2<<20-1), `"outcome":"unauthorized"`},
		{"wrongly signed and large", announced(signed, gatewayslack.MaxBody, gatewayslack.MaxBody-1), `"outcome":"overloaded"`},
		{"wrongly signed and small", announced(signed, 64<<10, 64<<10-1), `"outcome":"overloaded"`},
		{"of unknown length", signed + "Transfer-Encoding: chunked\r\n\r\n" + strings.Repeat(fmt.Sprintf("%x\r\n%s\r\n", 4096, strings.Repeat("x", 4096)), 200), `"outcome":"overloaded"`},
		{"headers", head + "X: " + strings.Repeat("x", 15<<10), ""},
		{"many headers", head + strings.Repeat("a:\r\n", 100), ""},
		{"idle", "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBot(t)
			address := b.listener.Addr().String()
			gateway := b.spawnGateway("GOPHER_LOG_LEVEL=info")
			if status := b.post(message("Ev0", "1.000000", "hi"), nil); status != 200 {
				t.Fatal(status)
			}
			idle, peak := gateway.resident(t), 0

			release := besiege(t, address, 500, test.request)
			for i := range 50 {
				if status := b.post(message(fmt.Sprintf("Ev%d", i+1), fmt.Sprintf("%d.%06d", time.Now().Unix(), i), "hi"), nil); status != 200 {
					t.Errorf("event %d: %d", i, status)
				}
				peak = max(peak, gateway.resident(t))
			}
			t.Logf("idle %d MB, with 500 connections %d MB", idle>>20, peak>>20)
			if peak > idle+memoryAboveIdle {
				t.Errorf("%d MB more than idle, want at most %d", (peak-idle)>>20, memoryAboveIdle>>20)
			}
			if !strings.Contains(gateway.log.String(), test.log) {
				t.Errorf("not in the log: %s", test.log)
			}
			release()
			testenv.Eventually(t, "the memory is back", func() bool { return gateway.resident(t) < idle+memoryAboveIdle/3 })
		})
	}
}
