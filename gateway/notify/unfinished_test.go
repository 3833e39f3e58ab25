package notify_test

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestUnfinishedBody checks that nothing of a body that ends early is sent.
func TestUnfinishedBody(t *testing.T) {
	t.Parallel()
	a := open(t)
	conn, err := net.Dial("tcp", strings.TrimPrefix(a.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "POST /api/v1/send HTTP/1.1\r\nHost: x\r\nX-API-Key: %s\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{\"message\":\"m\"", ciKey)
	conn.Close()
	testenv.Eventually(t, "the server has given up", func() bool { return strings.Contains(a.log.String(), `"code":"invalid_json"`) })
	if n := len(a.queued()); n != 0 {
		t.Errorf("%d messages were queued", n)
	}
}
