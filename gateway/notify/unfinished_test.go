package notify_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestUnfinishedBody sends bodies that end early: nothing of them is queued, and who still
// listens is told to send them again.
func TestUnfinishedBody(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"JSON":    "Content-Type: application/json\r\nContent-Length: 15\r\n\r\n{\"message\":\"m\"",
		"a form":  "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 500\r\n\r\n--x\r\nContent-Disposition: form-data; name=\"message\"\r\n\r\nm",
		"a chunk": "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nf\r\n{\"message\":\"m\"",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := open(t)
			for _, gone := range []bool{true, false} {
				conn, err := net.Dial("tcp", strings.TrimPrefix(a.url, "http://"))
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				fmt.Fprintf(conn, "POST /api/v1/send HTTP/1.1\r\nHost: x\r\nX-API-Key: %s\r\n%s", ciKey, body)
				if gone {
					conn.Close()
					testenv.Eventually(t, "the server has given up", func() bool { return strings.Contains(a.log.String(), `"code":"incomplete_body"`) })
					continue
				}
				if err := conn.SetDeadline(time.Now().Add(testenv.Timeout)); err != nil {
					t.Fatal(err)
				}
				if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
					t.Fatal(err)
				}
				response, err := http.ReadResponse(bufio.NewReader(conn), nil)
				if err != nil {
					t.Fatal(err)
				}
				response.Body.Close()
				if response.StatusCode != http.StatusRequestTimeout {
					t.Errorf("answered %d", response.StatusCode)
				}
			}
			if n := len(a.queued()); n != 0 {
				t.Errorf("%d messages were queued", n)
			}
		})
	}
}
