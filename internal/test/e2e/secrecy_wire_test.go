package e2e

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	gatewayslack "github.com/gobridge/gopherbot/gateway/slack"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// brokenRequests sends requests that are malformed where HTTP itself is, each with a text in the
// broken place. Errors of a library may quote that.
func (s *secretive) brokenRequests(said func() string) {
	s.Helper()
	const head = "POST /slack/event HTTP/1.1\r\nHost: bot.example\r\n"
	signed := http.Header{}
	gatewayslack.Sign(signed, []byte("{}"), "a guess", time.Now())
	var lines strings.Builder
	if err := signed.Write(&lines); err != nil {
		s.Fatal(err)
	}
	chunked := head + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n" + lines.String() + "\r\n"
	hyphens := func() string { return strings.ReplaceAll(said(), " ", "-") }
	for _, request := range []string{
		chunked + hyphens() + "\r\n{}\r\n0\r\n\r\n",
		chunked + "2\r\n{}" + hyphens() + "\r\n0\r\n\r\n",
		chunked + "2\r\n{}\r\n0\r\n" + said() + "\r\n\r\n",
		chunked + "2\r\n{}\r\n0\r\nX-T: " + said() + "\x00\r\n\r\n",
		chunked + "2;" + hyphens() + "\n" + strings.Repeat(hyphens(), 500) + "\r\n",
		head + "X-" + said() + ": 1\r\n\r\n",
		head + said() + "\r\n\r\n",
		head + "X-A: " + said() + "\x00\r\n\r\n",
		head + "Content-Length: " + hyphens() + "\r\n\r\n",
		head + "Transfer-Encoding: " + hyphens() + "\r\n\r\n",
		head + "Expect: " + hyphens() + "\r\n\r\n",
		"POST /slack/event HTTP/1.1\r\nHost: " + said() + "\r\n\r\n",
		"POST /" + said() + " HTTP/1.1\r\nHost: bot.example\r\n\r\n",
		"POST /%zz" + hyphens() + " HTTP/1.1\r\nHost: bot.example\r\n\r\n",
		hyphens() + "@ /slack/event HTTP/1.1\r\n\r\n",
		"POST /slack/event " + hyphens() + "\r\n\r\n",
		said() + "\r\n\r\n",
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.gateway, "http://"))
		if err != nil {
			s.Fatal(err)
		}
		if err := conn.SetDeadline(time.Now().Add(testenv.Timeout)); err != nil {
			s.Fatal(err)
		}
		_, _ = io.WriteString(conn, request) // it may be refused meanwhile
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			s.Fatal(err)
		}
		if answer, err := io.ReadAll(conn); errors.Is(err, os.ErrDeadlineExceeded) || strings.Contains(string(answer), " 200 ") {
			s.Errorf("%.60q is answered %.60q (%v)", request, answer, err)
		}
		_ = conn.Close()
	}
}
