package slack_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/gateway/slack"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestBody_IsNotReadIfRefusedByTheHeader sends a header, and a byte of the body that
// it announces: the answer does not wait for the others.
func TestBody_IsNotReadIfRefusedByTheHeader(t *testing.T) {
	t.Parallel()
	headers := func(timestamp, signature string) string {
		return "X-Slack-Request-Timestamp: " + timestamp + "\r\nX-Slack-Signature: " + signature + "\r\n"
	}
	fresh, signature := fmt.Sprint(now.Unix()), "v0="+strings.Repeat("0", 64)
	for _, test := range []struct {
		name, headers string
		length        int
		status        int
	}{
		{"unsigned", "", 100, 401},
		{"no timestamp", "X-Slack-Signature: " + signature + "\r\n", 100, 401},
		{"an old timestamp", headers(fmt.Sprint(now.Unix()-301), signature), 100, 401},
		{"a timestamp that is too large", headers("99999999999999999999", signature), 100, 401},
		{"a short signature", headers(fresh, signature[:66]), 100, 401},
		{"a long signature", headers(fresh, signature+"00"), 100, 401},
		{"a signature that is no hex", headers(fresh, "v0="+strings.Repeat("g", 64)), 100, 401},
		{"compressed", headers(fresh, signature) + "Content-Encoding: gzip\r\n", 100, 415},
		{"too large", headers(fresh, signature), slack.MaxBody + 1, 413},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := open(t)
			conn, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(d.url, "http://"), "/slack/event"))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if err := conn.SetDeadline(time.Now().Add(testenv.Timeout)); err != nil {
				t.Fatal(err)
			}
			if _, err := fmt.Fprintf(conn, "POST /slack/event HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n{", test.headers, test.length); err != nil {
				t.Fatal(err)
			}
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			if response.StatusCode != test.status || !response.Close {
				t.Errorf("%d, closed %v; want %d, and the connection closed", response.StatusCode, response.Close, test.status)
			}
		})
	}
}

// TestBody_Overloaded answers 503 to an event for whose body there is no memory.
func TestBody_Overloaded(t *testing.T) {
	t.Parallel()
	q := &queue{}
	var answers []gateway.Result
	g, err := slack.New(slack.Options{
		AppID: appID, TeamID: teamID, SigningSecrets: []string{secret}, Publisher: q, Bodies: gateway.NewBodies(4 << 10),
		Now: func() time.Time { return now },
		Observe: func(ctx context.Context, _ gateway.Meta) (context.Context, func(gateway.Result)) {
			return ctx, func(a gateway.Result) { answers = append(answers, a) }
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for size, want := range map[int]gateway.Outcome{100: gateway.Malformed, 5000: gateway.Overloaded} {
		body := "{" + strings.Repeat(" ", size) + "}"
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/slack/event", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		slack.Sign(r.Header, []byte(body), secret, now)
		answers = nil
		if g.Routes()["POST /slack/event"].ServeHTTP(httptest.NewRecorder(), r); len(answers) != 1 || answers[0].Outcome != want {
			t.Errorf("%d bytes: %+v, want %s", size, answers, want)
		}
	}
}
